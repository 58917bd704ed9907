import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { type Account, type AccountLink, accountName, type LinkState } from '#src/domain/linking.ts';
import { type Actor, hasRole, TOCSIN } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';

import { conflictOf } from './merge.ts';

/** How long a code can be typed. */
export const CODE_MS = 10 * 60_000;
/** How long a coordinator has. */
const CONFIRM_MS = 24 * 3_600_000;

/** Who is not of the fleet. */
export const STRANGER = 'stranger';

const OPEN: ReadonlySet<LinkState> = new Set(['offered', 'proven']);

/** Whether a link waits for its code or its coordinator. */
export const isOpen = ({ state }: AccountLink): boolean => OPEN.has(state);

/** How a link is to change, and what whoever asked is told when that is not what they asked for. */
export interface Decision {
  readonly link: AccountLink;
  readonly refusal?: string | undefined;
}

interface Around {
  /** With the accounts that were linked. */
  readonly fleet: Fleet;
  /** As the fleet file has it. */
  readonly file: Fleet;
  readonly now: Date;
}

const changed = (link: AccountLink, change: Partial<AccountLink>, now: Date): AccountLink => ({
  ...link,
  ...change,
  revision: link.revision + 1,
  changedAt: now.toISOString(),
});

/** A link that counts no longer, or never will, by what Tocsin itself found. */
export const fallen = (
  link: AccountLink,
  state: 'expired' | 'voided',
  reason: string,
  now: Date,
): AccountLink => changed(link, { state, reason, by: TOCSIN.id, account: undefined }, now);

const isOverdue = ({ expiresAt }: AccountLink, now: Date): boolean => Date.parse(expiresAt) <= now.getTime();

/** Ends by itself what waits in vain: it is too late, or the fleet file stands against it. */
export function judged(link: AccountLink, file: Fleet, now: Date): AccountLink {
  if (!isOpen(link)) return link;
  if (isOverdue(link, now)) {
    const reason =
      link.state === 'offered' ? 'the code was not typed in time' : 'no coordinator confirmed it in time';
    return fallen(link, 'expired', reason, now);
  }
  const why = conflictOf(file, link);
  return why === undefined ? link : fallen(link, 'voided', why, now);
}

/** Said of every code that is not good, whatever is wrong with it. */
export const NOT_VALID =
  'This code is not valid, or not any more: one works once, for ten minutes, from an account that is nobody’s yet. `link` gives a new one.';
export const READ_BY_OTHERS =
  'Everybody here could read that code: if it was one, it is worth nothing now. Ask for a new one with `link`, and type it to me in a direct message.';

/** Somebody typed the code of this link. */
export function prove(
  current: AccountLink | undefined,
  { account, inPublic, ...around }: Around & { readonly account: Account; readonly inPublic: boolean },
): Decision | undefined {
  if (current?.state !== 'offered') return undefined;
  const { fleet, file, now } = around;
  const link = judged(current, file, now);
  if (link !== current) return { link, refusal: NOT_VALID };
  const speaker = fleet.speaker(account.platform, account.handle);
  const name = accountName(account);
  const who = { by: speaker?.id ?? STRANGER, account: name };
  const burnt = (reason: string, refusal = NOT_VALID): Decision => ({
    link: changed(link, { ...who, state: 'burnt', reason }, now),
    refusal,
  });
  if (inPublic) return burnt(`the code was typed in a room, by ${name}`, READ_BY_OTHERS);
  if (speaker?.id === link.operator)
    return {
      link,
      refusal: `This account is yours already: type the code from the one on ${link.platform} that is not.`,
    };
  if (speaker) return burnt(`the code was typed by ${name}, which is ${speaker.id}’s`);
  if (account.platform !== link.platform)
    return burnt(`the code was typed by ${name}, not on ${link.platform}`);
  const expiresAt = new Date(now.getTime() + CONFIRM_MS).toISOString();
  return { link: changed(link, { ...who, state: 'proven', handle: account.handle, expiresAt }, now) };
}

const STANDS: Readonly<Record<LinkState, string>> = {
  offered: 'its code was not typed yet',
  proven: 'it waits for a coordinator',
  standing: 'it is confirmed already',
  burnt: 'its code was seen by others',
  expired: 'it has expired',
  denied: 'it was denied',
  removed: 'it was removed',
  voided: 'it was ended',
};

/** A coordinator confirms that the account is the operator's. Throws UserError. */
export function approve(current: AccountLink, by: Actor, { fleet, file, now }: Around): Decision {
  requireRole(by, 'coordinator');
  if (by.id === current.operator)
    throw new UserError('It is your own account: another coordinator must confirm it.');
  // The event that approved is heard again.
  if (current.state === 'standing' && current.approvedBy === by.id) return { link: current };
  const link = judged(current, file, now);
  if (link.state !== 'proven') {
    const why = link.reason ?? STANDS[link.state];
    return { link, refusal: `Not linked: ${why}.` };
  }
  const { operator, platform, handle = '' } = link;
  const has = fleet.operator(operator)?.handles[platform];
  const owner = fleet.speaker(platform, handle);
  const why =
    (has !== undefined && `${operator} has the account ${platform}:${has} by now`) ||
    (owner && `${platform}:${handle} is ${owner.id}’s by now`);
  if (why) {
    return { link: fallen(link, 'voided', why, now), refusal: `Not linked: ${why}.` };
  }
  const approvedAt = now.toISOString();
  const who = { by: by.id, account: by.account };
  return { link: changed(link, { ...who, state: 'standing', approvedBy: by.id, approvedAt }, now) };
}

/** A coordinator, or whose account it is, ends it. Throws UserError. */
export function end(
  link: AccountLink,
  by: Actor,
  {
    state,
    reason,
    now,
  }: { readonly state: 'denied' | 'removed'; readonly reason?: string | undefined; readonly now: Date },
): AccountLink {
  if (by.id !== link.operator && !hasRole(by.role, 'coordinator'))
    throw new UserError(`It is ${link.operator}’s account: only they or a coordinator may do this.`);
  const may = isOpen(link) || (state === 'removed' && link.state === 'standing');
  if (!may) throw new UserError(`Nothing to end: ${STANDS[link.state]}.`);
  return changed(link, { state, reason, by: by.id, account: by.account }, now);
}
