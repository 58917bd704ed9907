import type { z } from 'zod';

import { corda } from './corda/index.ts';
import { createIguanaKind } from './iguana/index.ts';
import type { NodeKind } from './kind.ts';
import { kubernetes } from './kubernetes/index.ts';
import { utxo } from './utxo/index.ts';
import { notaryWallets } from './utxo/notary-wallet.ts';

const iguana = createIguanaKind(undefined, notaryWallets());

/** Every kind there is: one folder, one line. */
export const kinds: readonly NodeKind[] = [corda, iguana, kubernetes, utxo];

/** What a fleet file may say of services, by their kind. */
export const settingsByKind: ReadonlyMap<string, z.ZodObject> = new Map(
  kinds.map(({ id, settings }) => [id, settings]),
);

/** The thresholds that a fleet file may set. */
export const THRESHOLD_NAMES = [...new Set(kinds.flatMap(({ thresholds }) => Object.keys(thresholds)))];
