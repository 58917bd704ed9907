import {
  aloneFrom,
  approvalsNeeded,
  type Deed,
  may,
  needsHolder,
  NOT_YOUR_OWN,
  requireMay,
  standingOf,
} from '#src/domain/approval.ts';
import { UserError, unstopped } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Actor } from '#src/domain/operator.ts';
import type { Request } from '#src/domain/remedy.ts';
import type { SeatId } from '#src/domain/seat.ts';

export interface Decision {
  readonly by: Actor;
  readonly fleet: Fleet;
  readonly now: Date;
}

const SHORTEST_DIGEST = 8;

export const isDue = (request: Request, now: Date): boolean => Date.parse(request.expiresAt) <= now.getTime();

/** One more approval; with enough of them the request is approved. Throws UserError. */
export function approve(request: Request, { by, fleet, now }: Decision, digest?: string): Request {
  const seat = seatOf(request, fleet);
  const { risk, requestedBy } = request;
  requireMay(fleet, by, { deed: 'approve', risk, seat });
  requireOpen(request, now);
  const emergency = by.id === requestedBy && isAlone(request, fleet, now);
  if (!may(standingOf(fleet, by.id, seat), approvalOf(request, by, emergency), risk)) {
    throw new UserError(ownWords(request, fleet));
  }
  if (digest !== undefined && !isDigest(request, digest)) {
    throw new UserError(
      `Request ${request.id} is not what you approved (${cut(digest)}): look at it as it stands now, ${request.digest.slice(0, SHORTEST_DIGEST)}.`,
    );
  }
  if (request.approvedBy.includes(by.id)) {
    throw new UserError('You have approved this already: it needs one more person.');
  }
  const approvedBy = [...request.approvedBy, by.id];
  const enough = approvedBy.length >= approvalsNeeded(risk);
  if (enough && needsHolder(fleet, seat, { risk, requestedBy, approvedBy })) {
    throw new UserError(
      `Of risk ${risk}, one of the three who ask and approve holds the seat: this approval is for an operator of ${seat}.`,
    );
  }
  return changed(request, {
    approvedBy,
    ...accountOf(request, by),
    ...(emergency && { emergency }),
    ...(enough && { state: 'approved', decidedAt: now.toISOString() }),
  });
}

/** Refused by somebody who might approve it, or taken back by the one who asked. Throws UserError. */
export function deny(request: Request, { by, fleet, now }: Decision, reason: string): Request {
  const deed = by.id === request.requestedBy ? 'deny-own' : 'deny';
  requireMay(fleet, by, { deed, risk: request.risk, seat: seatOf(request, fleet) });
  requireOpen(request, now);
  return changed(request, {
    state: 'denied',
    deniedBy: by.id,
    decidedAt: now.toISOString(),
    ...accountOf(request, by),
    ...(reason && { reason: cut(reason) }),
  });
}

/** Before it begins it is cancelled at once; a run is told to stop before its next step. Throws UserError. */
export function stop(request: Request, { by, fleet, now }: Decision, reason: string): Request {
  requireMay(fleet, by, { deed: 'cancel', risk: request.risk, seat: seatOf(request, fleet) });
  const at = now.toISOString();
  const cancelling = { by: by.id, at, reason: cut(reason) };
  const stopped = { ...accountOf(request, by), cancelling };
  if (request.state === 'running') return request.cancelling ? request : changed(request, stopped);
  if (request.state !== 'requested' && request.state !== 'approved') {
    throw new UserError(`Request ${request.id} ${closedWords(request)}.`);
  }
  return cancel({ ...request, ...stopped }, `by ${by.id}: ${cut(reason)}`, now);
}

/** The request as expired when its time is over and it has not begun; otherwise as it is. */
export function expire(request: Request, now: Date): Request {
  if ((request.state !== 'requested' && request.state !== 'approved') || !isDue(request, now)) return request;
  const reason =
    request.state === 'requested'
      ? 'Nobody decided in time: request it again if it is still needed.'
      : `It was approved, but could not begin in time${request.waiting ? ` (${request.waiting})` : ''}: request it again if it is still needed.`;
  return changed(request, { state: 'expired', reason, endedAt: now.toISOString() });
}

/** Taken back, as long as nobody has approved it. */
export const withdraw = (request: Request, reason: string, now: Date): Request =>
  request.state === 'requested' && request.approvedBy.length === 0 ? cancel(request, reason, now) : request;

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

function seatOf(request: Request, fleet: Fleet): SeatId {
  const node = fleet.node(request.node);
  if (node) return node.seat;
  throw new UserError(`Node ${request.node} is no longer in the fleet: nothing can be done there.`);
}

function approvalOf({ requestedBy, approvedBy }: Request, by: Actor, emergency: boolean): Deed {
  if (by.id === requestedBy) return emergency ? 'approve-own-in-emergency' : 'approve-own';
  return approvedBy.length > 0 ? 'approve-second' : 'approve';
}

/** Whether the emergency rule lets the one who asked approve it now. */
function isAlone(request: Request, fleet: Fleet, now: Date): boolean {
  const from = aloneFrom(fleet, seatOf(request, fleet), request);
  return from !== undefined && from <= now;
}

function ownWords(request: Request, fleet: Fleet): string {
  const from = aloneFrom(fleet, seatOf(request, fleet), request);
  return from
    ? `${NOT_YOUR_OWN} By the emergency rule you may do it alone from ${from.toISOString()} on.`
    : NOT_YOUR_OWN;
}

const accountOf = ({ accounts }: Request, { id, account }: Actor): Pick<Request, 'accounts'> =>
  account === undefined ? {} : { accounts: { ...accounts, [id]: account } };

const LONGEST_REASON = 500;
const cut = (words: string): string => words.slice(0, LONGEST_REASON).toWellFormed();

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
  return `has ${state === 'cancelled' ? 'been cancelled' : state}${reason ? `: ${unstopped(reason)}` : ''}`;
}

const isDigest = (request: Request, digest: string): boolean =>
  digest.length >= SHORTEST_DIGEST && request.digest.startsWith(digest.toLowerCase());
