import type { Remedy } from '#src/domain/remedy.ts';

import { consolidate } from './consolidate.ts';
import { restartChain } from './restart-chain.ts';
import { split } from './split.ts';

/** One line per remedy. */
export const remedies: readonly Remedy[] = [consolidate, restartChain, split];
