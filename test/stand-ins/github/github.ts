import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A release as the API lists it; what is not given has GitHub's value for "nothing". */
export interface Release {
  readonly id: number;
  readonly tag_name: string;
  readonly name?: string | null;
  readonly body?: string | null;
  readonly draft?: boolean;
  readonly prerelease?: boolean;
  readonly published_at?: string | null;
}

interface Repository {
  readonly id: number;
  fullName: string;
  releases: readonly Release[];
}

/** What was asked, and how it was answered. */
export interface Asked {
  readonly path: string;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
}

/** Answers the next requests in place of the API; undefined lets it answer itself. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * GitHub's REST API, as far as releases are looked for: repositories by name and by id, their releases with ETags,
 * redirects of those that moved, the limits by its headers. README.md beside this says what it follows.
 */
export interface GithubStandIn extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Requests that count against the primary limit. */
  readonly counted: number;
  clear(): void;
  repository(fullName: string, id: number, releases?: readonly Release[]): void;
  publish(fullName: string, release: Release): void;
  /** Renames it or moves it to another owner: the old name redirects until somebody takes it. */
  move(from: string, to: string): void;
  /** So many requests are left until `resetMs`. */
  limit(remaining: number, resetMs: number): void;
  fault(fault: Fault | undefined): void;
}

export async function openGithub(): Promise<GithubStandIn> {
  const repositories: Repository[] = [];
  const former = new Map<string, number>();
  let asked: Asked[] = [];
  let counted = 0;
  let limits: { remaining: number; resetMs: number } | undefined;
  let fault: Fault | undefined;

  const named = (name: string): Repository | undefined =>
    repositories.find(({ fullName }) => fullName.toLowerCase() === name.toLowerCase());

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    response.on('finish', () => asked.push({ path, status: response.statusCode, headers: request.headers }));
    if (fault?.(request, response)) return;
    answer(request, response, path);
  });

  const json = (
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): void => {
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      ...limitHeaders(),
      ...headers,
    });
    response.end(status === 304 ? undefined : JSON.stringify(body));
  };

  const limitHeaders = (): Record<string, string> =>
    limits === undefined
      ? {}
      : {
          'x-ratelimit-limit': '60',
          'x-ratelimit-remaining': String(limits.remaining),
          'x-ratelimit-reset': String(Math.ceil(limits.resetMs / 1_000)),
          'x-ratelimit-resource': 'core',
        };

  function answer(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (request.headers['user-agent'] === undefined) {
      response
        .writeHead(403)
        .end(
          'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
        );
      return;
    }
    if (limits?.remaining === 0) {
      json(response, 403, {
        message: 'API rate limit exceeded for 203.0.113.1.',
        documentation_url: 'https://docs.github.com/rest',
      });
      return;
    }
    const [, byName, byId, rest = '', query = ''] =
      /^\/(?:repos\/([^/]+\/[^/?]+)|repositories\/(\d+))(\/releases)?(\?.*)?$/.exec(path) ?? [];
    const found =
      byId === undefined ? named(byName ?? '') : repositories.find(({ id }) => id === Number(byId));
    const movedTo = former.get((byName ?? '').toLowerCase());
    if (!found && movedTo !== undefined) {
      count();
      const url = `${origin()}/repositories/${movedTo}${rest}${query}`;
      json(
        response,
        301,
        { message: 'Moved Permanently', url, documentation_url: 'https://docs.github.com/rest' },
        { location: url },
      );
      return;
    }
    if (!found) {
      count();
      json(response, 404, {
        message: 'Not Found',
        documentation_url: 'https://docs.github.com/rest',
        status: '404',
      });
      return;
    }
    const body = rest === '' ? repositoryOf(found) : releasesOf(found, new URLSearchParams(query));
    const etag = `W/"${createHash('sha256').update(JSON.stringify(body)).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) {
      // "… does not count against your primary rate limit if a 304 response is returned"
      json(response, 304, undefined, { etag });
      return;
    }
    count();
    json(response, 200, body, { etag });
  }

  function count(): void {
    counted += 1;
    if (limits) limits = { ...limits, remaining: Math.max(0, limits.remaining - 1) };
  }

  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repositoryOf = ({ id, fullName }: Repository): object => ({
    id,
    node_id: `R_${id}`,
    name: fullName.split('/')[1],
    full_name: fullName,
    private: false,
    html_url: `https://github.com/${fullName}`,
    releases_url: `https://api.github.com/repos/${fullName}/releases{/id}`,
  });
  const releasesOf = ({ fullName, releases }: Repository, query: URLSearchParams): readonly object[] =>
    releases
      // Without the right to push, drafts are not listed.
      .filter(({ draft }) => !draft)
      .slice(0, Math.min(100, Number(query.get('per_page') ?? 30)))
      .map((release) => ({
        url: `https://api.github.com/repos/${fullName}/releases/${release.id}`,
        html_url: `https://github.com/${fullName}/releases/tag/${release.tag_name}`,
        target_commitish: 'master',
        name: null,
        body: null,
        draft: false,
        prerelease: false,
        created_at: '2026-01-01T00:00:00Z',
        published_at: '2026-01-01T00:00:00Z',
        assets: [],
        ...release,
      }));

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    get url() {
      return origin();
    },
    get asked() {
      return asked;
    },
    get counted() {
      return counted;
    },
    clear() {
      asked = [];
      counted = 0;
    },
    repository(fullName, id, releases = []) {
      repositories.push({ id, fullName, releases });
    },
    publish(fullName, release) {
      const repository = named(fullName);
      if (!repository) throw new Error(`there is no ${fullName}`);
      const others = repository.releases.filter(({ id }) => id !== release.id);
      repository.releases = [release, ...others];
    },
    move(from, to) {
      const repository = named(from);
      if (!repository) throw new Error(`there is no ${from}`);
      former.set(from.toLowerCase(), repository.id);
      repository.fullName = to;
    },
    limit(remaining, resetMs) {
      limits = { remaining, resetMs };
    },
    fault(given) {
      fault = given;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
