import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Answer } from './daemon.ts';

const folder = join(import.meta.dirname, '../../recorded/utxo');

interface Envelope {
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string } | null;
}

/** A recorded answer, with its envelope. */
export const recording = (name: string): Envelope =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Envelope;

export type Family = 'bitcoin' | 'komodo' | 'litecoin' | 'verus';

/** A recorded body that is no JSON. */
export const recordedText = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** The methods that were recorded of a family, answering as recorded; a method recorded as unknown is left out. */
export function recorded(family: Family): readonly (readonly [method: string, answer: Answer])[] {
  return readdirSync(folder).flatMap((file) => {
    const [, of, method] = /^([a-z]+)-([a-z]+)\.json$/.exec(file) ?? [];
    if (of !== family || method === undefined) return [];
    const { result, error } = recording(`${of}-${method}`);
    return error ? [] : [[method, () => structuredClone(result)] as const];
  });
}
