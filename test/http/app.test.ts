import { describe, expect, test } from 'vitest';

import { taking } from '#test/http/parts.ts';

describe('probes', () => {
  test('alive', async () => {
    const answer = await taking().get('/healthz', {});
    expect([answer.statusCode, answer.json()]).toEqual([200, { alive: true }]);
  });

  test('ready', async () => {
    const answer = await taking().get('/readyz', {});
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { ready: true, redis: true, fleet: true, ingress: true, missing: [] },
    ]);
  });

  test('a platform that is down is told, and keeps nothing from being ready', async () => {
    const since = new Date('2026-05-01T12:00:00Z');
    const platforms = [
      { id: 'matrix', name: 'Matrix', condition: { up: true } as const },
      {
        id: 'discord',
        name: 'Discord',
        condition: { up: false, why: 'it is gone', since } as const,
        reported: { words: 'Major Service Outage', major: true },
      },
    ];
    const ready = async () => ({ redis: true, fleet: true, ingress: true, platforms });
    const answer = await taking({ ready }).get('/readyz', {});
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      ready: true,
      platforms: {
        matrix: { up: true },
        discord: {
          up: false,
          why: 'it is gone',
          since: since.toISOString(),
          reported: 'Major Service Outage',
        },
      },
    });
  });

  test('not ready: 503 with what is missing', async () => {
    const answer = await taking({ ready: async () => ({ redis: false, fleet: true, ingress: false }) }).get(
      '/readyz',
      {},
    );
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { ready: false, redis: false, fleet: true, ingress: false, missing: ['redis', 'ingress'] },
    ]);
  });

  test('cannot tell: 503', async () => {
    expect(
      (await taking({ ready: () => Promise.reject(new Error('away')) }).get('/readyz', {})).statusCode,
    ).toBe(503);
  });

  test('metrics count the answers by route, not by address', async () => {
    const { get, post } = taking();
    await post('/ingress/alerts', { labels: { a: 'b' } });
    await post('/ingress/heartbeat/some-name');
    await get('/nothing/there', {});
    const answer = await get('/metrics', {});
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.body).toContain('tocsin_http_requests_total{route="/ingress/alerts",status="202"} 1');
    expect(answer.body).toContain(
      'tocsin_http_requests_total{route="/ingress/heartbeat/:name",status="202"} 1',
    );
    expect(answer.body).toContain('tocsin_http_requests_total{route="none",status="404"} 1');
    expect(answer.body).not.toContain('some-name');
  });
});

describe('what is not there', () => {
  test.each(['/', '/ingress', '/ingress/other', '/api/other', '/api', '/../etc/passwd', '/%2e%2e/x'])(
    '%s: 404 as JSON',
    async (url) => {
      const answer = await taking().get(url);
      expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'There is nothing here.' }]);
    },
  );

  test('an address that cannot be read: 400 as JSON', async () => {
    const answer = await taking().get('/%zz');
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: 'This request cannot be understood.' },
    ]);
  });
});

describe('a bug of ours', () => {
  test.each([
    ['an Error', new TypeError('secret inner words')],
    ['a string', 'secret inner words'],
    ['null', null],
    [
      'an error with a status of its own',
      Object.assign(new Error('secret inner words'), { statusCode: 418 }),
    ],
  ])('%s: 500 with an incident id, which the log has, and nothing else', async (_name, bug) => {
    const list = () => Promise.reject(bug);
    const { get, log } = taking({ api: { audit: { list, lines: async function* () {} } } });
    const answer = await get('/api/audit');
    expect(answer.statusCode).toBe(500);
    const { incident } = answer.json<{ incident: string }>();
    expect(incident).toMatch(/^[\w-]{36}$/);
    expect(answer.body).not.toMatch(/secret|\.ts/);
    expect(log.join()).toContain(incident);
    expect(log.join()).toContain('GET /api/audit');
  });
});

describe('headers', () => {
  test.each(['/healthz', '/metrics', '/api/alerts', '/nothing', '/%zz'])(
    '%s keeps browsers from making anything of it',
    async (url) => {
      const { headers } = await taking().get(url);
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  test('a page sets its own, in a scope of its own', async () => {
    const { get } = taking({
      pages: [
        async (app) => {
          app.get('/page', async (_request, reply) =>
            reply.header('content-security-policy', "default-src 'self'").type('text/html').send('<p>'),
          );
        },
      ],
    });
    const { headers } = await get('/page');
    expect(headers['content-security-policy']).toBe("default-src 'self'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
