import type { Operator, OperatorId } from './operator.ts';

/** Who of a team is called first, by turns or always in the same order; from the fleet file. */
export interface Rota {
  readonly team: string;
  readonly order: readonly OperatorId[];
  /** Undefined: the first of the order is always first. */
  readonly turns?: Turns | undefined;
}

export interface Turns {
  readonly shiftMs: number;
  /** When a turn of the first in the order begins, ms since 1970. */
  readonly sinceMs: number;
  /** Hands over at the same hour by the clocks of this zone (an IANA name), summer and winter; undefined: in UTC. */
  readonly zone?: string | undefined;
}

/** Somebody is first for a time, whatever the rota says. */
export interface Override {
  readonly operator: OperatorId;
  readonly from: string;
  readonly until: string;
  readonly by: OperatorId;
}

/** The overrides of a team, in the order in which they were set. */
export interface Overrides {
  readonly team: string;
  readonly list: readonly Override[];
}

/** Who of a team is first at a moment, and who is next. */
export interface Duty {
  readonly team: string;
  readonly operator: OperatorId;
  /** What makes it so, when it is not the rota. */
  readonly override?: Override | undefined;
  readonly next?: { readonly operator: OperatorId | undefined; readonly at: string } | undefined;
}

/** Who is on call. */
export interface Oncalls {
  /** Undefined: nobody is named, all of the team are equal. */
  firstOf(team: string, at: Date): Promise<OperatorId | undefined>;
  /** The same for many at once, at the cost of one. */
  firsts(asked: readonly (readonly [team: string, at: Date])[]): Promise<readonly (OperatorId | undefined)[]>;
  /** Of the teams of which somebody is named. */
  list(at: Date): Promise<readonly Duty[]>;
  /** A notary for the own team, a coordinator for any. Audited. Throws UserError. */
  set(asked: Overriding, by: Operator): Promise<Duty>;
}

export interface Overriding {
  readonly team: string;
  readonly operator: string;
  readonly from: Date;
  readonly forMs: number;
}
