import type { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import type { Get } from './http.ts';
import { parsedJson } from './network-map.ts';
import { Jolokia } from './payloads.ts';

/**
 * Reads an MBean, or those of a pattern, through a Jolokia agent: by GET, the only thing that Corda's own
 * jolokia-access.xml lets anybody do. Undefined when there is none of that name. Throws OutsideError.
 */
export async function readMBean<T>(
  agent: string,
  name: string,
  { get, as }: { readonly get: Get; readonly as: z.ZodType<T> },
): Promise<T | undefined> {
  const at = new URL(agent).host;
  const { status, body } = await get(`${agent.replace(/\/(jolokia\/?)?$/, '')}/jolokia/read/${name}`);
  if (status === 401 || status === 403) {
    const words = `Jolokia at ${at} refuses us (HTTP ${status}): allow Tocsin's address in its jolokia-access.xml`;
    throw new OutsideError('corda', 'forbidden', words);
  }
  if (status !== 200) throw unreadable(`${at} answers HTTP ${status}: is it a Jolokia agent?`);
  const answer = Jolokia.safeParse(parsedJson(body)).data;
  if (!answer) throw unreadable(`${at} answers something else: is it a Jolokia agent?`);
  if (answer.status === 404) return undefined;
  if (answer.status === 403)
    throw new OutsideError(
      'corda',
      'forbidden',
      `Jolokia at ${at} refuses to read ${name}: see its jolokia-access.xml`,
    );
  if (answer.status !== 200)
    throw new OutsideError(
      'corda',
      'rejected',
      `Jolokia at ${at} says ${answer.status}: ${(answer.error ?? '').slice(0, 200)}`,
    );
  const read = as.safeParse(answer.value);
  if (!read.success) throw unreadable(`cannot make sense of ${name} at ${at}`);
  return read.data;
}

const unreadable = (words: string): OutsideError => new OutsideError('corda', 'unreadable', words);
