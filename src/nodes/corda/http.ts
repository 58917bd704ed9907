import { create as createClient, isCancel } from 'axios';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import { wasConnected, wayErrorIn, wayTo } from '../way.ts';

export interface Answer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Gets what is at an address, whatever its status. Throws OutsideError. */
export type Get = (url: string) => Promise<Answer>;

interface Reached {
  readonly node: Node;
  readonly executor?: Executor | undefined;
  /** Ends every exchange when it aborts. */
  readonly signal: AbortSignal;
}

/** For one exchange, from the connection to the last byte. */
const TIMEOUT_MS = 4_000;
/** A network map names each node of the network with a hash. */
const MOST_BYTES = 4 * 1024 * 1024;

const client = createClient({
  proxy: false,
  maxRedirects: 0,
  responseType: 'arraybuffer',
  validateStatus: () => true,
  maxContentLength: MOST_BYTES,
});

export const getFrom =
  (reached: Reached): Get =>
  async (url) => {
    const bound = AbortSignal.any([reached.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const began = performance.now();
    const exchange = async (): Promise<Answer> => {
      const way = wayTo({ ...reached, url, signal: bound });
      const { status, headers, data } = await client.get<Buffer>(url, { ...way, signal: bound });
      return { status, headers, body: Buffer.from(data) };
    };
    try {
      return await exchange().catch((error: unknown) => {
        // A kept connection that was closed meanwhile tells nothing; a new one tells whether anybody is there.
        if (codeOf(error) === 'ECONNRESET' && !bound.aborted) return exchange();
        throw error;
      });
    } catch (error) {
      throw wayErrorIn(error) ?? failureOf(error, new URL(url).host, performance.now() - began);
    }
  };

/** For an exchange that ended without an answer. */
function failureOf(error: unknown, at: string, tookMs: number): OutsideError {
  const code = codeOf(error);
  const cause = Object.assign(new Error(code), { code });
  const within = `in ${(tookMs / 1000).toFixed(1)} s`;
  if (isCancel(error)) {
    return reachedIt(error)
      ? new OutsideError('corda', 'timeout', `${at} gave no full answer ${within}`)
      : new OutsideError('corda', 'unavailable', `no way to ${at}: no connection ${within}`, { cause });
  }
  if (code === 'ECONNREFUSED')
    return new OutsideError('corda', 'unavailable', `nothing listens on ${at}`, { cause });
  if (code === 'ERR_BAD_RESPONSE' || code.startsWith('HPE_')) {
    const words = `${at} ${code === 'ERR_BAD_RESPONSE' ? 'answers more than may be read, or broke off' : 'does not speak HTTP'}`;
    return new OutsideError('corda', 'unreadable', words);
  }
  return new OutsideError('corda', 'unavailable', `no way to ${at} (${code})`, { cause });
}

/** Nothing listens there: what should answer does not run. Anything else that fails may be the way to it. */
export const isRefused = (error: unknown): boolean =>
  error instanceof OutsideError && codeOf(error.cause) === 'ECONNREFUSED';

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'no code';
}

function reachedIt(error: unknown): boolean {
  const socket = (error as { request?: { socket?: object | null } }).request?.socket;
  return socket ? wasConnected(socket) : false;
}
