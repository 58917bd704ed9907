import type { Logger } from 'pino';

import { aloneFrom, type Deed, requireMay } from '#src/domain/approval.ts';
import type { Audit } from '#src/domain/audit.ts';
import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Executors } from '#src/domain/executor.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Leases } from '#src/domain/lease.ts';
import { type Actor, TOCSIN } from '#src/domain/operator.ts';
import {
  type Knowledge,
  LATEST,
  type Remediation,
  type Remedy,
  type Request,
  type Requests,
  type RunLogs,
} from '#src/domain/remedy.ts';

import { bounded, createAttempts, facts } from './attempts.ts';
import { approve, cancel, deny, expire, stop, withdraw } from './decide.ts';
import type { Guard } from './guard.ts';
import { createOneOpen } from './one-open.ts';
import { planNow, stillAsRequested } from './plan.ts';
import { argumentsOf, type Asked, open, remedyOf, requestId, roomOf, targetOf } from './request.ts';

export interface RemediationOptions {
  readonly requests: Requests;
  readonly leases: Pick<Leases, 'take'>;
  /** Keeps the network able to sign. */
  readonly guard?: Pick<Guard, 'look'> | undefined;
  readonly remedies: readonly Remedy[];
  readonly fleets: Fleets;
  readonly executors: Executors;
  /** What remedies may ask beside the target. */
  readonly knowledge?: Knowledge | undefined;
  readonly audit: Pick<Audit, 'write'>;
  readonly logs: Pick<RunLogs, 'read'>;
  /** Puts an approved request on the queue; called more than once for the same request. */
  readonly run: (id: string) => Promise<void>;
  /** Says in the request's room what must not go by as an edit: nobody is called by that. */
  readonly tell: (request: Request, words: string) => Promise<void>;
  /** The request is new (revision 1) or has changed: its message is to be written or brought up to date. */
  readonly changed: (request: Request) => Promise<void>;
  readonly now: () => Date;
  readonly logger: Logger;
  /** How long a request waits for its approval and an approval for its run. */
  readonly validMs?: number | undefined;
  /** For making a plan. */
  readonly planMs?: number | undefined;
}

export interface RunningRemediation extends Remediation {
  /**
   * Ends what is overdue and puts on the queue again what is approved or running: to be called at start and
   * now and then, so that nothing is lost between the record and the queue.
   */
  sweep(): Promise<void>;
  /** Ends a request that nobody has approved yet; any other stays as it is. */
  withdraw(id: string, reason: string): Promise<void>;
}

const VALID_MS = 30 * 60_000;
const PLAN_MS = 20_000;
/** A job on the queue is looked after by the queue: it is only put there again in case it was lost all the same. */
const QUEUE_AGAIN_MS = 10 * 60_000;

