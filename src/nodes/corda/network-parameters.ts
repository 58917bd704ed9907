import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import type { Difference } from '#src/domain/notary-cluster.ts';
import type { Get } from './http.ts';
import { fieldsIn, hashOf, signedIn } from './signed.ts';

const Fields = z.record(z.string().max(200), z.unknown());
/** Network parameters by the names of their fields. */
export type Fields = z.infer<typeof Fields>;

/**
 * Those of a hash, from the network map; they are what the hash says, or nothing is said of them. Undefined when the map
 * has none of that hash. Throws OutsideError.
 */
export async function readParameters(zone: string, hash: string, get: Get): Promise<Fields | undefined> {
  const base = zone.replace(/\/$/, '');
  const { status, body } = await get(`${base}/network-map/network-parameters/${hash.toUpperCase()}`);
  const at = new URL(base).host;
  if (status === 404) return undefined;
  if (status !== 200) {
    const reason = status >= 500 || status === 429 ? 'unavailable' : 'rejected';
    throw new OutsideError('corda', reason, `${at} answers HTTP ${status} when asked for parameters`);
  }
  const signed = signedIn(body);
  if (!signed || hashOf(signed) !== hash) {
    const words = `${at} gives something else than the parameters ${hash}: compare them with the operator of the network`;
    throw new OutsideError('corda', 'untrusted', words);
  }
  const fields = Fields.safeParse(fieldsIn(signed)).data;
  if (!fields) throw new OutsideError('corda', 'unreadable', `cannot make sense of the parameters at ${at}`);
  return fields;
}

/** What changes with every set, and what a node takes without a restart (Corda's NetworkParametersHotloader). */
const ALWAYS = new Set(['epoch', 'modifiedTime']);
const HOT = 'notaries';

/** What changes from one to the other, and whether nodes need a restart for it. */
export function differenceBetween(from: Fields, to: Fields): Difference {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
  const changed = names.filter((name) => !isDeepStrictEqual(from[name], to[name]));
  return {
    changes: changed.map((name) => `${name}: ${inWords(from[name])} → ${inWords(to[name])}`),
    hotLoadable: changed.every((name) => ALWAYS.has(name) || name === HOT),
  };
}

const LONGEST = 200;

function inWords(value: unknown): string {
  if (value === undefined) return 'not there';
  const words = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
}
