import type { Actor, OperatorId } from './operator.ts';

/** An account on a platform. */
export interface Account {
  readonly platform: string;
  readonly handle: string;
}

export const accountName = ({ platform, handle }: Account): string => `${platform}:${handle}`;

/** `offered`: its code is out; `proven`: typed from the account, a coordinator must confirm; `standing`: the account counts. */
export const LINK_STATES = [
  'offered',
  'proven',
  'standing',
  'burnt',
  'expired',
  'denied',
  'removed',
  'voided',
] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** A further account of an operator, from the code that asks for it to its end. */
export interface AccountLink {
  /** A digest of the code: who reads it cannot tell the code. */
  readonly id: string;
  readonly operator: OperatorId;
  /** The account of the fleet file that asked for the code; the link stands no longer than the file names it. */
  readonly from: Account;
  /** Where the further account is to be. */
  readonly platform: string;
  /** The further account, once somebody typed the code there. */
  readonly handle?: string | undefined;
  readonly state: LinkState;
  readonly offeredAt: string;
  /** Of the code; once that was typed, of the wait for a coordinator. */
  readonly expiresAt: string;
  readonly approvedBy?: OperatorId | undefined;
  readonly approvedAt?: string | undefined;
  /** Who brought about the state it is in: an operator, `stranger`, or `tocsin`. */
  readonly by: string;
  /** The account they did it from: `matrix:@alice:server`. */
  readonly account?: string | undefined;
  /** Why it ended. */
  readonly reason?: string | undefined;
  readonly revision: number;
  /** The revision that is audited and told. */
  readonly told: number;
  readonly changedAt: string;
}

/** Links on record. */
export interface AccountLinks {
  get(id: string): Promise<AccountLink | undefined>;
  /** Most recently changed first. */
  list(limit: number): Promise<readonly AccountLink[]>;
  standing(): Promise<readonly AccountLink[]>;
  /** Compare and set, as of Documents. */
  update(
    id: string,
    change: (current: AccountLink | undefined) => AccountLink | undefined,
  ): Promise<AccountLink | undefined>;
  /** How many attempts there were under this name in ten minutes, this one counted. */
  attempt(name: string): Promise<number>;
}

/** A code, told to nobody but whom it is for. */
export interface Offer {
  readonly code: string;
  readonly platform: string;
  readonly expiresAt: string;
}

/** A code that somebody typed. */
export interface Brought {
  readonly code: string;
  readonly account: Account;
  /** Others read it as well. */
  readonly inPublic: boolean;
}

/** Proves that accounts on two platforms are one operator's. Everything is audited, and told to the operator and in room ops. */
export interface Linking {
  find(id: string): Promise<AccountLink | undefined>;
  /** Those that stand, and those that wait for a coordinator. */
  list(): Promise<readonly AccountLink[]>;
  /** Whether a code is out that somebody unknown may type on this platform now. */
  expects(platform: string): Promise<boolean>;
  /** A new code, in place of an earlier one; without a platform, for the only other one. Throws UserError. */
  offer(by: Actor, from: Account, platform?: string): Promise<Offer>;
  /** From the account that is to be linked. Throws UserError, with the same words for whatever is wrong with the code. */
  bring(brought: Brought): Promise<AccountLink>;
  /** A coordinator, never the one whose account it is. Throws UserError. */
  approve(id: string, by: Actor): Promise<AccountLink>;
  /** A coordinator, or whose account it is. Throws UserError. */
  deny(id: string, by: Actor, reason: string): Promise<AccountLink>;
  /** Ends what stands or waits: one's own, for a coordinator anybody's. Throws UserError. */
  remove(asked: { readonly platform: string; readonly operator: string }, by: Actor): Promise<AccountLink>;
}
