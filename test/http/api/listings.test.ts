import { readdirSync } from 'node:fs';

import type { FastifyRequest } from 'fastify';
import { describe, expect, test } from 'vitest';

import type { Alert } from '#src/domain/alert.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { RollCall } from '#src/domain/roll.ts';
import type { Request } from '#src/domain/remedy.ts';
import { LISTINGS } from '#src/http/api/index.ts';
import type { ApiParts } from '#src/http/parts.ts';
import { parseFleet } from '#src/registry/parse.ts';
import { taking } from '#test/http/parts.ts';
import { root } from '#test/real/root.ts';

const AT = '2026-01-01T00:00:00.000Z';

async function rows(path: string, api: Partial<ApiParts>): Promise<Record<string, unknown>[]> {
  const answer = await taking({ api }).get(path);
  expect(answer.statusCode).toBe(200);
  return answer.json<Record<string, unknown>[]>();
}

/** Stands in for a port: one method asked, the rest not there. */
const part = <Port>(methods: Partial<Port>): Port => methods as Port;

test('the list has something of every file of the folder', () => {
  const files = readdirSync(`${root}/src/http/api`).filter((file) => file !== 'index.ts');
  const paths = new Set(LISTINGS.map(({ path }) => `${path.split('/')[1]}.ts`));
  expect([...paths].toSorted()).toEqual(files.toSorted());
});

const paths = LISTINGS.map(({ path }) => `/api${path.replace(':id', 'x')}`);

describe.each(paths)('who may read %s', (path) => {
  test('nobody without the token, and not with the ingress token', async () => {
    for (const authorization of ['', 'Bearer wrong', 'Bearer the-ingress-token']) {
      expect((await taking().get(path, { authorization })).statusCode).toBe(401);
    }
  });

  test('whoever is signed in', async () => {
    const { get } = taking({
      api: { signedIn: async (request: FastifyRequest) => request.headers.cookie === 'session=good' },
    });
    expect((await get(path, { cookie: 'session=bad' })).statusCode).toBe(401);
    expect((await get(path, { cookie: 'session=good' })).statusCode).not.toBe(401);
  });
});

test('alerts', async () => {
  const alert = {
    id: 'a1',
    episode: 1,
    status: 'firing',
    labels: { alertname: 'A' },
    annotations: { summary: 's' },
    startsAt: AT,
    acknowledgedBy: 'alice',
    acknowledgedAt: AT,
    revision: 3,
    announced: 2,
    updatedAt: AT,
  } as unknown as Alert;
  const asked: unknown[] = [];
  const alerting = part<ApiParts['alerting']>({
    list: async (filter) => {
      asked.push(filter);
      return [alert];
    },
  });
  expect(await rows('/api/alerts?status=firing&limit=7', { alerting })).toEqual([
    {
      id: 'a1',
      episode: 1,
      status: 'firing',
      labels: { alertname: 'A' },
      annotations: { summary: 's' },
      startsAt: AT,
      acknowledgedBy: 'alice',
      acknowledgedAt: AT,
      updatedAt: AT,
    },
  ]);
  await rows('/api/alerts', { alerting });
  expect(asked).toEqual([{ limit: 7, status: 'firing' }, { limit: 100 }]);
});

const call = (id: string, state: string) =>
  ({
    notice: {
      id,
      state,
      subject: 's',
      severity: 'mandatory',
      text: '',
      audience: 'all',
      createdBy: 'alice',
      createdAt: AT,
    },
    entries: [
      {
        seat: 'a_EU',
        reachedBy: 'bob',
        reachedAt: AT,
        acknowledgedBy: 'bob',
        acknowledgedAt: AT,
        escalations: [],
        revision: 1,
      },
      { seat: 'b_EU', reachedBy: 'carol', reachedAt: AT, escalations: [], revision: 1 },
      { seat: 'c_EU', escalations: [], revision: 1 },
    ],
  }) as unknown as RollCall;

