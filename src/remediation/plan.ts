import { OutsideError, unstopped, UserError } from '#src/domain/errors.ts';
import type { Executors } from '#src/domain/executor.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments, Knowledge, Plan, Remedy, Request } from '#src/domain/remedy.ts';

import { bindTo, difference, digestOf } from './digest.ts';
import { remedyOf } from './request.ts';

interface Viewed {
  readonly target: Target;
  readonly args: Arguments;
  readonly executors: Executors;
  readonly knowledge: Knowledge | undefined;
}

/** Looks at the node within the bound, or within the remedy's own. Throws UserError when it should not be done, OutsideError when it cannot look. */
export async function planNow(
  remedy: Remedy,
  { target, args, executors, knowledge }: Viewed,
  mostMs: number,
): Promise<Plan> {
  const { planMs: boundMs = mostMs } = remedy;
  const late = Promise.withResolvers<never>();
  const words = `looking at ${target.service.id} of ${target.node.id} took longer than ${boundMs / 1000} s`;
  const timer = setTimeout(() => late.reject(new OutsideError('node', 'timeout', words)), boundMs);
  try {
    return bindTo(
      target,
      await Promise.race([remedy.plan(target, args, executors, knowledge), late.promise]),
    );
  } finally {
    clearTimeout(timer);
  }
}

export interface Looking {
  readonly remedies: readonly Remedy[];
  readonly fleet: Fleet;
  readonly executors: Executors;
  readonly knowledge: Knowledge | undefined;
  readonly boundMs: number;
}

export interface Ready {
  readonly remedy: Remedy;
  readonly target: Target;
}

/** Why a request must not go on: whatever is asked for now is not what was requested. */
export type Void = { readonly void: string };

/** Why it cannot be known yet whether a request may go on. */
export type Away = { readonly away: string };

/**
 * Makes the plan anew and compares it with what was requested; an approval holds for exactly that.
 * Throws OutsideError when the node cannot be looked at: then nothing is known to have changed.
 */
export async function stillAsRequested(request: Request, looking: Looking): Promise<Ready | Void> {
  const { remedies, fleet, executors, knowledge, boundMs } = looking;
  if (digestOf(request) !== request.digest) {
    return { void: 'what is on record is not what was requested: it was changed since. Request it again' };
  }
  const target = fleet.target(request.node, request.service);
  if (!target) {
    return {
      void: `service ${request.service} of ${request.node} is no longer in the fleet: nothing to do there`,
    };
  }
  try {
    const remedy = remedyOf(remedies, request.remedy);
    const plan = await planNow(remedy, { target, args: request.arguments, executors, knowledge }, boundMs);
    if (digestOf({ ...request, risk: remedy.risk, plan }) === request.digest) return { remedy, target };
    const what = difference(request.plan, plan) ?? `its risk is ${remedy.risk} now`;
    return { void: `the plan changed since it was requested: ${what}. Request it again` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { void: `it should not be done any more: ${unstopped(error.message)}` };
  }
}
