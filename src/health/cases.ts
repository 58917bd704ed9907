import type { AlertIntake, Signal } from '#src/domain/alert.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { PatrolMemory, Remembered, Scope } from '#src/domain/patrol.ts';

/** What is known of a node or a network: what its alerts are decided from. */
export type Known = Pick<Remembered, 'contacts' | 'conditions'>;

/** What follows from what is known; with the very same `remembered` nothing has changed. */
interface Decision {
  readonly remembered: Known;
  readonly signals: readonly Signal[];
  /** What was seen, kept with it. */
  readonly seen?: readonly ServiceHealth[] | undefined;
}

/**
 * The alerts of nodes and networks, decided by whoever sees something, on whichever process. What is decided is written
 * together with the signals it gives, as a change of just what it was decided from; then they are given, and that is
 * written down. Whoever comes next gives what may not have been given.
 */
export interface Cases {
  /**
   * Resolves with the decision's signals once the intake has them. `decide` is called again when another writer was
   * faster. Throws what the memory and the intake throw.
   */
  change(scope: Scope, decide: (before: Known) => Decision): Promise<readonly Signal[]>;
}

const NOTHING: Omit<Remembered, 'revision'> = { contacts: {}, conditions: [], unsent: [] };
const MOST_TRIES = 1_000;

export function createCases({
  memory,
  intake,
}: {
  readonly memory: Pick<PatrolMemory, 'recall' | 'keep'>;
  readonly intake: AlertIntake;
}): Cases {
  /** As they were written last: spares reading what nobody else writes. */
  const written = new Map<string, Remembered>();

  async function keep(
    scope: Scope,
    before: Remembered | undefined,
    after: Omit<Remembered, 'revision'>,
    seen?: readonly ServiceHealth[],
  ) {
    const isEmpty = [Object.keys(after.contacts), after.conditions, after.unsent].every(
      ({ length }) => length === 0,
    );
    const outcome = await memory.keep(scope, before, isEmpty ? undefined : after, seen);
    if (outcome.stands) written.set(JSON.stringify(scope), outcome.stands);
    else written.delete(JSON.stringify(scope));
    return outcome;
  }

  return {
    async change(scope, decide) {
      let before = written.get(JSON.stringify(scope)) ?? (await memory.recall(scope));
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const from = before ?? NOTHING;
        const { remembered, signals, seen = [] } = decide(from);
        const unsent = [...from.unsent, ...signals];
        if (remembered === from && seen.length === 0 && unsent.length === 0) return [];
        const { contacts, conditions } = remembered;
        const { isKept, stands } = await keep(scope, before, { contacts, conditions, unsent }, seen);
        before = stands;
        if (!isKept) continue;
        if (unsent.length > 0) {
          await intake.accept(unsent);
          // Where another writer was faster, that one gives them once more, the same.
          await keep(scope, stands, { contacts, conditions, unsent: [] });
        }
        return signals;
      }
      throw new Error('too many writers at once on what the patrol remembers');
    },
  };
}
