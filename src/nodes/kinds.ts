import type { NodeKind } from './kind.ts';
import { utxo } from './utxo/index.ts';

/** Every kind there is: one folder, one line. */
export const kinds: readonly NodeKind[] = [utxo];
