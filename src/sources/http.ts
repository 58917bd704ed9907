import { type AxiosResponse, create as createClient, isAxiosError } from 'axios';

import { OutsideError, type Reason, wordsOf } from '#src/domain/errors.ts';

/** One answer of a web server, whatever its status. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  header(name: string): string | undefined;
  readonly text: string;
}

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxRedirects: number;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 8 * 1024 * 1024;
const client = createClient({
  proxy: false,
  responseType: 'text',
  transformResponse: (body: unknown) => body,
  validateStatus: () => true,
  maxContentLength: MOST_BYTES,
});

/** Asks once, in bounded time. Throws OutsideError of `system` when there is no answer at all. */
export async function ask(
  system: string,
  url: string,
  { headers, maxRedirects, signal }: Asking,
): Promise<Answer> {
  const bounds = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  const response = await client
    .get<string>(url, {
      headers: { 'user-agent': 'tocsin', ...headers },
      maxRedirects,
      signal: AbortSignal.any(bounds),
    })
    .catch((error: unknown) => {
      throw transportError(system, error, bounds);
    });
  return { status: response.status, text: response.data, header: (name) => headerOf(response, name) };
}

function headerOf({ headers }: AxiosResponse, name: string): string | undefined {
  const value: unknown = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function transportError(system: string, error: unknown, [timeout]: readonly AbortSignal[]): OutsideError {
  const code = isAxiosError(error) ? error.code : undefined;
  if (timeout?.aborted)
    return new OutsideError(system, 'timeout', `${system} did not answer in ${TIMEOUT_MS / 1_000} s.`, {
      cause: error,
    });
  if (code === 'ERR_BAD_RESPONSE' || code === 'ERR_FR_TOO_MANY_REDIRECTS')
    return new OutsideError(
      system,
      'unreadable',
      `${system} answered too much, or sent on and on: ${wordsOf(error)}.`,
      { cause: error },
    );
  return new OutsideError(system, 'unavailable', `${system} cannot be reached: ${wordsOf(error)}.`, {
    cause: error,
  });
}

const BY_STATUS: Readonly<Record<number, readonly [Reason, string]>> = {
  401: ['unauthorized', 'does not take the token'],
  403: ['forbidden', 'does not allow it'],
  404: ['not-found', 'has nothing there'],
  408: ['timeout', 'took too long'],
  410: ['not-found', 'has nothing there any more'],
  429: ['rate-limited', 'asks to be asked less often'],
};

/** The error that a status amounts to, for one that is neither content nor "not modified". */
export function statusError(
  system: string,
  about: string,
  status: number,
  retryAfterMs?: number,
): OutsideError {
  const server: readonly [Reason, string] =
    status >= 500 ? ['unavailable', 'has trouble of its own'] : ['rejected', 'refuses'];
  const [reason, words] = BY_STATUS[status] ?? server;
  return new OutsideError(system, reason, `${system} ${words} (${about}: HTTP ${status}).`, { retryAfterMs });
}