describe('notices', () => {
  const calls = [call('n1', 'sent'), call('n2', 'draft'), call('n3', 'sent')];
  const broadcast = part<ApiParts['broadcast']>({
    list: async (limit) => calls.slice(0, limit).map(({ notice }) => notice),
    rollCall: async (id) => calls.find(({ notice }) => notice.id === id),
  });

  test('one, with its counts and seats', async () => {
    const answer = await taking({ api: { broadcast } }).get('/api/notices/n1');
    expect(answer.json()).toMatchObject({
      id: 'n1',
      state: 'sent',
      counts: { seats: 3, reached: 2, acknowledged: 1, proven: 0, missing: 2 },
      seats: [{ seat: 'a_EU', reachedBy: 'bob', acknowledgedBy: 'bob' }, { seat: 'b_EU' }, { seat: 'c_EU' }],
    });
  });

  test('one that is not there: 404', async () => {
    expect((await taking({ api: { broadcast } }).get('/api/notices/n9')).statusCode).toBe(404);
  });

  test('one as a table for the record, in which nothing that people typed is a formula', async () => {
    const typed = call('n4', 'sent');
    const reason = '=HYPERLINK("https://evil.example"), now';
    const [first, ...rest] = typed.entries;
    const entries = [{ ...first!, answer: 'cannot' as const, reason }, ...rest];
    const rollCall = async (id: string) => (id === 'n4' ? { ...typed, entries } : undefined);
    const { get } = taking({ api: { broadcast: part<ApiParts['broadcast']>({ rollCall }) } });
    const answer = await get('/api/notices/n4.csv');
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, line, ...others] = answer.body.split('\r\n');
    expect(head).toMatch(/^notice,stands,seat,region,reachedBy,/);
    expect(line).toBe(
      `n4,cannot,a_EU,,bob,,${AT},bob,,${AT},cannot,"'=HYPERLINK(""https://evil.example""), now",,`,
    );
    expect(others).toHaveLength(3);
    expect((await get('/api/notices/n9.csv')).statusCode).toBe(404);
  });

  test('one that has ended, with its report', async () => {
    const { notice, entries } = call('n5', 'closed');
    const ended = { ...notice, sentAt: AT, endedAt: AT, reminded: [] } as RollCall['notice'];
    const rollCall = async () => ({ notice: ended, entries });
    const answer = await taking({ api: { broadcast: part<ApiParts['broadcast']>({ rollCall }) } }).get(
      '/api/notices/n5',
    );
    expect(answer.json()).toMatchObject({
      report: { seats: 3, endedAs: { answered: 1, reached: 1, open: 1 }, reached: { to50Ms: 0 } },
    });
  });

  test('all, by state: the limit counts what is shown', async () => {
    expect((await rows('/api/notices', { broadcast })).map(({ id }) => id)).toEqual(['n1', 'n2', 'n3']);
    expect((await rows('/api/notices?status=sent&limit=2', { broadcast })).map(({ id }) => id)).toEqual([
      'n1',
      'n3',
    ]);
  });
});

const delivery = (id: string, state: string, to: unknown) =>
  ({
    id,
    cause: 'alert:a1:1',
    to,
    platform: 'discord',
    state,
    urgency: 'critical',
    shown: 1,
    attempts: 1,
    queuedAt: AT,
  }) as unknown as Delivery;

test('deliveries: recipients by the room’s or the operator’s id, by cause and by state', async () => {
  const asked: unknown[] = [];
  const deliveries = part<ApiParts['deliveries']>({
    list: async (filter) => {
      asked.push(filter);
      return [
        delivery('d1', 'delivered', { kind: 'room', room: 'ops' }),
        delivery('d2', 'failed', { kind: 'direct', operator: 'alice' }),
      ];
    },
  });
  expect(await rows('/api/deliveries?cause=alert:a1:1', { deliveries })).toMatchObject([
    { id: 'd1', cause: 'alert:a1:1', platform: 'discord', to: 'room:ops', state: 'delivered' },
    { id: 'd2', to: 'operator:alice', state: 'failed' },
  ]);
  expect(asked).toEqual([{ limit: 100, cause: 'alert:a1:1' }]);
  expect((await rows('/api/deliveries?status=failed', { deliveries })).map(({ id }) => id)).toEqual(['d2']);
});

