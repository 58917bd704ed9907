import { request as askPlain } from 'node:http';
import { request as askSecure } from 'node:https';

import { wasConnected, type Way } from '../way.ts';

/** Where a daemon answers, and as whom. */
export interface RpcEndpoint {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export interface RpcLimits {
  /** For one call, from the connection to the last byte. */
  readonly timeoutMs: number;
  /** A longer answer is not read. */
  readonly maxBytes?: number | undefined;
  /** Ends every call of this client when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

export interface Exchanged {
  readonly status: number;
  readonly body: string;
}

/** One round trip. */
export type Exchange = (body: string) => Promise<Exchanged>;

/** The time was over, or the look was. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
  /** Whether the other end had taken the connection. */
  readonly reached: boolean;

  constructor(reached: boolean) {
    super('given up');
    this.reached = reached;
  }
}

/** For an answer that is longer than may be read, or that broke off. */
const UNFINISHED = Object.assign(new Error('the answer was not read to its end'), {
  code: 'ERR_BAD_RESPONSE',
});

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * HTTP round trips with one daemon. By Node itself: a client around it takes four times the processor time, and a fleet
 * makes thousands of them a minute (bench/patrol.ts). Rejects with GivenUp, or with what the system says: its code.
 */
export function createExchange(
  { url, user, password = '' }: RpcEndpoint,
  { timeoutMs, maxBytes = DEFAULT_MAX_BYTES, signal }: RpcLimits,
  way: Way,
): Exchange {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const isSecure = protocol === 'https:';
  const ask = isSecure ? askSecure : askPlain;
  const options = {
    method: 'POST',
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    path: `${pathname}${search}`,
    agent: isSecure ? way.httpsAgent : way.httpAgent,
    ...(user !== undefined && { auth: `${user}:${password}` }),
  };

  return (body) => {
    const { promise, resolve, reject } = Promise.withResolvers<Exchanged>();
    const length = Buffer.byteLength(body);
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'content-length': length,
    };
    const request = ask({ ...options, headers });
    const fail = (error: unknown): void => {
      reject(error);
      request.destroy();
    };
    const giveUp = (): void => fail(new GivenUp(request.socket ? wasConnected(request.socket) : false));
    const timer = setTimeout(giveUp, timeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if ((bytes += chunk.length) > maxBytes) fail(UNFINISHED);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', () => fail(UNFINISHED));
    });
    request.end(body);
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    });
  };
}
