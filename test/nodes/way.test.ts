import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { create as createClient } from 'axios';
import { expect, onTestFinished, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Access, Node } from '#src/domain/node.ts';
import { isLoopback, wayErrorIn, wayTo } from '#src/nodes/way.ts';
import { local } from '#src/remediation/executors/local.ts';
import { localNode } from '#test/conformance/executor.ts';

const SSH: Access = {
  kind: 'ssh',
  host: '203.0.113.9',
  port: 22,
  user: 'u',
  identityFile: 'id',
  hostKey: 'SHA256:x',
};
const away: Node = { ...localNode(), access: SSH };
const client = createClient({ proxy: false, maxRedirects: 0 });

/** An executor whose loopback is this machine's; counts the streams that were asked for and those still open. */
function counted() {
  const streams = { opened: 0, open: 0 };
  const real = local({ dataDir: 'unused' });
  const executor: Executor = {
    ...real,
    async connect(node, to, signal) {
      const wire = await real.connect(node, to, signal);
      streams.opened++;
      streams.open++;
      wire.once('close', () => streams.open--);
      return wire;
    },
  };
  return { executor, streams };
}

async function served(answer: (request: IncomingMessage) => string): Promise<string> {
  const server = createServer((request, response) => response.end(answer(request)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a loopback of another machine is reached through its executor, by one stream for calls that follow each other', async () => {
  const { executor, streams } = counted();
  const url = await served(({ url }) => `you asked ${url}`);
  const way = wayTo({ node: away, url, executor });
  expect((await client.get<string>(`${url}a`, way)).data).toBe('you asked /a');
  expect((await client.post<string>(`${url}b`, 'x'.repeat(100_000), way)).data).toBe('you asked /b');
  expect(streams.opened).toBe(1);
  await expect.poll(() => streams.open, { timeout: 3_000 }).toBe(0);
});

test.each([
  ['an address that is no loopback', away, 'http://203.0.113.9:7771/'],
  ['a node on this machine', localNode(), 'http://127.0.0.1:7771/'],
])('%s is reached from here', (_, node, url) => {
  const { executor } = counted();
  expect(wayTo({ node, url, executor })).toBe(wayTo({ node: localNode(), url }));
});

test('without an executor the way is missing, in words', () => {
  expect(() => wayTo({ node: away, url: 'http://127.0.0.1:7771/' })).toThrow(
    '127.0.0.1:7771 of node-a listens on its own machine only: reaching it needs the ssh way',
  );
});

test('what the executor says is found in the error of the exchange', async () => {
  const said = new OutsideError('ssh', 'timeout', 'no answer');
  const executor: Executor = { ...local({ dataDir: 'unused' }), connect: () => Promise.reject(said) };
  const url = 'http://127.0.0.1:7771/';
  const error: unknown = await client.get(url, wayTo({ node: away, url, executor })).catch((error) => error);
  expect(wayErrorIn(error)).toBe(said);
  expect(wayErrorIn(new Error('another'))).toBeUndefined();
});

test.each([
  ['http://127.0.0.1:1', true],
  ['https://localhost', true],
  ['http://[::1]:1', true],
  ['http://127.evil.example', false],
  ['http://10.0.0.1', false],
  ['nonsense', false],
])('%s is a loopback: %s', (url, is) => expect(isLoopback(url)).toBe(is));
