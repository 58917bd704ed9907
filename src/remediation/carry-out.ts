import type { Logger } from 'pino';

import type { Audit } from '#src/domain/audit.ts';
import { lacking } from '#src/domain/approval.ts';
import { OutsideError, unstopped, wordsOf } from '#src/domain/errors.ts';
import type { Executors } from '#src/domain/executor.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Leases } from '#src/domain/lease.ts';
import {
  type Carrying,
  type Knowledge,
  LATEST,
  type Remedy,
  type Request,
  type Requests,
  type RunLogs,
} from '#src/domain/remedy.ts';

import { cancel, expire } from './decide.ts';
import type { Guard } from './guard.ts';
import { hold } from './hold.ts';
import { peopleOf, runRecord } from './journal.ts';
import { createPace } from './pace.ts';
import { persist } from './persist.ts';
import { type Away, type Ready, stillAsRequested, type Void } from './plan.ts';
import { begin, failed, stopped, succeeded } from './progress.ts';
import { failureWords, reasonOf, stoppedWords, successWords } from './report.ts';
import { createRunLog } from './run-log.ts';

export interface CarryOutOptions {
  readonly requests: Requests;
  /** Keeps the network able to sign. */
  readonly guard?: Pick<Guard, 'turn'> | undefined;
  readonly leases: Leases;
  readonly remedies: readonly Remedy[];
  readonly fleets: Fleets;
  readonly executors: Executors;
  /** What remedies may ask beside the target. */
  readonly knowledge?: Knowledge | undefined;
  readonly audit: Pick<Audit, 'write'>;
  readonly logs: RunLogs;
  /** Takes secrets out of what is told, shown and kept. */
  readonly hide: (words: string) => string;
  /** Takes out also what only looks like one, of what a program on the node said. */
  readonly hideLikely: (words: string) => string;
  /** The request has changed: its message is to be brought up to date. */
  readonly changed: (request: Request) => Promise<void>;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Longest time of one run, counted anew after a restart. */
  readonly boundMs?: number | undefined;
  readonly planMs?: number | undefined;
  readonly leaseMs?: number | undefined;
  /** Between two updates of the message. */
  readonly paceMs?: number | undefined;
}

/** `busy`: not over, come back later (another run has the node, or this process stops). */
export type Outcome = 'done' | 'busy';

/**
 * Carries out an approved request, or goes on with one that was begun. To be called again until it is
 * done; rejects only when the store fails, and may then be called again as well.
 */
export type CarryOut = (id: string, stop?: AbortSignal) => Promise<Outcome>;

const BOUND_MS = 60 * 60_000;
const PLAN_MS = 20_000;
/** Renewed thrice in that time; what a killed process held is taken up after it. */
const LEASE_MS = 10_000;
const PACE_MS = 1_500;
/** So long a machine elsewhere may be out of reach in the middle of a run. */
const AWAY_MS = 10 * 60_000;
const AGAIN_MS = { least: 1_000, most: 15_000 };

