import type { Remedy } from '#src/domain/remedy.ts';

import type { NotaryWallets } from '../../notary-wallet.ts';
import { addnotary } from './addnotary.ts';
import { createRestartIguana } from './restart-iguana.ts';

/** One line per remedy. `wallets`: of the daemons beside it; without them a restart leaves their outputs as they are. */
export const remediesOf = (wallets?: NotaryWallets): readonly Remedy[] => [
  createRestartIguana({ wallets }),
  addnotary,
];
