import type { Remedy } from '#src/domain/remedy.ts';

import { cleanWallet } from './clean-wallet.ts';
import { consolidate } from './consolidate.ts';
import { resetWallet } from './reset-wallet.ts';
import { restartChain } from './restart-chain.ts';
import { resync } from './resync.ts';
import { split } from './split.ts';
import { update } from './update.ts';

/** One line per remedy. */
export const remedies: readonly Remedy[] = [
  cleanWallet,
  consolidate,
  resetWallet,
  restartChain,
  resync,
  split,
  update,
];
