import { OutsideError } from '#src/domain/errors.ts';

import { type Answer, ask, statusError } from './http.ts';

const SYSTEM = 'GitHub';

export interface GithubAnswer {
  /** Undefined: not modified since the given ETag. */
  readonly body: unknown;
  readonly etag: string | undefined;
  /** It stands at another address for good now: the repository was renamed or moved. */
  readonly moved: boolean;
}

/**
 * Reads GitHub's REST API, one call after the other, as its best practices ask: conditional requests, redirects
 * followed, its limits kept (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
 */
export interface GithubApi {
  /** Throws OutsideError; `rate-limited` without asking while GitHub said to wait. */
  get(
    path: string,
    options?: { readonly etag?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<GithubAnswer>;
}

export interface GithubSettings {
  readonly apiUrl: string;
  readonly token: string | undefined;
}

const MOST_HOPS = 3;
const MOVED = new Set([301, 308]);
const REDIRECTS = new Set([301, 302, 307, 308]);
/** What to wait where a limit is named without a time. */
const SECONDARY_MS = 60_000;

export function createGithubApi({ apiUrl, token }: GithubSettings, nowMs: () => number): GithubApi {
  const origin = new URL(apiUrl).origin;
  let pausedUntilMs = 0;

  return {
    async get(path, { etag, signal } = {}) {
      const headers = {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(etag !== undefined && { 'if-none-match': etag }),
      };
      let url = `${apiUrl}${path}`;
      let moved = false;
      for (let hops = 0; hops <= MOST_HOPS; hops++) {
        if (nowMs() < pausedUntilMs) throw limited(path, pausedUntilMs - nowMs());
        const answer = await ask(SYSTEM, url, { headers, maxRedirects: 0, signal });
        pausedUntilMs = Math.max(pausedUntilMs, pauseOf(answer, nowMs()));
        if (answer.status === 304) return { body: undefined, etag, moved };
        if (answer.status === 200)
          return { body: parsed(path, answer.text), etag: answer.header('etag'), moved };
        if (!REDIRECTS.has(answer.status)) throw errorOf(path, answer, pausedUntilMs - nowMs());
        moved ||= MOVED.has(answer.status);
        url = nextOf(path, url, answer.header('location'));
      }
      throw new OutsideError(SYSTEM, 'unreadable', `GitHub sends on and on (${path}).`);
    },
  };

  /** The token goes to the API only, wherever an answer points. */
  function nextOf(path: string, url: string, location: string | undefined): string {
    const next = location === undefined ? null : URL.parse(location, url);
    if (next?.origin === origin) return next.href;
    throw new OutsideError(SYSTEM, 'unreadable', `GitHub sends on to a place that is not its API (${path}).`);
  }
}

const limited = (path: string, retryAfterMs: number): OutsideError =>
  new OutsideError(
    SYSTEM,
    'rate-limited',
    `GitHub's limit is used up for ${Math.ceil(retryAfterMs / 1_000)} s (${path}).`,
    { retryAfterMs },
  );

/** Until when nothing may be asked. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function pauseOf({ status, header, text }: Answer, nowMs: number): number {
  const retryAfter = Number(header('retry-after') ?? Number.NaN);
  if (retryAfter >= 0) return nowMs + retryAfter * 1_000;
  const reset = Number(header('x-ratelimit-reset') ?? Number.NaN);
  if (header('x-ratelimit-remaining') === '0' && reset > 0) return Math.max(nowMs, reset * 1_000);
  const isLimit = status === 429 || (status === 403 && /rate limit/i.test(text));
  return isLimit ? nowMs + SECONDARY_MS : 0;
}

/** A 403 of GitHub's is often a limit. */
const errorOf = (path: string, { status }: Answer, pauseMs: number): OutsideError =>
  pauseMs > 0 && (status === 403 || status === 429)
    ? limited(path, pauseMs)
    : statusError(SYSTEM, path, status);

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OutsideError(SYSTEM, 'unreadable', `GitHub answered something that is no JSON (${path}).`, {
      cause,
    });
  }
}
