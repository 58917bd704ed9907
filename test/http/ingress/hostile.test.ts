import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { INGRESSES } from '#src/http/ingress/index.ts';
import { GITHUB_SECRET, taking, type Taking } from '#test/http/parts.ts';
import { root } from '#test/real/root.ts';

const MIB = 1_048_576;
const pathOf = (path: string): string => `/ingress${path.replace(':name', 'a-name')}`;
const bearers = INGRESSES.filter(({ guard }) => guard === 'bearer').map(({ path }) => pathOf(path));
const takesJson = INGRESSES.filter(({ content }) => content === 'json').map(({ path }) => pathOf(path));
const yielding = INGRESSES.filter(({ yields }) => yields).map(({ path }) => pathOf(path));

/** Lets anybody in, so that what is tried is the body. */
function send(to: Taking, path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const signature = createHmac('sha256', GITHUB_SECRET).update(body).digest('hex');
  return to.post(path, body, {
    'x-github-event': 'release',
    'x-hub-signature-256': `sha256=${signature}`,
    ...headers,
  });
}

test('the list is the folder', () => {
  const files = readdirSync(`${root}/src/http/ingress`).filter((file) => file !== 'index.ts');
  expect(files).toEqual(INGRESSES.map(({ name }) => `${name}.ts`));
});

describe.each(bearers)('who may: %s', (path) => {
  test.each([
    ['nobody', ''],
    ['a wrong token', 'Bearer wrong'],
    ['the start of it', 'Bearer the-ingress-toke'],
    ['more than it', 'Bearer the-ingress-token2'],
    ['two', 'Bearer the-ingress-token the-ingress-token'],
    ['another scheme', 'Basic the-ingress-token'],
    ['the token alone', 'the-ingress-token'],
    ['the API’s', 'Bearer the-api-token'],
    ['an empty one', 'Bearer '],
  ])('%s: 401, before the body is looked at', async (_name, authorization) => {
    const to = taking();
    const answer = await to.post(path, '{', { authorization });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.body).not.toContain('the-ingress-token');
  });

  test('the scheme’s name in any letters', async () => {
    const answer = await taking().post(path, '{"labels":{"a":"b"}}', {
      authorization: 'bearer the-ingress-token',
    });
    expect(answer.statusCode).not.toBe(401);
  });
});

const deep = (open: string, close: string): string => open.repeat(50_000) + close.repeat(50_000);

describe.each(takesJson)('what is no JSON: %s', (path) => {
  test.each([
    ['nothing', ''],
    ['half of it', '{"labels":'],
    ['two', '{}{}'],
    ['NaN', 'NaN'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00])],
    ['bad UTF-8 inside', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['a deep list', deep('[', ']')],
    ['a deep list that is not closed', '['.repeat(500_000)],
    ['a deep object', deep('{"a":', '}').replace(':}', ':1}')],
    ['a deep object with a prototype', deep('{"__proto__":', '}').replace(':}', ':1}')],
    ['a prototype', '{"action":"published","labels":{"__proto__":"x"},"__proto__":{"x":1}}'],
    ['a prototype in disguise', '{"action":"published","labels":{"\\u005f_proto__":"x"}}'],
  ])('%s: 400 in words', async (_name, body) => {
    const to = taking();
    const answer = await send(to, path, body);
    expect(answer.statusCode).toBe(400);
    const { error, faults } = answer.json<{ error: string; faults: { words: string }[] }>();
    expect([error, ...faults.map(({ words }) => words)].every((words) => words.length > 0)).toBe(true);
    expect(faults.length).toBeGreaterThan(0);
    expect(answer.body).not.toMatch(/\bat .*\.ts:\d+/);
  });

  test.each([
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['other JSON', 'application/vnd.api+json'],
    ['no type', ''],
    ['a type that is none', ';;;'],
  ])('%s: 415', async (_name, type) => {
    expect((await send(taking(), path, '{}', { 'content-type': type })).statusCode).toBe(415);
  });

  test('compressed: 415', async () => {
    const answer = await send(taking(), path, gzipSync('{}'), { 'content-encoding': 'gzip' });
    expect(answer.statusCode).toBe(415);
  });

  test('over 1 MiB: 413; exactly 1 MiB is read', async () => {
    const to = taking();
    expect((await send(to, path, ' '.repeat(MIB + 1))).statusCode).toBe(413);
    expect((await send(to, path, ' '.repeat(MIB))).statusCode).toBe(400);
  });
});