export function createRemediation(options: RemediationOptions): RunningRemediation {
  const { requests, remedies, fleets, executors, knowledge, audit, logs, run, tell, changed, now, logger } =
    options;
  const { validMs = VALID_MS, planMs = PLAN_MS, guard } = options;
  const audited = createAttempts(audit);
  const oneOpen = createOneOpen(requests, options.leases, now);

  const show = async (request: Request): Promise<void> => {
    await changed(request).catch((error: unknown) =>
      logger.warn(
        { request: request.id, why: wordsOf(error) },
        'message of a request not brought up to date',
      ),
    );
  };

  async function found(id: string): Promise<Request> {
    const request = await requests.get(id);
    if (!request) throw new UserError(`There is no request ${bounded(id)}.`);
    return overdue(request);
  }

  /** The request, ended when its time is over. */
  async function overdue(request: Request): Promise<Request> {
    if (expire(request, now()) === request) return request;
    const ended = await requests.update(request.id, (current) => current && expire(current, now()));
    if (ended?.state !== 'expired') return ended ?? request;
    await audit.write({ who: 'tocsin', what: 'remedy.expired', about: request.id, detail: facts(ended) });
    await show(ended);
    return ended;
  }

  const queuedAt = new Map<string, number>();
  async function enqueue(id: string): Promise<void> {
    await run(id);
    queuedAt.set(id, now().getTime());
  }

  /** A pure change, by compare and set; `change` throws what it refuses. */
  async function decide(id: string, change: (request: Request) => Request): Promise<Request> {
    const decided = await requests.update(id, (current) => current && change(current));
    if (!decided) throw new UserError(`There is no request ${bounded(id)}.`);
    await show(decided);
    return decided;
  }

  /** Throws UserError where too few seats could sign by now: the request stays open. */
  async function requireGuard(
    { remedy: id, node, service, arguments: args, requestedBy }: Request,
    by: Actor,
  ) {
    const fleet = fleets.current();
    const target = fleet.target(node, service);
    const remedy = remedies.find((one) => one.id === id);
    if (target && remedy) await guard?.look({ remedy, target, args }, fleet.operator(requestedBy) ?? by);
  }

  async function voided(request: Request, reason: string): Promise<never> {
    const ended = await requests.update(request.id, (current) => current && cancel(current, reason, now()));
    if (ended) {
      await audit.write({ who: 'tocsin', what: 'remedy.cancelled', about: request.id, detail: facts(ended) });
      await show(ended);
    }
    throw new UserError(`Not approved: ${reason}.`);
  }

  /** What is asked for, when it may be asked for. Throws UserError. */
  function meant(asked: Pick<Asked, 'remedy' | 'node' | 'service' | 'args' | 'by'>, deed: Deed) {
    const fleet = fleets.current();
    const remedy = remedyOf(remedies, asked.remedy);
    const target = targetOf(fleet, remedy, asked.node, asked.service);
    // A proposal is nobody's own: whoever approves it decides.
    if (asked.by.id !== TOCSIN.id) {
      requireMay(fleet, asked.by, { deed, risk: remedy.risk, seat: target.node.seat });
    }
    return { fleet, remedy, target, args: argumentsOf(remedy, asked.args) };
  }

  async function plan(asked: Omit<Asked, 'cause'>, deed: Deed = 'plan') {
    const { fleet, ...what } = meant(asked, deed);
    const shown = await guard?.look(what, asked.by);
    const { seen, ...plan } = await planNow(what.remedy, { ...what, executors, knowledge }, planMs);
    const because = asked.because === undefined ? {} : { 'Proposed for': asked.because };
    return { ...what, fleet, plan: { ...plan, seen: { ...because, ...seen, ...shown } } };
  }

  const wanted = (asked: Asked) => {
    const { remedy, target, args } = meant(asked, 'request');
    return { remedy: remedy.id, node: target.node.id, service: target.service.id, arguments: args };
  };

  async function request(asked: Asked): Promise<Request> {
    const known = (await requests.get(requestId(asked))) ?? (await oneOpen.find(wanted(asked)));
    if (known) return known;
    const { fleet, remedy, target, args, ...planned } = await plan(asked, 'request');
    const opened = open({
      asked,
      remedy,
      target,
      args,
      plan: planned.plan,
      room: roomOf(fleet, target),
      alone: (asking) => aloneFrom(fleet, target.node.seat, asking),
      now: now(),
      validMs,
    });
    return oneOpen.open(opened);
  }

  return {
    remedies,
    get: (id) => requests.get(id),
    list: (limit = 50) => requests.list(limit),
    log: (id) => logs.read(id),
    plan: (asked) => plan(asked),
    async request(asked) {
      const { remedy, node, service = '', by } = asked;
      const detail = { remedy, node, service, ...asked.args };
      const attempt = { deed: 'request', done: 'requested', by, about: requestId(asked) };
      const made = await audited(attempt, detail, () => request(asked));
      await show(made);
      return made;
    },
    async approve(id, by, digest) {
      const attempt = { deed: 'approve', done: 'approved', by, about: id };
      const approved = await audited(attempt, digest ? { digest } : {}, async () => {
        const before = await found(id);
        const fleet = fleets.current();
        // The event that approved is heard again: the same answer, and the run is not lost.
        if (before.approvedBy.includes(by.id) && before.state === 'approved') return before;
        approve(before, { by, fleet, now: now() }, digest);
        await requireGuard(before, by);
        const look = await stillAsRequested(before, {
          remedies,
          fleet,
          executors,
          knowledge,
          boundMs: planMs,
        }).catch((error: unknown) => {
          if (!(error instanceof OutsideError)) throw error;
          throw new UserError(
            `Not approved: the node cannot be looked at (${error.message}). The request stays open: try again.`,
          );
        });
        if ('void' in look) return voided(before, look.void);
        return decide(id, (current) => approve(current, { by, fleet, now: now() }, before.digest));
      });
      if (approved.state === 'approved') await enqueue(id);
      if (approved.emergency) {
        await tell(
          approved,
          `${by.id} approved alone what ${by.id} asked for: the emergency rule of this fleet.`,
        );
      }
      return approved;
    },
    async deny(id, by, reason) {
      return audited({ deed: 'deny', done: 'denied', by, about: id }, { reason }, async () => {
        await found(id);
        return decide(id, (current) => deny(current, { by, fleet: fleets.current(), now: now() }, reason));
      });
    },
    async cancel(id, by, reason) {
      return audited({ deed: 'cancel', by, about: id }, { reason }, async () => {
        await found(id);
        return decide(id, (current) => stop(current, { by, fleet: fleets.current(), now: now() }, reason));
      });
    },
    async withdraw(id, reason) {
      const before = await requests.get(id);
      const ended = await requests.update(id, (current) => current && withdraw(current, reason, now()));
      if (ended?.state !== 'cancelled' || before?.state === 'cancelled') return;
      await audit.write({ who: TOCSIN.id, what: 'remedy.cancelled', about: id, detail: facts(ended) });
      await show(ended);
    },
    async sweep() {
      const open = new Set<string>();
      for (const request of await requests.list(LATEST)) {
        const { id, state } = await overdue(request);
        if (state !== 'approved' && state !== 'running') continue;
        open.add(id);
        const queued = queuedAt.get(id);
        if (queued === undefined || now().getTime() - queued >= QUEUE_AGAIN_MS) await enqueue(id);
      }
      for (const id of queuedAt.keys()) if (!open.has(id)) queuedAt.delete(id);
    },
  };
}
