import type { Logger } from 'pino';

import { type Alert, type Alerting, severityOf, type Signal } from '#src/domain/alert.ts';
import type { Cause, Compose, Post } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { holds } from '#src/domain/permission.ts';
import { matches, type Silences } from '#src/domain/silence.ts';

import { alertIdOf, applySignal } from './apply.ts';
import { alertCard } from './card.ts';
import { describe, recipientsOf, seatOf } from './route.ts';

interface Records {
  get(id: string): Promise<Alert | undefined>;
  list(limit: number): Promise<readonly Alert[]>;
  update(id: string, change: (current: Alert | undefined) => Alert | undefined): Promise<Alert | undefined>;
}

interface AlertingNeeds {
  readonly alerts: Records;
  readonly silences: Silences;
  readonly fleets: Fleets;
  readonly post: Post;
  readonly now: () => Date;
  readonly logger: Logger;
}

interface AlertDesk extends Alerting {
  /** Takes a signal in: the alert on record, its messages on their way. May be repeated. */
  take(signal: Signal): Promise<void>;
  /** Tells of alerts whose silence is over, and of those a crash kept from being told. */
  sweep(): Promise<void>;
  readonly compose: Compose;
}

const LIST_LIMIT = 200;
/** Firing alerts looked through by a sweep. */
const SWEEP_LIMIT = 2_000;

const causeOf = (alert: Alert): Cause => `alert:${alert.id}:${alert.episode}`;

export function createAlerting({ alerts, silences, fleets, post, now, logger }: AlertingNeeds): AlertDesk {
  const silencing = async (alert: Alert): Promise<string | undefined> => {
    const labels = describe(fleets.current(), alert.labels);
    return (await silences.list(now())).find(({ match }) => matches(match, labels))?.id;
  };

  /** Brings the alert's messages up to its revision, then records that this was done. */
  const announce = async (alert: Alert): Promise<void> => {
    const silencedBy = await silencing(alert);
    if (silencedBy === undefined) {
      await post.send(causeOf(alert), recipientsOf(fleets.current(), alert.labels), severityOf(alert));
    } else {
      // What was told before the silence began is still brought up to date: an edit wakes nobody.
      await post.refresh(causeOf(alert));
    }
    await alerts.update(alert.id, (current) => {
      if (!current || (current.announced >= alert.revision && current.silencedBy === silencedBy))
        return current;
      const { silencedBy: _, ...rest } = current;
      const announced = Math.max(current.announced, alert.revision);
      return { ...rest, ...(silencedBy !== undefined && { silencedBy }), announced };
    });
  };

  return {
    async take(signal) {
      const id = alertIdOf(signal);
      const alert = await alerts.update(id, (current) => applySignal(current, signal, now()));
      if (!alert || alert.announced >= alert.revision) return;
      logger.info({ alert: id, status: alert.status, alertname: alert.labels['alertname'] }, 'alert changed');
      await announce(alert);
    },
    async sweep() {
      for (const alert of await alerts.list(SWEEP_LIMIT)) {
        const untold = alert.announced < alert.revision;
        const silenceOver =
          alert.status === 'firing' && alert.silencedBy !== undefined && !(await silencing(alert));
        if (untold || silenceOver) await announce(alert);
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
      if (alert.announced < alert.revision) await announce(alert);
      return alert;
    },
    async compose(cause) {
      const [, id = '', episode] = cause.split(':');
      const alert = await alerts.get(id);
      // A newer episode has a message of its own; the old one stays as it was.
      if (!alert || String(alert.episode) !== episode) return undefined;
      return { message: alertCard(alert), revision: alert.revision };
    },
  };
}