describe.each(takesJson)('any JSON: %s', (path) => {
  const keys = fc.constantFrom(
    'labels',
    'annotations',
    'status',
    'alerts',
    'version',
    'subject',
    'deadline',
    'release',
    'action',
    'constructor',
    'toString',
  );
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('4', 'firing', 'published', '', '2026-01-01T00:00:00Z'),
  );
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(keys, values),
    fc.array(fc.dictionary(keys, values), { maxLength: 4 }),
  );

  test('is taken or refused in words', async () => {
    const to = taking();
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const answer = await send(to, path, JSON.stringify(body));
        expect([202, 400]).toContain(answer.statusCode);
        if (answer.statusCode === 400)
          expect(answer.json<{ faults: unknown[] }>().faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
    expect(to.log.join()).not.toContain('bug');
  });

  test('any bytes', async () => {
    const to = taking();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect([202, 400]).toContain((await send(to, path, Buffer.from(bytes))).statusCode);
      }),
      { numRuns: 100 },
    );
  });
});

test('tens of thousands of labels', async () => {
  const labels = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`l${index}`, 'v']));
  const to = taking();
  expect((await to.post('/ingress/alerts', { labels })).statusCode).toBe(202);
  const alert = { status: 'firing', labels, startsAt: '2026-01-01T00:00:00Z' };
  expect((await to.post('/ingress/alertmanager', { version: '4', alerts: [alert] })).statusCode).toBe(202);
});

test('labels that are named like parts of every object are labels', async () => {
  const to = taking();
  await to.post('/ingress/alerts', { labels: { constructor: 'a', toString: 'b', hasOwnProperty: 'c' } });
  expect(Object.entries(to.signals[0]?.labels ?? {})).toEqual([
    ['constructor', 'a'],
    ['toString', 'b'],
    ['hasOwnProperty', 'c'],
  ]);
});

describe.each(yielding)('too much to do: %s', (path) => {
  test('429 with when to come back, and nothing is taken', async () => {
    const to = taking({ ingress: { pressure: () => ({ retryAfterMs: 2_500 }) } });
    const answer = await send(to, path, '{"labels":{"a":"b"},"subject":"s"}');
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('3');
    expect([...to.signals, ...to.drafts]).toEqual([]);
  });
});

const away = (retryAfterMs?: number) => () =>
  Promise.reject(new OutsideError('redis', 'unavailable', 'ECONNREFUSED /secret/place', { retryAfterMs }));

describe('Redis cannot take it', () => {
  test.each([
    ['/ingress/alerts', { labels: { a: 'b' } }],
    ['/ingress/notices', { subject: 's' }],
    ['/ingress/heartbeat/x', undefined],
  ])('%s: 503 with when to come back, logged, and without its words', async (path, body) => {
    const to = taking({
      ingress: {
        alerts: { accept: away(20_000) },
        notices: { draft: away(20_000) },
        heartbeats: { beat: away(20_000) },
      },
    });
    const answer = await to.post(path, body);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('20');
    expect(answer.body).not.toContain('secret');
    expect(to.log.join()).toContain('the producer is told to retry');
  });

  test('it says when by itself', async () => {
    const to = taking({ ingress: { alerts: { accept: away() } } });
    expect((await to.post('/ingress/alerts', { labels: { a: 'b' } })).headers['retry-after']).toBe('5');
  });
});

test('202 comes only after the intake has it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isHeld = false;
  const accept = async () => {
    await promise;
    isHeld = true;
    return [];
  };
  const answer = taking({ ingress: { alerts: { accept } } }).post('/ingress/alerts', { labels: { a: 'b' } });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isHeld).toBe(false);
  resolve();
  expect((await answer).statusCode).toBe(202);
  expect(isHeld).toBe(true);
});
