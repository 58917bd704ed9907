import { type RawFile, RateLimitError, type REST } from 'discord.js';
import { z } from 'zod';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';

import { DISCORD, discordError } from './errors.ts';
import type { Calls } from './pace.ts';
import type { Rendered } from './render.ts';

type Path = `/${string}`;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Longer than Discord ever takes to answer, short enough for a queue's lock. */
const CALL_MS = 8_000;

/** Options of discord.js's REST client: it never retries nor waits, the queue does. */
export const restOptions = (apiUrl: string) => ({
  api: apiUrl,
  retries: 0,
  timeout: CALL_MS,
  rejectOnRateLimit: () => true,
});

interface CallOptions {
  readonly body?: unknown;
  readonly files?: readonly RawFile[];
  readonly query?: URLSearchParams;
  /** Interactions are answered with their own token. */
  readonly auth?: boolean;
  readonly timeoutMs?: number;
}

const Message = z.object({ id: z.string(), channel_id: z.string() });
export type Message = z.infer<typeof Message>;

/** Discord's HTTP interface, as far as Tocsin uses it. Each call is bounded in time and throws OutsideError. */
export interface Api {
  get(path: Path, query?: Readonly<Record<string, string>>, timeoutMs?: number): Promise<unknown>;
  put(path: Path, body: unknown): Promise<unknown>;
  post(path: Path, body: unknown, options?: Pick<CallOptions, 'auth' | 'timeoutMs'>): Promise<unknown>;
  /** Writes a message, or changes one; `extra` goes into the body. */
  message(
    method: 'POST' | 'PATCH',
    path: Path,
    rendered: Rendered,
    options?: { readonly extra?: object; readonly auth?: boolean },
  ): Promise<Message>;
  /** No further calls; those under way end with an error. */
  close(): void;
}

/** `seen` is told how each call ended: undefined = Discord answered. */
export function createApi(
  rest: REST,
  token: string,
  seen: (failure: OutsideError | undefined) => void,
  calls?: Calls,
): Api {
  const closing = new AbortController();
  if (calls) {
    rest.on('response', ({ method, path }, { ok, headers }) => {
      if (ok) calls.learn(method, path, headers);
    });
  }

  async function call(method: Method, path: Path, options: CallOptions = {}): Promise<unknown> {
    if (closing.signal.aborted) throw new OutsideError(DISCORD, 'unavailable', 'Tocsin is leaving Discord');
    const { body, files, query, auth = true, timeoutMs = CALL_MS } = options;
    // Interactions are answered outside of all limits, and must be answered at once.
    const ended = auth ? await calls?.turn(method, path) : undefined;
    // discord.js forgets the token after a 401, and then complains of something else.
    rest.setToken(token);
    try {
      const answer = await rest.request({
        method: method as never,
        fullRoute: path,
        auth,
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
        ...(body !== undefined && { body }),
        ...(files && files.length > 0 && { files: [...files] }),
        ...(query && { query }),
      });
      seen(undefined);
      return answer;
    } catch (error) {
      const failure = discordError(error);
      if (failure instanceof OutsideError) {
        seen(failure);
        await calls?.refused(method, path, failure, isOfBot(error) ? 'bot' : 'call');
      }
      throw failure;
    } finally {
      ended?.();
    }
  }

  return {
    get: (path, query, timeoutMs) =>
      call('GET', path, {
        ...(query && { query: new URLSearchParams(query) }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      }),
    put: (path, body) => call('PUT', path, { body }),
    post: (path, body, options) => call('POST', path, { body, ...options }),
    async message(method, path, { body, files }, { extra, auth = true } = {}) {
      const answer = await call(method, path, { body: { ...body, ...extra }, files, auth });
      return parse(Message, answer);
    },
    close: () => closing.abort(),
  };
}

/** Over all routes, not over one of them. https://discord.com/developers/docs/topics/rate-limits#global-rate-limit */
const isOfBot = (error: unknown): boolean => error instanceof RateLimitError && error.global;

/** What Discord answered, in the shape we rely on. Throws OutsideError. */
export function parse<T>(shape: z.ZodType<T>, answer: unknown): T {
  const { data, error } = shape.safeParse(answer);
  if (error) {
    throw new OutsideError(DISCORD, 'unreadable', `Discord answered something unexpected: ${wordsOf(error)}`);
  }
  return data;
}
