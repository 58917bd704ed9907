import { balance } from './balance.ts';
import type { Check } from './check.ts';
import { daemonAnswers } from './daemon-answers.ts';
import { disk } from './disk.ts';
import { fork } from './fork.ts';
import { inSync } from './in-sync.ts';
import { keyLoaded } from './key-loaded.ts';
import { lastMined } from './last-mined.ts';
import { lastNotarisation } from './last-notarisation.ts';
import { listunspentTime } from './listunspent-time.ts';
import { notaryUtxos } from './notary-utxos.ts';
import { peers } from './peers.ts';
import { tipAge } from './tip-age.ts';
import { utxoCount } from './utxo-count.ts';
import { version } from './version.ts';
import { walletSize } from './wallet-size.ts';

/** Every check, in the order of looking: each is alone with the daemon, so that none makes another slow. */
export const checks: readonly Check[] = [
  daemonAnswers,
  inSync,
  fork,
  peers,
  tipAge,
  version,
  keyLoaded,
  balance,
  walletSize,
  disk,
  listunspentTime,
  utxoCount,
  notaryUtxos,
  lastNotarisation,
  lastMined,
];
