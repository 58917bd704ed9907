import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { MatrixError } from 'matrix-bot-sdk';
import { describe, expect, test } from 'vitest';

import { matrixFailure } from '#src/chat/matrix/errors.ts';
import { boundedRequests } from '#src/chat/matrix/transport.ts';

async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ending = new AbortController();
  const request = boundedRequests({
    homeserverUrl: `http://127.0.0.1:${port}`,
    accessToken: 's3cret',
    withinMs: 300,
    ending: ending.signal,
    refusal: (body, status) => new MatrixError(body, status),
  });
  return {
    ending,
    request,
    /** What a failed call says, translated. */
    failure: async () =>
      request('GET', '/x').then(
        () => undefined,
        (error: unknown) => {
          expect(JSON.stringify([error, Object.entries(error as object)])).not.toContain('s3cret');
          return matrixFailure(error);
        },
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a call', () => {
  test('carries the token, the query and the body', async () => {
    const seen: string[] = [];
    await using there = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.end('{"ok":true}'));
    });
    const answer: unknown = await there.request('PUT', '/a%2Fb', { since: 's 1' }, { words: 'ü' });
    expect(answer).toEqual({ ok: true });
    expect(seen).toEqual(['PUT /a%2Fb?since=s+1 Bearer s3cret', '{"words":"ü"}']);
  });

  test('that drips for ever ends in time', async () => {
    await using there = await serve((_, response) => {
      response.write('{');
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const began = performance.now();
    expect(await there.failure()).toMatchObject({ reason: 'timeout' });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('that is never answered ends at once when Tocsin leaves', async () => {
    const arrived = Promise.withResolvers<undefined>();
    await using there = await serve(() => arrived.resolve(undefined));
    const failure = there.failure();
    await arrived.promise;
    there.ending.abort();
    expect(await failure).toMatchObject({ reason: 'unavailable' });
  });

  test.for([
    [200, 'text, not JSON', 'unreadable'],
    [502, '<html>Bad gateway</html>', 'unavailable'],
    [302, '', 'rejected'],
    [403, '{"errcode":"M_FORBIDDEN","error":"no"}', 'forbidden'],
    [404, '{"other":1}', 'not-found'],
  ] as const)('answered by %d %s', async ([status, body, reason]) => {
    await using there = await serve((_, response) =>
      response.writeHead(status, { location: '/y' }).end(body),
    );
    expect(await there.failure()).toMatchObject({ reason });
  });

  test('a limit without the wait in its body takes it from the header', async () => {
    const body = '{"errcode":"M_LIMIT_EXCEEDED","error":"slow"}';
    await using there = await serve((_, response) =>
      response.writeHead(429, { 'retry-after': '3' }).end(body),
    );
    expect(await there.failure()).toMatchObject({ reason: 'rate-limited', retryAfterMs: 3_000 });
  });
});
