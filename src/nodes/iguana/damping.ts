import type { Dampings } from '#src/domain/damping.ts';

/** A port that refuses is no matter of chance, and every minute without iguana costs notarisations. */
export const damping: Dampings = { IguanaDown: { looks: 1, of: 1 } };
