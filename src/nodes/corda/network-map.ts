import { OutsideError } from '#src/domain/errors.ts';
import type { Answer, Get } from './http.ts';
import { NetworkMap } from './payloads.ts';
import { fieldsIn, signedIn } from './signed.ts';

/** A network map, and how long a node waits before it asks for it again. */
export interface Seen extends NetworkMap {
  /** Seconds; undefined when the map does not say. */
  readonly pollSeconds: number | undefined;
}

/**
 * The network map at a compatibility zone's address: its own form, which every network map speaks, else CENM's JSON of
 * the same. The signature is not checked: alerts are made of it, no decisions. Throws OutsideError.
 */
export async function readNetworkMap(zone: string, get: Get): Promise<Seen> {
  const base = zone.replace(/\/$/, '');
  const answer = await get(`${base}/network-map`);
  const at = new URL(base).host;
  if (answer.status !== 200) throw refusal(answer.status, at);
  const map = mapIn(answer.body) ?? (await jsonAt(`${base}/network-map-user/network-map`, get));
  if (!map) {
    const words = `${at} answers /network-map with something else: compare it with the node's compatibilityZoneURL`;
    throw new OutsideError('corda', 'unreadable', words);
  }
  return { ...map, pollSeconds: maxAge(answer.headers) };
}

function mapIn(body: Buffer): NetworkMap | undefined {
  const signed = signedIn(body);
  return signed && NetworkMap.safeParse(fieldsIn(signed)).data;
}

async function jsonAt(url: string, get: Get): Promise<NetworkMap | undefined> {
  const { status, body } = await get(url);
  return status === 200 ? NetworkMap.safeParse(parsedJson(body)).data : undefined;
}

/** The words of some bytes as JSON; undefined when they are none. */
export function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function maxAge(headers: Answer['headers']): number | undefined {
  const seconds = /\bmax-age=(\d{1,9})\b/.exec(String(headers['cache-control']))?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function refusal(status: number, at: string): OutsideError {
  const said = `${at} answers /network-map with HTTP ${status}`;
  if (status >= 500 || status === 429) return new OutsideError('corda', 'unavailable', said);
  return new OutsideError(
    'corda',
    status === 404 ? 'not-found' : 'rejected',
    `${said}: compare it with the node's compatibilityZoneURL`,
  );
}
