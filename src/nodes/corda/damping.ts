import type { Dampings } from '#src/domain/damping.ts';

/** What most looks cannot be wrong about, and what leaves minutes only: a node ends at its next poll. */
export const damping: Dampings = {
  CordaNotaryDown: { looks: 1, of: 1 },
  CordaParametersMismatch: { looks: 1, of: 1 },
  CordaFlagDay: { looks: 1, of: 1 },
};
