import { createServer } from 'node:net';
import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { UserError } from '#src/domain/errors.ts';
import { listen } from '#src/http/server.ts';
import { INGRESS_TOKEN, taking } from '#test/http/parts.ts';

const HERE = { host: '127.0.0.1', port: 0 };

test('answers where it says', async () => {
  await using server = await listen(taking().app, HERE);
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

describe('an address that cannot be had is said in words', () => {
  test('the port is taken', async () => {
    await using first = await listen(taking().app, HERE);
    const second = listen(taking().app, { ...HERE, port: first.port });
    await expect(second).rejects.toThrow(
      new UserError(
        `Cannot listen on 127.0.0.1 port ${first.port}: another program has it: set HTTP_PORT to a free one.`,
      ),
    );
  });

  test('the address is another machine’s', async () => {
    await expect(listen(taking().app, { host: '192.0.2.1', port: 0 })).rejects.toThrow(
      /does not have that address: set HTTP_HOST/,
    );
  });
});

test('a body over 1 MiB is refused over a real connection too', async () => {
  await using server = await listen(taking().app, HERE);
  const answer = await fetch(`${server.url}/ingress/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${INGRESS_TOKEN}`, 'content-type': 'application/json' },
    body: ' '.repeat(1_048_577),
  });
  expect(answer.status).toBe(413);
});

test('ends: what is being answered is answered, and an idle connection does not hold it', async () => {
  const { promise: asked, resolve: nowAsked } = Promise.withResolvers<void>();
  const { promise: held, resolve: nowHeld } = Promise.withResolvers<void>();
  const accept = async () => {
    nowAsked();
    await held;
    return [];
  };
  const server = await listen(taking({ ingress: { alerts: { accept } } }).app, HERE);
  await fetch(`${server.url}/healthz`);
  const answer = fetch(`${server.url}/ingress/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${INGRESS_TOKEN}`, 'content-type': 'application/json' },
    body: '{"labels":{"a":"b"}}',
  });
  await asked;
  const ended = server[Symbol.asyncDispose]();
  nowHeld();
  expect((await answer).status).toBe(202);
  await ended;
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});

test('ends although a stream stays open', async () => {
  const { app } = taking({
    pages: [
      async (app) => {
        app.get('/stream', async (_request, reply) => {
          reply.hijack();
          reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
          reply.raw.write(': hello\n\n');
        });
      },
    ],
  });
  const server = await listen(app, HERE);
  const stream = await fetch(`${server.url}/stream`);
  const startedAt = Date.now();
  await server[Symbol.asyncDispose]();
  expect(Date.now() - startedAt).toBeLessThan(4_000);
  await expect(stream.text()).rejects.toThrow();
});

test('a port that something else than Tocsin has', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await expect(listen(taking().app, { ...HERE, port })).rejects.toBeInstanceOf(UserError);
  other.close();
});
