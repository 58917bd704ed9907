/** When what a look found is an alert, and when that is over. */
export interface Damping {
  /** Raised once so many of the latest `of` looks that could tell have seen it; over once none of them does. */
  readonly looks: number;
  readonly of: number;
  /** And it has been so at every look for so long. */
  readonly forMs: number;
  /** A figure counts as well again only so far past its limit, as a part of the limit. */
  readonly margin: number;
}

/** Of single alerts, by their names; what is left out is as for all others. */
export type Dampings = Readonly<Record<string, Partial<Damping>>>;

/** For most: one look alone wakes nobody, and a figure that wavers does not call again and again. */
export const USUAL: Damping = { looks: 2, of: 3, forMs: 0, margin: 0.1 };
