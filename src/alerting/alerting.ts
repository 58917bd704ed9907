import type { Logger } from 'pino';

import { type Alert, type Alerting, severityOf, type Signal } from '#src/domain/alert.ts';
import type { Cause, Compose, Composed, Post } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { holds } from '#src/domain/permission.ts';
import { matches, type Silences } from '#src/domain/silence.ts';

import { alertIdOf, applySignal, atEpisode } from './apply.ts';
import { bundleCard, type Member } from './bundle-card.ts';
import { alertCard } from './card.ts';
import { describe, recipientsOf, seatOf } from './route.ts';

interface Records {
  get(id: string): Promise<Alert | undefined>;
  list(limit: number): Promise<readonly Alert[]>;
  getMany(ids: readonly string[]): Promise<readonly (Alert | undefined)[]>;
  update(id: string, change: (current: Alert | undefined) => Alert | undefined): Promise<Alert | undefined>;
  updateAll(
    ids: readonly string[],
    change: (id: string, current: Alert | undefined) => Alert | undefined,
    known?: ReadonlyMap<string, Alert>,
  ): Promise<ReadonlyMap<string, Alert>>;
}

interface AlertingNeeds {
  readonly alerts: Records;
  readonly silences: Silences;
  readonly fleets: Fleets;
  readonly bundles: { members(bundle: Cause): Promise<readonly Cause[]> };
  readonly post: Post;
  readonly now: () => Date;
  readonly logger: Logger;
}

interface AlertDesk extends Alerting {
  /** Takes signals in, in their order: the alerts on record, their messages on their way. May be repeated. */
  take(...signals: readonly Signal[]): Promise<void>;
  /** Tells of alerts whose silence is over, and of those a crash kept from being told. */
  sweep(): Promise<void>;
  readonly compose: Compose;
}

const LIST_LIMIT = 200;
/** Firing alerts looked through by a sweep. */
const SWEEP_LIMIT = 2_000;
const SWEEP_AT_ONCE = 50;

const causeOf = (alert: Alert): Cause => `alert:${alert.id}:${alert.episode}`;

/** The current episode, and earlier ones that changed since the alert was last told: none is skipped. */
const untold = (alert: Alert): readonly Cause[] => [
  ...(alert.past ?? []).flatMap(({ episode, revision }) =>
    revision > alert.announced ? [causeOf({ ...alert, episode })] : [],
  ),
  causeOf(alert),
];

