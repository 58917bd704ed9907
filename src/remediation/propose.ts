import { randomUUID } from 'node:crypto';

import type { Logger } from 'pino';

import type { Alert, Alerting } from '#src/domain/alert.ts';
import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Fleet, Fleets } from '#src/domain/fleet.ts';
import { isStale } from '#src/domain/glance.ts';
import { TOCSIN } from '#src/domain/operator.ts';
import type { PatrolMemory } from '#src/domain/patrol.ts';
import {
  type Arguments,
  isOver,
  LATEST,
  type Remediation,
  type Request,
  type Requests,
} from '#src/domain/remedy.ts';

import { coolUntil, type Cure, isCure, type Proposal } from './cool-down.ts';

interface ProposeNeeds {
  readonly alerting: Pick<Alerting, 'list'>;
  /** What the patrol saw last: an alert that it did not raise proposes nothing. */
  readonly latest: PatrolMemory['latest'];
  readonly remediation: Pick<Remediation, 'request'> & {
    /** Ends a request that nobody has approved yet; another stays as it is. */
    withdraw(id: string, reason: string): Promise<void>;
  };
  readonly requests: Pick<Requests, 'list'>;
  /** By remedy, node and service. */
  readonly proposals: {
    get(id: string): Promise<Proposal | undefined>;
    update(
      id: string,
      change: (current: Proposal | undefined) => Proposal | undefined,
    ): Promise<Proposal | undefined>;
  };
  readonly fleets: Fleets;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** Asks for remedies by itself, where the fleet file allows it, as alerts of the patrol offer them. */
export interface Proposals {
  /** To be called now and then, by any number of processes: proposes for what fires, takes back what is not needed any more. */
  sweep(): Promise<void>;
}

/** A remedy that an alert offers. */
interface Offered extends Cure {
  readonly alert: Alert;
  readonly arguments: Arguments;
}

const MOST_ALERTS = 2_000;

export function createProposals(needs: ProposeNeeds): Proposals {
  const { alerting, latest, remediation, requests, proposals, fleets, now, logger } = needs;

  /** Those that the patrol itself, lately, found: who may post alerts may not start remedies with them. */
  async function seenOf(offered: readonly Offered[], fleet: Fleet): Promise<readonly Offered[]> {
    const known = offered.flatMap((one) => {
      const target = fleet.target(one.node, one.alert.labels['service'] ?? one.service);
      return target ? [{ one, target }] : [];
    });
    const healths = await latest(known.map(({ target }) => target));
    return known.flatMap(({ one, target }, at) => {
      const health = healths[at];
      if (!health || isStale(target, health, { everyMs: fleet.patrol.everyMs, now: now() })) return [];
      const found = health.results.some(
        ({ alertname, remedy }) => alertname === one.alert.labels['alertname'] && remedy === one.remedy,
      );
      return found ? [one] : [];
    });
  }

  /** Whether the fleet file has it proposed for that alert, and it was not asked for already. */
  function isWanted(offered: Offered, fleet: Fleet, known: readonly Request[]): boolean {
    const rule = fleet.remedies.propose[offered.remedy];
    const { alertname = '' } = offered.alert.labels;
    if (!rule || offered.alert.silencedBy !== undefined) return false;
    return (
      (rule.alerts?.includes(alertname) ?? true) && !known.some((one) => isCure(one, offered) && !isOver(one))
    );
  }

  async function propose(offered: Offered, fleet: Fleet, known: readonly Request[]): Promise<void> {
    const { remedy, node, service, alert } = offered;
    const { alertname = '' } = alert.labels;
    const key = [remedy, node, service].join(' ');
    const last = await proposals.get(key);
    const same = known.filter((one) => isCure(one, offered));
    if (now().getTime() < coolUntil(last, same, fleet.remedies.propose[remedy]?.coolDownMs ?? 0)) return;
    const attempt = randomUUID();
    const mine: Proposal = { at: now().toISOString(), attempt };
    const taken = await proposals.update(key, (current) =>
      current?.attempt === last?.attempt ? mine : current,
    );
    // Another process was faster.
    if (taken?.attempt !== attempt) return;
    const end = (outcome: Proposal['outcome']) =>
      proposals.update(key, (current) => (current?.attempt === attempt ? { ...mine, outcome } : current));
    try {
      const because = `${alertname} (alert ${alert.id})`;
      const cause = `proposal ${attempt}`;
      const args = offered.arguments;
      const request = await remediation.request({ remedy, node, service, args, by: TOCSIN, cause, because });
      await end('requested');
      logger.info({ request: request.id, remedy, node, service, alert: alert.id }, 'a remedy was proposed');
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof OutsideError)) throw error;
      await end('refused');
      logger.info({ remedy, node, service, why: error.message }, 'a remedy could not be proposed');
    }
  }

  return {
    async sweep() {
      const fleet = fleets.current();
      const known = await requests.list(LATEST);
      const open = known.filter(
        ({ state, requestedBy, approvedBy }) =>
          state === 'requested' && requestedBy === TOCSIN.id && approvedBy.length === 0,
      );
      if (open.length === 0 && Object.keys(fleet.remedies.propose).length === 0) return;
      const firing = await alerting.list({ status: 'firing', limit: MOST_ALERTS });
      const offered = firing.flatMap(offeredBy);
      for (const request of open) {
        if (offered.some((one) => isCure(one, request))) continue;
        await remediation.withdraw(request.id, 'the alert that it was proposed for is over');
      }
      const wanted = offered.filter((one) => isWanted(one, fleet, known));
      for (const one of await seenOf(wanted, fleet)) await propose(one, fleet, known);
    },
  };
}

function offeredBy(alert: Alert): readonly Offered[] {
  const { remedy, remedy_node: node, remedy_service: service, remedy_arguments: words } = alert.annotations;
  if (!remedy || !node || !service) return [];
  const pairs = (words ?? '').split(' ').filter(Boolean);
  const args = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  return [{ alert, remedy, node, service, arguments: args } as Offered];
}
