import type { Logger } from 'pino';

import type { Agenda } from '#src/domain/agenda.ts';
import type { Alert, Alerting, Signal } from '#src/domain/alert.ts';
import type { Cause, Compose, Composed, Post } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Oncalls } from '#src/domain/oncall.ts';
import { holds } from '#src/domain/permission.ts';
import type { Silences } from '#src/domain/silence.ts';

import { alertIdOf, applySignal, atEpisode } from './apply.ts';
import { bundleCard, type Member } from './bundle-card.ts';
import { alertCard } from './card.ts';
import { createEscalate } from './escalate.ts';
import type { Records } from './records.ts';
import { seatOf } from './route.ts';
import { createSilenceOf } from './silenced.ts';
import { createTell } from './tell.ts';

interface AlertingNeeds {
  readonly alerts: Records;
  readonly silences: Silences;
  readonly fleets: Fleets;
  readonly bundles: { members(bundle: Cause): Promise<readonly Cause[]> };
  readonly post: Post;
  readonly oncalls: Pick<Oncalls, 'firsts'>;
  /** When each alert may have to go on to further people. */
  readonly escalations: Agenda;
  readonly now: () => Date;
  readonly logger: Logger;
}

interface AlertDesk extends Alerting {
  /** Takes signals in, in their order: the alerts on record, their messages on their way. May be repeated. */
  take(...signals: readonly Signal[]): Promise<void>;
  /**
   * Tells of alerts whose silence is over, of those a crash kept from being told, and further people of those that
   * nobody acknowledges.
   */
  sweep(): Promise<void>;
  readonly compose: Compose;
}

const LIST_LIMIT = 200;
/** Firing alerts looked through by a sweep. */
const SWEEP_LIMIT = 2_000;
const SWEEP_AT_ONCE = 50;

export function createAlerting(needs: AlertingNeeds): AlertDesk {
  const { alerts, silences, bundles, fleets, post, oncalls, escalations: agenda, now, logger } = needs;
  const silenceOf = createSilenceOf(silences, fleets, now);
  const tell = createTell({ alerts, fleets, post, oncalls, agenda, silenceOf, now });
  const escalate = createEscalate({ alerts, fleets, oncalls, agenda, silenceOf, tell, now });

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
      const [stand, silenceIn] = await Promise.all([alerts.updateAll([...given.keys()], apply), silenceOf()]);
      const changed = [...stand.values()].filter(({ announced, revision }) => announced < revision);
      for (const { id, status, labels } of changed)
        logger.debug({ alert: id, status, alertname: labels['alertname'] }, 'alert changed');
      if (changed.length > 0) logger.info({ alerts: changed.length }, 'alerts changed');
      await tell(changed, { begun, silenceIn });
    },
    async sweep() {
      const silenceIn = await silenceOf();
      const open = (await alerts.list(SWEEP_LIMIT)).filter((alert) => {
        const silenceOver =
          alert.status === 'firing' && alert.silencedBy !== undefined && silenceIn(alert) === undefined;
        return alert.announced < alert.revision || silenceOver;
      });
      for (let from = 0; from < open.length; from += SWEEP_AT_ONCE) {
        await tell(open.slice(from, from + SWEEP_AT_ONCE), { silenceIn });
      }
      await escalate();
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
      if (alert.announced < alert.revision) await tell([alert]);
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
