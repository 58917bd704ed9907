import type { Check } from './check.ts';
import { cordaAccepted } from './corda-accepted.ts';
import { cordaNetworkMap } from './corda-network-map.ts';
import { cordaNotary } from './corda-notary.ts';
import { cordaParameters } from './corda-parameters.ts';
import { cordaPolls } from './corda-polls.ts';
import { cordaWorkers } from './corda-workers.ts';

/** Every check, in the order of the results; they look at once, as they ask different servers. */
export const checks: readonly Check[] = [
  cordaWorkers,
  cordaNotary,
  cordaNetworkMap,
  cordaParameters,
  cordaAccepted,
  cordaPolls,
];
