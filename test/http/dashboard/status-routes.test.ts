import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Alert } from '#src/domain/alert.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { countsOf, type RollCall } from '#src/domain/roll.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Sessions } from '#src/domain/session.ts';
import { mayReadApi, signInAddress, statusRoutes } from '#src/http/dashboard/status-routes.ts';
import { createSessions } from '#src/store/sessions.ts';
import { SITES, trialFleet } from '#src/trial/fleet.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';

const HOST = 'tocsin.example';
const ORIGIN = `https://${HOST}`;
const hostile = '<script>alert(1)</script>';

let redis: TestRedis;
let app: FastifyInstance;
let sessions: Sessions;

const daemon = { port: 1, user: 'tocsin', password: 'hunter2', pubkey: '02' } as never;

beforeEach(async () => {
  redis = await testRedis();
  sessions = createSessions(redis.connection);
  const fleet = fleetOf(trialFleet(SITES.map((site) => [site, daemon] as const)));
  const fleets = { current: () => fleet, onChange: () => undefined };
  const alert = {
    id: 'a1',
    status: 'firing',
    labels: { alertname: hostile },
    startsAt: '2026-05-01T12:00:00Z',
  };
  const roll = {
    notice: { id: 'n1', subject: hostile, severity: 'mandatory', state: 'sent' },
    entries: [{ seat: 'alright_DEV', escalations: [], revision: 1 }],
  } as unknown as RollCall;
  app = fastify();
  await app.register(
    statusRoutes({
      sessions,
      fleets,
      publicUrl: ORIGIN,
      alerting: { list: async () => [alert as unknown as Alert] },
      broadcast: {
        list: async () => [{ id: 'n1' } as never],
        rollCall: async (id) => (id === 'n1' ? roll : undefined),
        summary: async () => ({ notice: roll.notice, totals: countsOf(roll.entries), missing: [] }),
      },
      examiner: { latest: async (targets) => targets.map(() => undefined) },
      remediation: { list: async () => [] },
      deliveries: { list: async () => [] },
      audit: { list: async () => [{ at: '2026-05-01T12:00:00Z', who: 'bob', what: 'was.audited' }] },
      standings: () => [
        {
          id: 'discord',
          name: 'Discord',
          condition: { up: false, why: 'the gateway is lost', since: new Date('2026-05-01T12:00:00Z') },
          reported: { words: hostile, major: true },
        },
      ],
    }),
  );
  const allowed = mayReadApi({ sessions, fleets });
  app.get('/allowed', async (request) => ({ allowed: await allowed(request) }));
});
afterEach(async () => {
  await app.close();
  await redis[Symbol.asyncDispose]();
});

const get = (url: string, cookie = '') => app.inject({ method: 'GET', url, headers: { host: HOST, cookie } });
const post = (
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = { origin: ORIGIN },
) =>
  app.inject({
    method: 'POST',
    url,
    headers: { host: HOST, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  });

async function signIn(operator: string): Promise<string> {
  const invitation = await sessions.invite(operator as OperatorId);
  const answer = await post('/sign-in', { invitation });
  expect([answer.statusCode, answer.headers['location']]).toEqual([303, '/']);
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

test('a stranger is told how to sign in, and nothing else', async () => {
  for (const cookie of ['', 'tocsin=', 'tocsin=guessed', 'other=1']) {
    const { statusCode, body } = await get('/', cookie);
    expect(statusCode).toBe(401);
    expect(body).toContain('needs a sign-in');
    expect(body).not.toContain('alright');
  }
});

test('whoever signed in sees how things stand, as text', async () => {
  const { statusCode, body, headers } = await get('/', await signIn('alice'));
  expect(statusCode).toBe(200);
  for (const words of [
    'alice, notary',
    'alright-dev-main',
    'KMD',
    'href="/notices/n1"',
    'was.audited',
    'the gateway is lost',
    '0 of 1',
  ]) {
    expect(body).toContain(words);
  }
  expect(body).not.toContain('<script');
  expect(body.match(/&lt;script&gt;/gu)).toHaveLength(3);
  expect(body).not.toContain('hunter2');
  expect(headers['cache-control']).toBe('no-store');
});

test('the page of a notice shows its seats, to whoever signed in', async () => {
  expect((await get('/notices/n1')).statusCode).toBe(401);
  expect((await get('/notices/n1')).body).not.toContain('alright');
  const cookie = await signIn('erin');
  const { statusCode, body } = await get('/notices/n1', cookie);
  expect(statusCode).toBe(200);
  expect(body).toContain('alright_DEV');
  expect((await get('/notices/n2', cookie)).statusCode).toBe(404);
});

test('an observer sees no audit, neither on the page nor through /api', async () => {
  const cookie = await signIn('erin');
  expect((await get('/', cookie)).body).not.toContain('was.audited');
  expect((await get('/allowed', cookie)).json()).toEqual({ allowed: false });
  expect((await get('/allowed', await signIn('alice'))).json()).toEqual({ allowed: true });
});

test('opening the link uses nothing up; signing in does', async () => {
  const invitation = await sessions.invite('alice' as OperatorId);
  const link = new URL(signInAddress(`${ORIGIN}/`, invitation));
  expect(link.origin).toBe(ORIGIN);
  const looks = await Promise.all([1, 2].map(() => get(`${link.pathname}${link.search}`)));
  for (const { body } of looks) expect(body).toContain(`value="${invitation}"`);
  const first = await post('/sign-in', { invitation });
  expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict; Secure$/u);
  const second = await post('/sign-in', { invitation });
  expect(second.statusCode).toBe(401);
  expect(second.body).toContain('used already');
  expect(second.headers['set-cookie']).toBeUndefined();
});

test('somebody who left the fleet is signed out by that', async () => {
  expect((await get('/', await signIn('mallory'))).statusCode).toBe(401);
});

test('signing out ends the session itself', async () => {
  const cookie = await signIn('alice');
  const out = await post('/sign-out', {}, { origin: ORIGIN, cookie });
  expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
  expect((await get('/', cookie)).statusCode).toBe(401);
});

test.each([{}, { origin: 'https://evil.example' }, { origin: 'null' }])(
  'a form of %j is refused',
  async (headers) => {
    const invitation = await sessions.invite('alice' as OperatorId);
    expect((await post('/sign-in', { invitation }, headers as Record<string, string>)).statusCode).toBe(403);
    expect(await sessions.enter(invitation)).toBeDefined();
  },
);
