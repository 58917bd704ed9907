import { randomUUID } from 'node:crypto';

import type { Logger } from 'pino';

import type { Alert, Alerting } from '#src/domain/alert.ts';
import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Fleet, Fleets } from '#src/domain/fleet.ts';
import { isStale } from '#src/domain/glance.ts';
import { TOCSIN } from '#src/domain/operator.ts';
import type { PatrolMemory } from '#src/domain/patrol.ts';
import type { Arguments, Remediation, Request, Requests } from '#src/domain/remedy.ts';

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
/** Requests among which runs and open ones are looked for. */
const LOOKED_AT = 500;

export function createProposals(needs: ProposeNeeds): Proposals {
  const { alerting, latest, remediation, requests, proposals, fleets, now, logger } = needs;

  /** Whether the patrol itself, lately, found what the alert says: who may post alerts may not start remedies with them. */
  async function isSeen({ alert, node, service, remedy }: Offered, fleet: Fleet): Promise<boolean> {
    const of = alert.labels['service'] ?? service;
    const target = fleet.target(node, of);
    if (!target) return false;
    const [health] = await latest([target]);
    if (!health || isStale(target, health, { everyMs: fleet.patrol.everyMs, now: now() })) return false;
    return health.results.some(
      (result) => result.alertname === alert.labels['alertname'] && result.remedy === remedy,
    );
  }

  async function propose(offered: Offered, fleet: Fleet, known: readonly Request[]): Promise<void> {
    const { remedy, node, service, alert } = offered;
    const rule = fleet.remedies.propose[remedy];
    const alertname = alert.labels['alertname'] ?? '';
    if (!rule || (rule.alerts && !rule.alerts.includes(alertname))) return;
    const same = known.filter((one) => isCure(one, offered));
    if (same.some(({ state }) => state === 'requested' || state === 'approved' || state === 'running'))
      return;
    const key = [remedy, node, service].join(' ');
    const last = await proposals.get(key);
    if (now().getTime() < coolUntil(last, same, rule.coolDownMs)) return;
    if (!(await isSeen(offered, fleet))) return;
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
      const known = await requests.list(LOOKED_AT);
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
      for (const one of offered) {
        if (one.alert.silencedBy === undefined) await propose(one, fleet, known);
      }
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
