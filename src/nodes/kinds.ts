import type { NodeKind } from './kind.ts';
import { utxo } from './utxo/index.ts';

/** Every kind there is: one folder, one line. */
export const kinds: readonly NodeKind[] = [utxo];

/** Kinds that a fleet file may name; one that is not in the list above is shown as "could not look". */
export const KIND_NAMES: readonly string[] = ['utxo', 'iguana', 'corda', 'kubernetes'];
