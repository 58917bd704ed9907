import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Operator } from '#src/domain/operator.ts';
import { requireSeat } from '#src/domain/permission.ts';
import type { Request, Risk } from '#src/domain/remedy.ts';

export interface Decision {
  readonly by: Operator;
  readonly fleet: Fleet;
  readonly now: Date;
}

const SHORTEST_DIGEST = 8;

/** People who must approve, beside the one who asked. */
export const approvalsNeeded = (risk: Risk): number => (risk === 'high' ? 2 : 1);

export const isDue = (request: Request, now: Date): boolean => Date.parse(request.expiresAt) <= now.getTime();

/** One more approval; with enough of them the request is approved. Throws UserError. */
export function approve(request: Request, { by, fleet, now }: Decision, digest?: string): Request {
  requireMayDecide(request, by, fleet);
  requireOpen(request, now);
  if (by.id === request.requestedBy) {
    throw new UserError('You asked for this yourself: somebody else has to approve it.');
  }
  if (digest !== undefined && !isDigest(request, digest)) {
    throw new UserError(
      `Request ${request.id} is not what you approved (${digest}): look at it as it stands now, ${request.digest.slice(0, SHORTEST_DIGEST)}.`,
    );
  }
  if (request.approvedBy.includes(by.id)) {
    throw new UserError('You have approved this already: it needs one more person.');
  }
  const approvedBy = [...request.approvedBy, by.id];
  const enough = approvedBy.length >= approvalsNeeded(request.risk);
  return changed(request, {
    approvedBy,
    ...(enough && { state: 'approved', decidedAt: now.toISOString() }),
  });
}

/** Refused by somebody who might approve it, or taken back by the one who asked. Throws UserError. */
export function deny(request: Request, { by, fleet, now }: Decision, reason: string): Request {
  requireMayDecide(request, by, fleet);
  requireOpen(request, now);
  return changed(request, {
    state: 'denied',
    deniedBy: by.id,
    decidedAt: now.toISOString(),
    ...(reason && { reason }),
  });
}

/** The request as expired when its time is over and it has not begun; otherwise as it is. */
export function expire(request: Request, now: Date): Request {
  if ((request.state !== 'requested' && request.state !== 'approved') || !isDue(request, now)) return request;
  const reason =
    request.state === 'requested'
      ? 'Nobody decided in time: request it again if it is still needed.'
      : 'It was approved, but could not begin in time: request it again if it is still needed.';
  return changed(request, { state: 'expired', reason, endedAt: now.toISOString() });
}

/** What was asked for is no longer what would be done: nothing is done. */
export function cancel(request: Request, reason: string, now: Date): Request {
  if (request.state !== 'requested' && request.state !== 'approved') return request;
  return changed(request, { state: 'cancelled', reason, endedAt: now.toISOString() });
}

/** A request with a change, one revision on. */
export const changed = (request: Request, change: Partial<Request>): Request => ({
  ...request,
  ...change,
  revision: request.revision + 1,
});

function requireMayDecide(request: Request, by: Operator, fleet: Fleet): void {
  const node = fleet.node(request.node);
  if (!node)
    throw new UserError(`Node ${request.node} is no longer in the fleet: nothing can be done there.`);
  requireSeat(fleet, by, node.seat);
}

function requireOpen(request: Request, now: Date): void {
  if (request.state !== 'requested') throw new UserError(`Request ${request.id} ${closedWords(request)}.`);
  if (isDue(request, now)) {
    throw new UserError(`Request ${request.id} expired at ${request.expiresAt}: request it again.`);
  }
}

function closedWords({ state, approvedBy, deniedBy, reason }: Request): string {
  if (state === 'approved') return `is already approved by ${approvedBy.join(' and ')}`;
  if (state === 'denied') return `was denied by ${deniedBy}`;
  if (state === 'running') return 'is already running';
  return `has ${state === 'cancelled' ? 'been cancelled' : state}${reason ? `: ${reason.replace(/\.$/, '')}` : ''}`;
}

const isDigest = (request: Request, digest: string): boolean =>
  digest.length >= SHORTEST_DIGEST && request.digest.startsWith(digest.toLowerCase());
