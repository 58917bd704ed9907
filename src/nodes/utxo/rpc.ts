import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import type { Json } from '#src/domain/remedy.ts';
import { direct, type Way } from '../way.ts';
import { createExchange, type Exchange, type RpcEndpoint, type RpcLimits } from './exchange.ts';
import { RpcError, statusError, transportError, unreadable } from './rpc-error.ts';

export type { RpcEndpoint, RpcLimits } from './exchange.ts';

export interface RpcCall {
  readonly method: string;
  readonly params?: readonly Json[] | undefined;
}

export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcError };

/**
 * A daemon's JSON-RPC. Throws RpcError when the daemon itself answers with an error, OutsideError
 * when there is no answer that can be used. Nothing is ever sent a second time.
 */
export interface Rpc {
  /** Whom it asks, for words: host:port, or a program and its node. */
  readonly at: string;
  /** What the way there takes, milliseconds: the quickest answer so far. Left out where it is next to nothing. */
  readonly wayMs?: (() => number) | undefined;
  /** Longest text that one parameter may be; left out where there is no such limit. */
  readonly mostChars?: number | undefined;
  call(method: string, params?: readonly Json[]): Promise<unknown>;
  /** At once where that can be; the answers in the order of the calls, each with its own error. */
  batch(calls: readonly RpcCall[]): Promise<readonly RpcAnswer[]>;
}

const Envelope = z
  .object({
    result: z.unknown(),
    error: z.object({ code: z.number(), message: z.string() }).nullish(),
    id: z.union([z.string(), z.number(), z.null()]).optional(),
  })
  .refine((answer) => answer.error || answer.result !== undefined, 'neither result nor error');
type Envelope = z.infer<typeof Envelope>;

/** Over HTTP. */
export function createRpc(endpoint: RpcEndpoint, limits: RpcLimits, way: Way = direct): Rpc {
  return rpcOver(new URL(endpoint.url).host, createExchange(endpoint, limits, way), way !== direct);
}

/** Over whatever brings a question there and its answer back. */
export function rpcOver(at: string, post: Exchange, isFar = false): Rpc {
  const quickest = createShortest();

  async function exchange(question: Json): Promise<unknown> {
    const began = performance.now();
    const { status, body } = await post(JSON.stringify(question)).catch((error: unknown) => {
      throw transportError(error, at, performance.now() - began);
    });
    quickest.tell(performance.now() - began);
    const parsed = parsedJson(body);
    // An error of the daemon itself comes as HTTP 404 or 500 with a JSON-RPC body.
    if (parsed !== undefined && (status === 200 || hasError(parsed))) return parsed;
    throw statusError(status, body, at);
  }

  return {
    at,
    ...(isFar && { wayMs: quickest.ms }),
    async call(method, params = []) {
      const answer = await exchange({ jsonrpc: '1.0', id: method, method, params });
      const { result, error } = readEnvelope(answer, at);
      if (error) throw new RpcError(method, error.code, error.message);
      return result;
    },
    async batch(calls) {
      if (calls.length === 0) return [];
      const answer = await exchange(
        calls.map(({ method, params = [] }, id) => ({ jsonrpc: '1.0', id, method, params })),
      );
      // Some daemons answer a batch they could not take with one error for all of it.
      if (!Array.isArray(answer)) {
        const { error } = readEnvelope(answer, at);
        if (error) throw new RpcError('batch', error.code, error.message);
        throw unreadable(at, 'answered a batch with something else');
      }
      const byId = new Map(answer.map((one) => readEnvelope(one, at)).map((one) => [one.id, one]));
      return calls.map(({ method }, id) => {
        const found = byId.get(id);
        if (!found) throw unreadable(at, `left ${method} of a batch unanswered`);
        const { result, error } = found;
        return error ? { error: new RpcError(method, error.code, error.message) } : { result };
      });
    },
  };
}

/** How long the daemon itself takes for a call, milliseconds: what the way takes is taken off. */
export async function timed(rpc: Rpc, method: string): Promise<{ result: unknown; tookMs: number }> {
  const wayMs = rpc.wayMs?.() ?? 0;
  const began = performance.now();
  const result = await rpc.call(method);
  return { result, tookMs: Math.max(0, performance.now() - began - wayMs) };
}

/** Keeps the shortest of the times that it is told; 0 as long as it was told none. */
export function createShortest() {
  let shortest = Infinity;
  return {
    ms: () => (shortest === Infinity ? 0 : shortest),
    tell(ms: number): void {
      shortest = Math.min(shortest, ms);
    },
  };
}

/** The result of a batch's answer. Throws its RpcError. */
export function resultOf(answer: RpcAnswer | undefined): unknown {
  if (answer === undefined) throw new OutsideError('daemon', 'unreadable', 'an answer of a batch is missing');
  if ('error' in answer) throw answer.error;
  return answer.result;
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const hasError = (answer: unknown): boolean =>
  Array.isArray(answer) || Boolean(Envelope.safeParse(answer).data?.error);

function readEnvelope(answer: unknown, at: string): Envelope {
  const read = Envelope.safeParse(answer);
  if (!read.success) throw unreadable(at, 'answered something that is not JSON-RPC');
  return read.data;
}
