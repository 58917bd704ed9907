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

/** Compares one chain with those of others. */
export function judge<W extends Witness>(own: Witness, others: readonly W[]): Verdict<W> {
  const known = knownOf(own);
  const met = others.flatMap((witness) => {
    const meeting = meet(known, witness);
    return meeting ? [{ witness, ...meeting }] : [];
  });
  const against = met.filter(({ isSame }) => !isSame);
  const of = met.length + 1;
  const same = of - against.length;
  if (of < FEWEST) return { kind: 'too few', of };
  if (against.length === 0) return { kind: 'agreed', of };
  if (2 * same > of) return { kind: 'majority', of, same };
  const largest = branchesOf(against.map(({ witness }) => witness)).reduce((one, other) =>
    other.length > one.length ? other : one,
  );
  const parting = narrowest(against.filter(({ witness }) => largest.includes(witness)));
  if (2 * largest.length > of) return { kind: 'minority', of, majority: largest, parting };
  return { kind: 'undecided', of, same, parting };
}

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
function branchesOf<W extends Witness>(witnesses: readonly W[]): readonly (readonly W[])[] {
  const branches: W[][] = [];
  for (const witness of witnesses) {
    const known = knownOf(witness);
    const branch = branches.find(([first]) => first && meet(known, first)?.isSame);
    if (branch) branch.push(witness);
    else branches.push([witness]);
  }
  return branches;
}

/** What all of one chain tell together of where another one parts from it. */
const narrowest = (met: readonly Met[]): Parting => ({
  same: Math.max(...met.map(({ parting }) => parting.same)),
  differs: Math.min(...met.map(({ parting }) => parting.differs)),
});
