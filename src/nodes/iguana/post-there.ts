import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import { wireTo } from '../way.ts';
import { type Post, postOver } from './http.ts';

interface Reached {
  readonly executor?: Executor | undefined;
}

/** How a look or a remedy gets its answers. */
export type PostTo = (target: Target, reached: Reached, signal: AbortSignal) => Post;

/** The list of everything it can do has some 100 kB. */
const MOST_BYTES = 4 * 1024 * 1024;

/** To the service's own address, as its node sees it; `timeoutMs` for each call. */
export const postWithin =
  (timeoutMs: number): PostTo =>
  ({ node, service }, { executor }, signal) => {
    const { url = '' } = service;
    const open = (bound: AbortSignal) => wireTo({ node, url, executor, signal: bound });
    return postOver(new URL(url).host, open, { timeoutMs, maxBytes: MOST_BYTES, signal });
  };
