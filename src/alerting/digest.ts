import { type Alert, SEVERITIES, severityOf } from '#src/domain/alert.ts';
import type { Cause, Compose } from '#src/domain/delivery.ts';
import { fields, type Message, table, text } from '#src/domain/message.ts';
import type { Place } from '#src/domain/room.ts';
import { inMinutes } from '#src/domain/time.ts';

import { placeOf } from './card.ts';

interface Missing {
  readonly platform: string;
  readonly since: string;
  readonly entries: readonly (readonly [cause: Cause, where: string])[];
}

interface DigestNeeds {
  readonly outages: { of(id: string, to: Place): Promise<Missing | undefined> };
  readonly alerts: { getMany(ids: readonly string[]): Promise<readonly (Alert | undefined)[]> };
  /** The alerts of a bundle. */
  readonly bundles: { members(bundle: Cause): Promise<readonly Cause[]> };
  readonly nameOf: (platform: string) => string;
}

interface Line {
  readonly cause: Cause;
  readonly where: string;
  readonly alert: Alert;
}

/** Writes what one recipient missed on a platform while it was down: counted, and by name what fires on. */
export const createDigest =
  ({ outages, alerts, bundles, nameOf }: DigestNeeds): Compose =>
  async (cause, to) => {
    const missing = await outages.of(cause.slice('digest:'.length), to);
    if (!missing || missing.entries.length === 0) return undefined;
    const spread = await Promise.all(
      missing.entries.map(async ([one, where]) => {
        const causes = one.startsWith('bundle:') ? await bundles.members(one) : [one];
        return causes.map((each) => ({ cause: each, where }));
      }),
    );
    const entries = spread.flat();
    const about = entries.filter((entry) => entry.cause.startsWith('alert:'));
    const found = await alerts.getMany(about.map((entry) => entry.cause.split(':')[1] ?? ''));
    const lines = about.flatMap((entry, at): Line[] => {
      const alert = found[at];
      const isThis = alert && String(alert.episode) === entry.cause.split(':')[2];
      return isThis && alert.status === 'firing' ? [{ ...entry, alert }] : [];
    });
    const { platform, since } = missing;
    const wheres = entries.map(({ where }) => where);
    const message = digestCard({ platform, since, wheres, about: about.length, firing: lines }, nameOf);
    return { message, revision: missing.entries.length };
  };

interface Digest {
  readonly platform: string;
  readonly since: string;
  /** Of each message, where it is. */
  readonly wheres: readonly string[];
  readonly about: number;
  readonly firing: readonly Line[];
}

function digestCard(
  { platform, since, wheres, about, firing }: Digest,
  nameOf: (platform: string) => string,
): Message {
  const counts = [...Map.groupBy(wheres, (where) => where)].map(([where, list]) =>
    where === 'stale'
      ? `${list.length} not sent one by one: too old, or over before`
      : `${list.length} on ${nameOf(where)}`,
  );
  const sorted = firing.toSorted(
    (a, b) => SEVERITIES.indexOf(severityOf(a.alert)) - SEVERITIES.indexOf(severityOf(b.alert)),
  );
  const rows = sorted.map(({ where, alert }) => [
    alert.id,
    severityOf(alert),
    alert.labels['alertname'] ?? 'Alert',
    placeOf(alert) ?? '–',
    where === 'stale' ? 'here only' : nameOf(where),
  ]);
  const worst = sorted[0] && severityOf(sorted[0].alert);
  return {
    tone: worst === undefined || worst === 'info' ? 'neutral' : worst,
    title: `${nameOf(platform)} is back: what was missed here`,
    blocks: [
      fields({
        Since: inMinutes(since),
        Messages: counts.join(', '),
        Alerts: about > 0 ? `${about}, of which ${firing.length} still fire` : undefined,
      }),
      ...(rows.length > 0 ? [table(['id', 'severity', 'alert', 'where', 'message'], rows)] : []),
      text('Nothing of it is repeated here. `alerts` lists what fires now.'),
    ],
  };
}
