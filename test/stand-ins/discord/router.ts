import type { Answer, Call } from './call.ts';
import { refusals } from './refusal.ts';

/** One thing the API can do. */
export interface Route<Context> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Whether a bot token is needed; true unless said otherwise. */
  readonly needsToken?: boolean;
  /** Whether it counts towards the global limit; true unless said otherwise. */
  readonly isGlobal?: boolean;
  /** Whether it has a bucket at all; true unless said otherwise. */
  readonly hasBucket?: boolean;
  handle(context: Context, call: Call): Answer;
}

export interface Match<Context> {
  readonly route: Route<Context>;
  readonly params: Readonly<Record<string, string>>;
}

export interface Router<Context> {
  /** The route for it, or the refusal: 404 for an unknown path, 405 for a wrong method. */
  match(method: string, path: string): Match<Context> | undefined;
  refuse(path: string): Error;
}

export function createRouter<Context>(routes: readonly Route<Context>[]): Router<Context> {
  const compiled = routes.map((route) => ({ route, pattern: toPattern(route.path) }));
  return {
    match(method, path) {
      for (const { route, pattern } of compiled) {
        const found = route.method === method ? pattern.exec(path) : null;
        if (found) return { route, params: { ...found.groups } };
      }
      return undefined;
    },
    refuse: (path) =>
      compiled.some(({ pattern }) => pattern.test(path)) ? refusals.methodNotAllowed() : refusals.notFound(),
  };
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}
