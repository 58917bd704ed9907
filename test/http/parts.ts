import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';

import type { AlertId, Signal } from '#src/domain/alert.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Announcement, Notice, NoticeId, NoticeIntake } from '#src/domain/notice.ts';
import { createHttpApp } from '#src/http/app.ts';
import type { ApiParts, HttpParts, IngressParts } from '#src/http/parts.ts';
import { createPublications } from '#src/sources/publications.ts';

export const INGRESS_TOKEN = 'the-ingress-token';
export const API_TOKEN = 'the-api-token';
export const GITHUB_SECRET = 'the-github-secret';

/** What the ingress handed over, and the app that did. */
export interface Taking {
  readonly app: FastifyInstance;
  readonly signals: Signal[];
  readonly drafts: {
    readonly announcement: Announcement;
    readonly from: string;
    readonly key?: string | undefined;
  }[];
  readonly beats: string[];
  /** Log lines, as JSON text. */
  readonly log: string[];
  /** POST with the bearer token; an object is sent as JSON. */
  readonly post: (
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>;
}

interface Overrides extends Partial<Omit<HttpParts, 'ingress' | 'api'>> {
  readonly ingress?: Partial<IngressParts>;
  readonly api?: Partial<ApiParts>;
}

const never = async (): Promise<never> => {
  throw new Error('not asked for in this test');
};

const emptyFleet = fleetOf({
  network: 'n',
  rooms: [],
  routes: [],
  coins: [],
  operators: [],
  seats: [],
  nodes: [],
  patrol: { everyMs: 30_000 },
});

/** The app with ports that remember what they are given; nothing listens. */
export function taking(overrides: Overrides = {}): Taking {
  const [signals, drafts, beats, log]: [Signal[], Taking['drafts'], string[], string[]] = [[], [], [], []];
  const notices: NoticeIntake = {
    draft: async (announcement, from, key) => {
      drafts.push({ announcement, from, key });
      return { ...announcement, id: keyOf(announcement.subject) as NoticeId, state: 'draft' } as Notice;
    },
  };
  const ingress: IngressParts = {
    token: INGRESS_TOKEN,
    githubSecret: GITHUB_SECRET,
    alerts: {
      accept: async (list) => {
        signals.push(...list);
        return list.map(({ labels }) => keyOf(JSON.stringify(labels)) as AlertId);
      },
    },
    notices,
    publications: createPublications({
      notices,
      fleets: { current: () => emptyFleet, onChange: () => undefined },
      records: { getMany: async (names) => names.map(() => undefined) },
    }),
    heartbeats: { beat: async (name) => void beats.push(name) },
    pressure: () => undefined,
    ...overrides.ingress,
  };
  const api: ApiParts = {
    token: API_TOKEN,
    alerting: { list: async () => [], get: never, acknowledge: never },
    broadcast: {
      draft: never,
      announce: never,
      confirm: never,
      close: never,
      cancel: never,
      supersede: never,
      postpone: never,
      acknowledge: never,
      snooze: never,
      find: async () => undefined,
      list: async () => [],
      summary: async () => undefined,
      rollCall: async () => undefined,
      unreachable: () => [],
    },
    deliveries: { list: async () => [] },
    fleets: { current: () => emptyFleet, onChange: () => undefined },
    examiner: { examine: never, latest: async (targets) => targets.map(() => undefined) },
    remediation: {
      remedies: [],
      get: never,
      request: never,
      approve: never,
      deny: never,
      plan: never,
      cancel: never,
      log: async () => [],
      list: async () => [],
    },
    audit: { list: async () => [], lines: async function* () {} },
    ...overrides.api,
  };
  const app = createHttpApp({
    logger: pino({ level: 'trace' }, { write: (line) => void log.push(line) }),
    metrics: new Registry(),
    ready: async () => ({ redis: true, fleet: true, ingress: true }),
    ...overrides,
    ingress,
    api,
  });
  onTestFinished(() => app.close());
  const inject = (options: InjectOptions): Promise<LightMyRequestResponse> => app.inject(options);
  return {
    app,
    signals,
    drafts,
    beats,
    log,
    post: (url, body, headers = {}) =>
      inject({
        method: 'POST',
        url,
        headers: {
          authorization: `Bearer ${INGRESS_TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && {
          payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        }),
      }),
    get: (url, headers = { authorization: `Bearer ${API_TOKEN}` }) => inject({ method: 'GET', url, headers }),
  };
}