describe('nodes', () => {
  const parsed = parseFleet(
    `network: n
rooms: [{ id: notaries, console: n }]
coins: [{ id: KMD }]
teams: [{ id: t, seats: [{ id: s, region: EU }] }]
nodes:
  - id: n1
    seat: s
    access: { kind: ssh, host: secret-host, user: secret-user, identityFile: secret-file, hostKey: SHA256:secret-key }
    services:
      - { id: KMD, kind: utxo, coin: KMD, rpc: { url: 'http://secret-url', user: secret-user, password: secret-pass } }
      - { id: LTC, kind: utxo, rpc: { conf: secret-conf } }
  - { id: n2, seat: s, access: { kind: local } }
`,
    { lookup: () => undefined, folder: '/' },
  );
  if (parsed.faults) throw new Error(JSON.stringify(parsed.faults));
  const { fleet } = parsed;
  const seenAt = new Date().toISOString();
  const health: ServiceHealth = {
    node: 'n1',
    service: 'KMD',
    state: 'degraded',
    at: seenAt,
    tookMs: 12,
    results: [
      {
        check: 'peers',
        title: 'Peers',
        finding: { state: 'degraded', why: 'few', facts: { connections: 2 } },
        shown: '2',
        alertname: 'FewPeers',
      },
    ],
  };
  const api = {
    fleets: part<ApiParts['fleets']>({ current: () => fleet }),
    examiner: part<ApiParts['examiner']>({
      latest: async (targets) => targets.map(({ service }) => (service.id === 'KMD' ? health : undefined)),
    }),
  };

  test('with the latest health; what was not looked at is unknown', async () => {
    expect(await rows('/api/nodes', api)).toEqual([
      {
        id: 'n1',
        seat: 's',
        region: 'EU',
        access: 'ssh',
        state: 'degraded',
        score: 85,
        checks: 2,
        unknownChecks: 1,
        services: [
          {
            id: 'KMD',
            kind: 'utxo',
            coin: 'KMD',
            state: 'degraded',
            score: 85,
            checks: 1,
            unknownChecks: 0,
            at: seenAt,
            tookMs: 12,
            results: [
              {
                check: 'peers',
                title: 'Peers',
                state: 'degraded',
                shown: '2',
                why: 'few',
                alertname: 'FewPeers',
              },
            ],
          },
          { id: 'LTC', kind: 'utxo', state: 'unknown', checks: 1, unknownChecks: 1, results: [] },
        ],
      },
      {
        id: 'n2',
        seat: 's',
        region: 'EU',
        access: 'local',
        state: 'unknown',
        checks: 0,
        unknownChecks: 0,
        services: [],
      },
    ]);
  });

  test('a look that is too old says what was: how it stands now is unknown', async () => {
    const examiner = part<ApiParts['examiner']>({
      latest: async (targets) => targets.map(() => ({ ...health, at: AT })),
    });
    const [row] = await rows('/api/nodes', { ...api, examiner });
    expect(row).toMatchObject({
      state: 'unknown',
      unknownChecks: 2,
      services: [{ state: 'unknown', stale: true, at: AT, results: [{ state: 'degraded' }] }, {}],
    });
    expect(row).not.toHaveProperty('score');
  });

  test('by state, and never with how they are reached', async () => {
    expect((await rows('/api/nodes?status=unknown', api)).map(({ id }) => id)).toEqual(['n2']);
    expect((await taking({ api }).get('/api/nodes')).body).not.toContain('secret');
  });
});

const request = (id: string, state: string) =>
  ({
    id,
    remedy: 'split',
    risk: 'low',
    node: 'n1',
    service: 'KMD',
    arguments: { target: '20' },
    plan: { steps: ['split'], bound: {} },
    digest: 'd',
    state,
    requestedBy: 'alice',
    requestedAt: AT,
    expiresAt: AT,
    approvedBy: ['bob'],
    steps: [],
    room: 'ops',
    revision: 1,
  }) as unknown as Request;

test('remedies', async () => {
  const remediation = part<ApiParts['remediation']>({
    list: async () => [request('r1', 'requested'), request('r2', 'succeeded')],
  });
  const [row] = await rows('/api/remedies?status=succeeded', { remediation });
  expect(row).toMatchObject({
    id: 'r2',
    remedy: 'split',
    node: 'n1',
    arguments: { target: '20' },
    state: 'succeeded',
    requestedBy: 'alice',
    approvedBy: ['bob'],
  });
});

test('the log of a run, as text', async () => {
  const remediation = part<ApiParts['remediation']>({
    get: async (id) => (id === 'r1' ? request('r1', 'succeeded') : undefined),
    log: async () => [
      { at: AT, words: 'begins' },
      { at: AT, words: '→ send' },
    ],
  });
  const answer = await taking({ api: { remediation } }).get('/api/remedies/r1/log');
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(answer.body).toBe(`${AT} begins\n${AT} → send\n`);
  expect((await taking({ api: { remediation } }).get('/api/remedies/r2/log')).statusCode).toBe(404);
});

test('audit', async () => {
  const entry = { at: AT, who: 'alice', what: 'remedy.approved', about: 'r1' };
  const audit = part<ApiParts['audit']>({ list: async (limit) => (limit === 5 ? [entry] : []) });
  expect(await rows('/api/audit?limit=5', { audit })).toEqual([entry]);
});

test('the audit as it is chained: a line per entry, oldest first', async () => {
  const audit = part<ApiParts['audit']>({
    async *lines() {
      yield* ['{"number":1}', '{"number":2}'];
    },
  });
  const { get } = taking({ api: { audit } });
  const answer = await get('/api/audit/lines');
  expect(answer.headers['content-type']).toBe('application/jsonl; charset=utf-8');
  expect(answer.body).toBe('{"number":1}\n{"number":2}\n');
});

describe('a query that is none: 400 with the name', () => {
  test.each([
    ['/api/alerts?limit=0', 'limit'],
    ['/api/alerts?limit=1e9', 'limit'],
    ['/api/alerts?limit=many', 'limit'],
    ['/api/alerts?limit=1&limit=2', 'limit'],
    ['/api/alerts?status=open', 'status'],
    ['/api/deliveries?cause=x', 'cause'],
    ['/api/deliveries?cause=alert:a&cause=alert:b', 'cause'],
    ['/api/remedies?status=done', 'status'],
    ['/api/nodes?status=bad', 'status'],
    ['/api/audit?stauts=x', ''],
  ])('%s', async (url, path) => {
    const answer = await taking().get(url);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ faults: [{ path }] });
  });
});
