import { type Server, createServer } from 'node:http';
import { existsSync, statSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startAlertmanager } from '#test/real/alertmanager.ts';
import { startChild } from '#test/real/child.ts';
import { startChromium } from '#test/real/chromium.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { startLitecoind } from '#test/real/litecoind.ts';
import { startMatrixUser } from '#test/real/matrix-user.ts';
import { freePort } from '#test/real/port.ts';
import { startRedis } from '#test/real/redis.ts';
import { NotStarted, startService } from '#test/real/service.ts';
import { startSynapse } from '#test/real/synapse.ts';
import { startTocsin } from '#test/real/tocsin.ts';

test('a component that ends early is reported with its output', async () => {
  const argv = ['sh', '-c', 'echo no luck >&2; exit 7'] as const;
  const failed = await startService({ name: 'a shell', argv, ready: async () => false }).catch(
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(NotStarted);
  expect(failed).toMatchObject({ exit: { code: 7 }, output: 'no luck\n' });
});

test('what a component left running in its folder ends with the folder', async () => {
  const folder = temporaryFolder('left');
  const child = await startChild({ argv: ['sleep', '600'], cwd: folder.path });
  folder[Symbol.dispose]();
  expect(await child.exit).toMatchObject({ signal: 'SIGKILL' });
  expect(existsSync(folder.path)).toBe(false);
});

test('redis-server keeps its data over a kill, and is gone afterwards', async () => {
  await using redis = await startRedis({ appendonly: true, args: ['--appendfsync', 'always'] });
  const connection = new Redis(redis.url);
  await connection.set('kept', 'yes');
  const first = redis.pid;
  expect(await redis.kill()).toMatchObject({ signal: 'SIGKILL' });
  await redis.restart();
  expect(redis.pid).not.toBe(first);
  expect(await connection.get('kept')).toBe('yes');
  connection.disconnect();
  expect(await redis.stop()).toMatchObject({ code: 0 });
  expect(isAlive(redis.pid)).toBe(false);
});

test('Synapse carries a conversation between two users, also over a kill', async () => {
  await using synapse = await startSynapse();
  const [url, account] = [synapse.url, await synapse.user('alice')];
  await using alice = await startMatrixUser({ url, account });
  await using bob = await startMatrixUser({ url, account: await synapse.user('bob', { admin: true }) });

  const roomId = await alice.createRoom({ name: 'notaries', invite: [bob.userId] });
  expect(await bob.untilInvited(alice.userId)).toBe(roomId);
  const hello = await alice.send(roomId, 'hello');
  expect(await bob.until(({ text }) => text === 'hello')).toMatchObject({
    eventId: hello,
    sender: '@alice:synapse.test',
  });

  await bob.react(roomId, hello, '👍');
  await bob.replyInThread(roomId, hello, 'in a thread');
  const reaction = await alice.until(({ type }) => type === 'm.reaction');
  expect(reaction.relation).toEqual({ kind: 'm.annotation', key: '👍', to: hello });
  expect((await alice.until(({ text }) => text === 'in a thread')).relation).toMatchObject({
    kind: 'm.thread',
  });

  await synapse.kill();
  await synapse.restart();
  await alice.send(roomId, 'still here');
  await bob.until(({ text }) => text === 'still here', 30_000);
  expect((await alice.members(roomId)).toSorted()).toEqual([alice.userId, bob.userId]);
});

test('two litecoind share a chain and money', async () => {
  await using rich = await startLitecoind();
  await using poor = await startLitecoind();
  await poor.connectTo(rich);
  await rich.mine(101);
  await poor.syncedWith(rich);
  await rich.rpc('sendtoaddress', [await poor.rpc('getnewaddress'), 1.5]);
  await rich.mine(400);
  await poor.syncedWith(rich);
  expect(await poor.rpc('getbalance')).toBe(1.5);

  expect(await poor.stop()).toMatchObject({ code: 0 });
  await poor.restart();
  expect(await poor.rpc('getblockcount')).toBe(501);
  expect(await poor.rpc('getbalance')).toBe(1.5);
  await expect(poor.rpc('getblockhash', [9999])).rejects.toMatchObject({ code: -8 });
});

test('Alertmanager posts what fires and what is resolved', async () => {
  const heard: { status: string; authorization: string | undefined }[] = [];
  const { promise: resolved, resolve } = Promise.withResolvers<void>();
  const port = await freePort();
  await using webhook = await listen(port, (body, authorization) => {
    const { status } = JSON.parse(body) as { status: string };
    heard.push({ status, authorization });
    if (status === 'resolved') resolve();
  });
  await using alertmanager = await startAlertmanager({
    webhookUrl: `http://127.0.0.1:${port}/`,
    token: 'secret',
  });
  const alerts = [{ labels: { alertname: 'NodeDown', seat: 'alright_DEV' } }];
  await alertmanager.fire(alerts);
  await expect
    .poll(() => heard, { timeout: 10_000 })
    .toEqual([{ status: 'firing', authorization: 'Bearer secret' }]);
  await alertmanager.resolve(alerts);
  await resolved;
  expect(webhook).toBeDefined();
});

test('Chromium shows a page', async () => {
  await using browser = await startChromium();
  const page = await browser.page({ width: 390, height: 844 }, { dark: true });
  await page.setContent('<title>Tocsin</title><h1>🔔 ready</h1>');
  expect(await page.title()).toBe('Tocsin');
  expect(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
  expect(statSync(await browser.screenshot(page, 'real')).size).toBeGreaterThan(1000);
});

test('Tocsin itself starts, answers, comes back after a kill and stops', async () => {
  await using tocsin = await startTocsin();
  expect(await tocsin.request('/healthz')).toMatchObject({ status: 200 });
  await tocsin.kill();
  await tocsin.restart();
  expect(await tocsin.api('alerts')).toMatchObject({ status: 200 });
  expect(await tocsin.ingress('alerts', {}, { authorization: 'Bearer wrong' })).toMatchObject({
    status: 401,
  });
  expect(await tocsin.stop()).toMatchObject({ code: 0 });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function listen(
  port: number,
  hear: (body: string, authorization: string | undefined) => void,
): Promise<AsyncDisposable> {
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      hear(body, request.headers.authorization);
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}
