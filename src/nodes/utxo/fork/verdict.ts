import type { Mark } from '#src/domain/voice.ts';

/** Somebody whose chain is compared: a node, or a reference. */
export interface Witness {
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** Between which blocks two chains part. */
export interface Parting {
  /** The newest block that is known to be the same; -1 = none. */
  readonly same: number;
  /** The oldest one that is known to differ. */
  readonly differs: number;
}

/** How one chain stands among others. `of` = all whose chains could be compared, it included. */
export type Verdict<W extends Witness> =
  | { readonly kind: 'too few'; readonly of: number }
  | { readonly kind: 'agreed'; readonly of: number }
  /** Others are on a fork. */
  | { readonly kind: 'majority'; readonly of: number; readonly same: number }
  | {
      readonly kind: 'minority';
      readonly of: number;
      readonly majority: readonly W[];
      readonly parting: Parting;
    }
  /** No chain has more than half of them. */
  | { readonly kind: 'undecided'; readonly of: number; readonly same: number; readonly parting: Parting };

/** So many voices make a majority. */
export const FEWEST = 3;
/** Being the same so far below the newest block says nothing of now; a difference does, however old. */
const NEAR = 64;

interface Met {
  readonly isSame: boolean;
  readonly parting: Parting;
}

/** Those whose newest block is the same: so are all below it. One meeting tells of all of them. */
export type Camp<W extends Witness> = readonly [W, ...W[]];

export function campsOf<W extends Witness>(witnesses: readonly W[]): readonly Camp<W>[] {
  const byNewest = Map.groupBy(witnesses, ({ marks }) => JSON.stringify(marks[0]));
  return [...byNewest.values()].filter((camp): camp is [W, ...W[]] => camp.length > 0);
}

/** Compares one chain with those of others. Takes as long as there are camps, not as there are witnesses. */
export function judge<W extends Witness>(own: Witness, others: readonly Camp<W>[]): Verdict<W> {
  const known = knownOf(own);
  const met = others.flatMap((camp) => {
    const meeting = meet(known, camp[0]);
    return meeting ? [{ camp, ...meeting }] : [];
  });
  const against = met.filter(({ isSame }) => !isSame);
  const of = sizeOf(met) + 1;
  const same = of - sizeOf(against);
  if (of < FEWEST) return { kind: 'too few', of };
  if (against.length === 0) return { kind: 'agreed', of };
  if (2 * same > of) return { kind: 'majority', of, same };
  const branches = branchesOf(against);
  const largest = branches.reduce((one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
  const parting = narrowest(largest);
  const majority = largest.flatMap(({ camp }) => camp);
  if (2 * majority.length > of) return { kind: 'minority', of, majority, parting };
  return { kind: 'undecided', of, same, parting };
}

interface OfCamp<W extends Witness> extends Met {
  readonly camp: Camp<W>;
}

const sizeOf = (camps: readonly OfCamp<Witness>[]): number =>
  camps.reduce((sum, { camp }) => sum + camp.length, 0);

interface Known {
  readonly newest: number;
  readonly hashes: ReadonlyMap<number, string>;
}

const knownOf = ({ marks }: Witness): Known => ({
  newest: marks[0]?.height ?? 0,
  hashes: new Map(marks.map(({ height, hash }) => [height, hash])),
});

/** How two chains stand to each other; undefined when they have no block near enough in common to tell. */
function meet({ newest, hashes }: Known, { marks }: Witness): Met | undefined {
  let differs: number | undefined;
  for (const { height, hash } of marks) {
    const its = hashes.get(height);
    if (its === undefined) continue;
    if (its === hash) {
      if (differs !== undefined) return { isSame: false, parting: { same: height, differs } };
      return newest - height <= NEAR
        ? { isSame: true, parting: { same: height, differs: height + 1 } }
        : undefined;
    }
    differs = height;
  }
  return differs === undefined ? undefined : { isSame: false, parting: { same: -1, differs } };
}

/** Those that agree with each other. */
function branchesOf<W extends Witness>(camps: readonly OfCamp<W>[]): readonly (readonly OfCamp<W>[])[] {
  const branches: OfCamp<W>[][] = [];
  for (const one of camps) {
    const known = knownOf(one.camp[0]);
    const branch = branches.find(([first]) => first && meet(known, first.camp[0])?.isSame);
    if (branch) branch.push(one);
    else branches.push([one]);
  }
  return branches;
}

/** What all of one chain tell together of where another one parts from it. */
const narrowest = (met: readonly Met[]): Parting => ({
  same: Math.max(...met.map(({ parting }) => parting.same)),
  differs: Math.min(...met.map(({ parting }) => parting.differs)),
});