export function createCarryOut(options: CarryOutOptions): CarryOut {
  const {
    requests,
    leases,
    remedies,
    fleets,
    executors,
    knowledge,
    audit,
    logs,
    hide,
    hideLikely,
    changed,
    now,
    logger,
  } = options;
  const { planMs = PLAN_MS, leaseMs = LEASE_MS, paceMs = PACE_MS } = options;

  const show = async (request: Request): Promise<void> => {
    await changed(request).catch((error: unknown) =>
      logger.warn(
        { request: request.id, why: wordsOf(error) },
        'message of a request not brought up to date',
      ),
    );
  };

  const note = async (request: Request): Promise<void> => {
    const { id, remedy, node, service, state, reason } = request;
    await audit.write({
      who: 'tocsin',
      what: `remedy.${state}`,
      about: id,
      detail: { remedy, node, service, ...peopleOf(request), ...(reason && { reason }) },
    });
  };

  const unlogged = (error: unknown): void =>
    logger.warn({ why: wordsOf(error) }, 'a line of the log of a run was not written');

  const close = async (id: string, change: (request: Request) => Request): Promise<Outcome> => {
    const ended = await requests.update(id, (current) => current && change(current));
    if (ended) {
      await note(ended);
      await show(ended);
    }
    return 'done';
  };

  /**
   * Ready to run, or the words of why it must not, or not yet. What began before is not planned anew: it is half done.
   */
  async function check(request: Request): Promise<Ready | Void | Away> {
    const fleet = fleets.current();
    if (request.state === 'running') {
      const target = fleet.target(request.node, request.service);
      const remedy = remedies.find(({ id }) => id === request.remedy);
      if (!remedy) {
        return {
          void: `this Tocsin has no remedy ${request.remedy}: nothing more was done, look at the node`,
        };
      }
      return target
        ? { remedy, target }
        : { void: 'its node was taken out of the fleet while it ran: nothing more was done, look at it' };
    }
    const seat = fleet.node(request.node)?.seat;
    const lacks = seat && lacking(fleet, seat, request);
    if (lacks) return { void: lacks };
    try {
      return await stillAsRequested(request, { remedies, fleet, executors, knowledge, boundMs: planMs });
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      const words = `the node could not be looked at (${unstopped(error.message)})`;
      return error.retryable
        ? { away: `${words}: it begins when it can be` }
        : { void: `${words}: nothing was done. Request it again` };
    }
  }

  async function run({ remedy, target }: Ready, request: Request, stops: AbortSignal): Promise<Outcome> {
    const { boundMs = options.boundMs ?? BOUND_MS } = remedy;
    const bound = AbortSignal.timeout(boundMs);
    const signal = AbortSignal.any([stops, bound]);
    const pace = createPace(paceMs, show);
    const say = createRunLog({ id: request.id, logs, now, hide, failed: unlogged });
    const record = runRecord(request, {
      requests,
      audit,
      now,
      signal,
      say,
      changed: (request) => pace.offer(request),
    });
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason as Error), { once: true });
    aborted.promise.catch(() => undefined);
    try {
      await say(request.run === 1 ? 'begins' : `taken up again, by process ${request.run} of this run`);
      const carrying: Carrying = {
        request: request.id,
        target,
        args: request.arguments,
        bound: request.plan.bound,
        journal: record.journal,
        executors,
        knowledge,
        signal,
        log: (said) => say(hideLikely(said)),
        async progress(said) {
          const words = hide(said);
          if (record.latest().progress === words) return;
          await record.write((current) => ({ ...current, progress: words, revision: current.revision + 1 }));
          await say(words);
        },
      };
      const work = persist(() => remedy.carryOut(carrying), {
        executor: executors(target.node),
        pauseMs: AGAIN_MS,
        patienceMs: AWAY_MS,
        place: () => record.latest().steps.length,
        signal,
        away: (why) => carrying.progress(`no way to ${target.node.id}: ${why}; trying again`),
      });
      work.catch(() => undefined);
      const end = await Promise.race([work, aborted.promise]).then(
        (result) => (current: Request) => succeeded(current, hide(successWords(result, current)), now()),
        (error: unknown) => {
          if (stops.aborted || record.lost()) throw error;
          const why = bound.aborted
            ? `it was not over after ${boundMs / 60_000} min`
            : reasonOf(error, request, logger);
          return (current: Request) => failed(current, hide(failureWords(why, current)), now());
        },
      );
      const unbegun = record.cancelled();
      await record.write(
        unbegun ? (current) => stopped(current, hide(stoppedWords(unbegun, current)), now()) : end,
      );
    } catch (error) {
      if (stops.aborted) return 'busy';
      const lost = record.lost();
      // Taken over by another process, which ends it; anything else is the store's failure.
      if (lost && lost.cause === undefined) return 'busy';
      throw lost ?? error;
    } finally {
      await pace.stop();
    }
    const { state, result, reason } = record.latest();
    await say(`${state}: ${result ?? reason ?? ''}`);
    await note(record.latest());
    await show(record.latest());
    return 'done';
  }

  /** Whether it must wait until others are over, so that the network stays able to sign; its message says so. */
  async function waits(request: Request): Promise<boolean> {
    const target = fleets.current().target(request.node, request.service);
    const remedy = remedies.find(({ id }) => id === request.remedy);
    if (request.state === 'running' || !target || !remedy) return false;
    const why = await options.guard?.turn(request, { remedy, target, args: request.arguments });
    if (why !== undefined) await tellWaiting(request, why);
    return why !== undefined;
  }

  async function tellWaiting(request: Request, why: string): Promise<void> {
    const told = await requests.update(request.id, (current) =>
      current?.state === 'approved' && current.waiting !== why
        ? { ...current, waiting: why, revision: current.revision + 1 }
        : current,
    );
    if (told && request.waiting !== why) await show(told);
  }

  async function underHold(id: string, stops: AbortSignal): Promise<Outcome> {
    const request = await requests.get(id);
    if (!request) return 'done';
    if (request.state !== 'approved' && request.state !== 'running') {
      await show(request);
      return 'done';
    }
    const latest = await requests.list(LATEST);
    const runs = ({ id: other, node, state }: Request) =>
      other !== id && node === request.node && state === 'running';
    if (latest.some(runs)) return 'busy';
    if (expire(request, now()) !== request) return close(id, (current) => expire(current, now()));
    if (await waits(request)) return 'busy';
    const ready = await check(request);
    if (stops.aborted) return 'busy';
    if ('away' in ready) {
      await tellWaiting(request, ready.away);
      return 'busy';
    }
    if ('void' in ready) {
      return close(id, (current) =>
        current.state === 'running' ? failed(current, ready.void, now()) : cancel(current, ready.void, now()),
      );
    }
    const begun = await requests.update(id, (current) => current && begin(current, now()));
    if (begun?.state !== 'running') return 'done';
    await note(begun);
    await show(begun);
    return run(ready, begun, stops);
  }

  return async (id, stop) => {
    const request = await requests.get(id);
    if (!request) {
      logger.error({ request: id }, 'request to carry out is not on record');
      return 'done';
    }
    const held = await hold(leases, `remedy:${request.node}`, leaseMs);
    if (!held) return 'busy';
    try {
      return await underHold(id, stop ? AbortSignal.any([stop, held.lost]) : held.lost);
    } finally {
      await held.release();
    }
  };
}