export function createAlerting({
  alerts,
  silences,
  bundles,
  fleets,
  post,
  now,
  logger,
}: AlertingNeeds): AlertDesk {
  type FindSilence = (alert: Alert) => string | undefined;
  const findSilence = async (): Promise<FindSilence> => {
    const list = await silences.list(now());
    if (list.length === 0) return () => undefined;
    return (alert) => {
      const labels = describe(fleets.current(), alert.labels);
      return list.find(({ match }) => matches(match, labels))?.id;
    };
  };

  /**
   * Brings the messages of alerts up to their revisions, then records that this was done. `begun`: those whose
   * episode began this moment.
   */
  const announce = async (
    list: readonly Alert[],
    silenceOf: FindSilence,
    begun: ReadonlySet<string> = new Set(),
  ): Promise<void> => {
    if (list.length === 0) return;
    const fleet = fleets.current();
    const silenced = new Map(list.map((alert) => [alert.id as string, silenceOf(alert)]));
    const isLoud = ({ id }: Alert): boolean => silenced.get(id) === undefined;
    await post.sendAll(
      list.filter(isLoud).flatMap((alert) =>
        untold(alert).map((cause) => ({
          cause,
          to: recipientsOf(fleet, alert.labels),
          urgency: severityOf(alert),
          isNew: begun.has(alert.id) && cause === causeOf(alert),
        })),
      ),
    );
    // What was told before the silence began is still brought up to date: an edit wakes nobody.
    const quiet = list.filter((alert) => !isLoud(alert));
    if (quiet.length > 0) await post.refreshAll(quiet.flatMap(untold));
    const told = new Map(list.map((alert) => [alert.id as string, alert]));
    const record = (id: string, current: Alert | undefined): Alert | undefined => {
      const [{ revision = 0 } = {}, silencedBy] = [told.get(id), silenced.get(id)];
      if (!current || (current.announced >= revision && current.silencedBy === silencedBy)) return current;
      const { silencedBy: _, ...rest } = current;
      const announced = Math.max(current.announced, revision);
      return { ...rest, ...(silencedBy !== undefined && { silencedBy }), announced };
    };
    await alerts.updateAll([...told.keys()], record, told);
  };

  return {
    async take(...signals) {
      const given = Map.groupBy(signals, (signal): string => alertIdOf(signal));
      const at = now();
      const begun = new Set<string>();
      const apply = (id: string, current: Alert | undefined): Alert | undefined => {
        const signalsOf = given.get(id) ?? [];
        const next = signalsOf.reduce<typeof current>((one, signal) => applySignal(one, signal, at), current);
        if (next?.episode === current?.episode) begun.delete(id);
        else begun.add(id);
        return next;
      };
      const [stand, silenceOf] = await Promise.all([
        alerts.updateAll([...given.keys()], apply),
        findSilence(),
      ]);
      const changed = [...stand.values()].filter(({ announced, revision }) => announced < revision);
      for (const { id, status, labels } of changed)
        logger.debug({ alert: id, status, alertname: labels['alertname'] }, 'alert changed');
      if (changed.length > 0) logger.info({ alerts: changed.length }, 'alerts changed');
      await announce(changed, silenceOf, begun);
    },
    async sweep() {
      const silenceOf = await findSilence();
      const open = (await alerts.list(SWEEP_LIMIT)).filter((alert) => {
        const silenceOver =
          alert.status === 'firing' && alert.silencedBy !== undefined && silenceOf(alert) === undefined;
        return alert.announced < alert.revision || silenceOver;
      });
      for (let from = 0; from < open.length; from += SWEEP_AT_ONCE) {
        await announce(open.slice(from, from + SWEEP_AT_ONCE), silenceOf);
      }
    },
    get: (id) => alerts.get(id),
    async list({ status, limit = LIST_LIMIT } = {}) {
      const all = await alerts.list(status ? SWEEP_LIMIT : limit);
      return all.filter((alert) => alert.episode > 0 && (!status || alert.status === status)).slice(0, limit);
    },
    async acknowledge(id, by) {
      const known = await alerts.get(id);
      if (!known) throw new UserError(`There is no alert ${id}. \`alerts\` lists those that fire.`);
      const fleet = fleets.current();
      const seat = seatOf(fleet, known.labels);
      if (by.role === 'observer' || (by.role === 'notary' && seat && !holds(fleet, by, seat.id))) {
        throw new UserError(
          `Alert ${id} is about ${seat ? `seat ${seat.id}` : 'the network'}: it is not yours to acknowledge.`,
        );
      }
      const acknowledgedAt = now().toISOString();
      const alert = await alerts.update(id, (current) => {
        if (!current || current.acknowledgedBy || current.status === 'resolved') return current;
        return {
          ...current,
          acknowledgedBy: by.id,
          acknowledgedAt,
          revision: current.revision + 1,
          updatedAt: acknowledgedAt,
        };
      });
      if (!alert) throw new UserError(`There is no alert ${id} any more.`);
      if (alert.status === 'resolved')
        throw new UserError(`Alert ${id} is over since ${alert.endsAt}: nothing to acknowledge.`);
      if (alert.announced < alert.revision) await announce([alert], await findSilence());
      return alert;
    },
    async compose(cause) {
      if (cause.startsWith('bundle:')) return composeBundle(cause);
      const [, id = '', episode] = cause.split(':');
      const alert = await alerts.get(id);
      // A newer episode has a message of its own; the old one shows how it ended.
      const shown = alert && atEpisode(alert, Number(episode));
      return (
        shown && { message: alertCard(shown), revision: shown.revision, over: shown.status === 'resolved' }
      );
    },
  };

  async function composeBundle(bundle: Cause): Promise<Composed | undefined> {
    const causes = await bundles.members(bundle);
    if (causes.length === 0) return undefined;
    const found = await alerts.getMany(causes.map((cause) => cause.split(':')[1] ?? ''));
    const members = causes.map((cause, at) => memberOf(found[at], cause));
    const revision = found.reduce((sum, alert) => sum + (alert?.revision ?? 0), causes.length);
    return { message: bundleCard(bundle, members), revision };
  }
}

/** An alert in a bundle; of an episode that is over since, only that it is over is known. */
function memberOf(alert: Alert | undefined, cause: Cause): Member {
  const [, id = '', episode] = cause.split(':');
  const isOver = alert === undefined || alert.status === 'resolved' || String(alert.episode) !== episode;
  return { id, alert, isOver };
}
