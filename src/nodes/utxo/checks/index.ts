import { balance } from './balance.ts';
import type { Check } from './check.ts';
import { daemonAnswers } from './daemon-answers.ts';
import { inSync } from './in-sync.ts';
import { listunspentTime } from './listunspent-time.ts';
import { notaryUtxos } from './notary-utxos.ts';
import { peers } from './peers.ts';
import { tipAge } from './tip-age.ts';
import { walletSize } from './wallet-size.ts';

/** Every check, in the order of looking: each is alone with the daemon, so that none makes another slow. */
export const checks: readonly Check[] = [
  daemonAnswers,
  inSync,
  peers,
  tipAge,
  balance,
  walletSize,
  listunspentTime,
  notaryUtxos,
];
