import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { Request } from '#src/domain/remedy.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Actor, Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage, type PersonName } from './fleet.ts';

const PATROL_MS = 2_000;
const WITHIN_MS = 30_000;
/** What a killed process held is given up after half a minute. */
const AFTER_KILL_MS = 60_000;
const NODE = 'alright-dev-main';

let notary: RunningLitecoind;
let miner: RunningLitecoind;
let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin;

const fleetNow = (
  nodes = [nodeOf(NODE, 'alright_DEV', notary), nodeOf('harbor-ar-main', 'harbor_AR', miner)],
) => fleetFile({ discord: stage, nodes, patrol: `${PATROL_MS / 1_000}s` });

beforeAll(async () => {
  [notary, miner, stage] = await Promise.all([startLitecoind(), startLitecoind(), openDiscordStage()]);
  discord = stage.discord;
  await miner.connectTo(notary);
  await miner.mine(110);
  await miner.rpc('sendtoaddress', [await notary.rpc<string>('getnewaddress'), 1]);
  await miner.mine(1);
  await notary.syncedWith(miner);
  tocsin = await startTocsin({ env: stage.env, fleet: fleetNow() });
  await stage.ready();
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await Promise.all([notary?.[Symbol.asyncDispose](), miner?.[Symbol.asyncDispose]()]);
});

const as = (name: PersonName): Actor => discord.as(stage.handles[name]);
const inOps = (): StoredMessage[] => discord.messages(stage.rooms.ops);

/** Resolves with the request's message once it shows all of the words. */
const shown = (id: string, ...words: readonly string[]): Promise<StoredMessage> =>
  shownIn(WITHIN_MS, id, ...words);

function shownIn(withinMs: number, id: string, ...words: readonly string[]): Promise<StoredMessage> {
  const all = [`request ${id}`, ...words];
  const look = () =>
    discord
      .messages(stage.rooms.notaries)
      .filter(({ interactionId }) => interactionId === undefined)
      .find((message) => all.every((word) => shownMessage(message).includes(word)));
  return discord.until(look, withinMs, all.join(', '));
}

/** Asks by slash command; resolves with the request as the program has it. */
async function requested(by: PersonName, remedy: string, node = NODE, args?: string): Promise<Request> {
  const options = { remedy, node, service: 'LTC', ...(args && { arguments: args }) };
  const words = shownMessage(await (await as(by).slash('/remedy run', options)).replied());
  const id = /request ([0-9a-z]+)/.exec(words)?.[1];
  if (id === undefined) throw new Error(words);
  return requestNow(id);
}

async function requestNow(id: string): Promise<Request> {
  const { body } = await tocsin.api('remedies');
  const found = (body as Request[]).find((request) => request.id === id);
  if (!found) throw new Error(`no request ${id}`);
  return found;
}

/** Presses a button of the request's message; resolves with what the presser alone sees. */
async function pressed(by: PersonName, { id }: Request, label: string): Promise<string> {
  const message = await shown(id, label);
  return shownMessage(await (await as(by).press(message.id, label)).replied(WITHIN_MS));
}
const approve = (by: PersonName, request: Request): Promise<string> => pressed(by, request, '✅ Approve');

/** Changes a request's record behind the program's back. */
async function tamper(id: string, change: (request: Request) => object): Promise<void> {
  const redis = new Redis({ path: join(tocsin.dataDir, 'redis', 'r.sock') });
  const json = await redis.hget('{tocsin}:requests', id);
  if (!json) throw new Error(`no record of ${id}`);
  await redis.hset(
    '{tocsin}:requests',
    id,
    JSON.stringify({ ...(JSON.parse(json) as Request), ...change(JSON.parse(json) as Request) }),
  );
  redis.disconnect();
}

const rightSized = async (): Promise<number> =>
  (await notary.rpc<{ amount: number }[]>('listunspent')).filter(({ amount }) => amount === 0.0001).length;

/** Ids of the transactions that the wallet sent. */
const sentByWallet = async (): Promise<Set<string>> => {
  const all = await notary.rpc<{ txid: string; category: string }[]>('listtransactions', ['*', 1000]);
  return new Set(all.filter(({ category }) => category === 'send').map(({ txid }) => txid));
};

const waiting = (): Promise<string[]> => miner.rpc<string[]>('getrawmempool');
const mempoolHas = (count: number) =>
  vi.waitUntil(async () => (await waiting()).length === count, { timeout: AFTER_KILL_MS, interval: 50 });

async function confirm(): Promise<void> {
  await mempoolHas(1);
  await miner.mine(1);
  await notary.syncedWith(miner);
}

async function killAndRestart(): Promise<void> {
  expect(await tocsin.kill()).toMatchObject({ signal: 'SIGKILL' });
  await tocsin.restart();
  await stage.ready();
}

test('a daemon that stops is an alert within one patrol, and over when it is back', async () => {
  await discord.until(() => discord.gateway.sessions.some(({ connected }) => connected));
  await vi.waitUntil(async () => isPatrolled(), { timeout: WITHIN_MS, interval: 50 });
  const before = new Set(inOps().map(({ id }) => id));
  await notary.stop();
  const stoppedAt = Date.now();
  const isIt = (message: StoredMessage, ...words: readonly string[]): boolean =>
    !before.has(message.id) &&
    ['DaemonDown', NODE, ...words].every((word) => shownMessage(message).includes(word));
  const alert = await discord.until(
    () => inOps().find((one) => isIt(one, 'CRITICAL')),
    WITHIN_MS,
    'the alert',
  );
  const tookMs = alert.createdAt.getTime() - stoppedAt;
  console.log(`alert ${tookMs} ms after the daemon had ended, patrols every ${PATROL_MS} ms`);
  expect(tookMs).toBeLessThan(PATROL_MS + 1_000);
  const toBob = () => discord.directMessages(stage.handles.bob).filter((one) => isIt(one));
  await discord.until(() => toBob()[0], WITHIN_MS, 'the direct message');

  await notary.restart();
  await notary.connectTo(miner);
  const over = await discord.until(() => inOps().find((one) => isIt(one, 'Resolved')), WITHIN_MS, 'its end');
  expect(over.id).toBe(alert.id);
  expect(inOps().filter((one) => isIt(one))).toHaveLength(1);
});

async function isPatrolled(): Promise<boolean> {
  const { body } = await tocsin.api('nodes');
  return (body as { state: string }[]).every(({ state }) => state === 'up' || state === 'degraded');
}

test('split is requested, approved by another, carried out once, verified and reported', async () => {
  const had = await sentByWallet();
  const request = await requested('alice', 'split', NODE, 'target=12');
  expect(request).toMatchObject({ state: 'requested', arguments: { target: '12' }, requestedBy: 'alice' });
  const message = await shown(request.id, 'waits for approval', 'target=12', 'Asked by', 'alice');
  expect(await approve('alice', request)).toContain('somebody else has to approve it');
  expect(await approve('frank', request)).toContain('Seat alright_DEV is not yours');
  expect(await waiting()).toEqual([]);

  expect(await approve('bob', request)).toContain('Approved');
  await confirm();
  const report = await shown(request.id, 'done and verified', 'right-sized now: 12', 'Approved by', 'bob');
  expect(report.id).toBe(message.id);
  expect(await rightSized()).toBe(12);
  expect((await sentByWallet()).size).toBe(had.size + 1);
  expect(await requestNow(request.id)).toMatchObject({ state: 'succeeded', approvedBy: ['bob'] });
  const audit = (await tocsin.api('audit')).body as { what: string; about?: string; who: string }[];
  const done = audit.filter(({ about }) => about === request.id).map(({ what }) => what);
  for (const what of [
    'remedy.requested',
    'remedy.approve-refused',
    'remedy.approved',
    'remedy.running',
    'remedy.succeeded',
  ])
    expect(done).toContain(what);
});

test.each([
  { when: 'after the send, before the confirmation', target: '14', until: () => mempoolHas(1) },
  { when: 'right after the approval', target: '16', until: async () => undefined },
])('killed $when, split goes on after the restart: one transaction', async ({ target, until }) => {
  const had = await sentByWallet();
  const request = await requested('alice', 'split', NODE, `target=${target}`);
  expect(await approve('carol', request)).toContain('Approved');
  await until();
  await killAndRestart();
  await confirm();
  await shownIn(AFTER_KILL_MS, request.id, 'done and verified', `right-sized now: ${target}`);
  expect(await rightSized()).toBe(Number(target));
  expect((await sentByWallet()).size).toBe(had.size + 1);
  expect(await waiting()).toEqual([]);
  expect(await requestNow(request.id)).toMatchObject({ state: 'succeeded' });
});

const commandOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');

/** The one process that runs on the notary's folder. */
function pidOf(): number {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const own = pids.filter((pid) => {
    try {
      return commandOf(pid).includes(`-datadir=${notary.datadir}`);
    } catch {
      return false; // gone meanwhile
    }
  });
  expect(own).toHaveLength(1);
  return own[0] as number;
}

test('restart-chain restarts the daemon, with the same arguments', async () => {
  const before = pidOf();
  const words = commandOf(before);
  const request = await requested('bob', 'restart-chain');
  expect(await approve('alice', request)).toContain('Approved');
  await shown(request.id, 'done and verified', `was ${before}`);
  expect(pidOf()).not.toBe(before);
  expect(existsSync(`/proc/${before}`)).toBe(false);
  expect(commandOf(pidOf())).toEqual(words);
});

test('killed while the daemon is down, restart-chain starts it after the restart, once', async () => {
  await notary.connectTo(miner);
  const before = pidOf();
  const words = commandOf(before);
  const request = await requested('bob', 'restart-chain');
  expect(await approve('carol', request)).toContain('Approved');
  await vi.waitUntil(() => !existsSync(`/proc/${before}`), { timeout: WITHIN_MS, interval: 5 });
  await killAndRestart();
  await shownIn(AFTER_KILL_MS, request.id, 'done and verified', `was ${before}`);
  expect(pidOf()).not.toBe(before);
  expect(commandOf(pidOf())).toEqual(words);
  expect(await requestNow(request.id)).toMatchObject({ state: 'succeeded' });
});

test('a notary gets nothing done on the node of another team', async () => {
  await expect(requested('frank', 'restart-chain')).rejects.toThrow('Seat alright_DEV is not yours');
  await expect(requested('alice', 'restart-chain', 'harbor-ar-main')).rejects.toThrow(
    'Seat harbor_AR is not yours',
  );
});

test('what was changed after the request is not approved', async () => {
  const request = await requested('alice', 'split', NODE, 'target=20');
  await tamper(request.id, () => ({ arguments: { target: '200' } }));
  expect(await approve('bob', request)).toContain('it was changed since');
  await shown(request.id, 'cancelled');
  expect(await waiting()).toEqual([]);
});

test('what was changed between the approval’s words and now is not approved', async () => {
  const request = await requested('alice', 'split', NODE, 'target=21');
  tocsin.writeFleet(fleetNow([{ ...nodeOf(NODE, 'alright_DEV', miner) }]));
  await vi.waitUntil(async () => ((await tocsin.api('nodes')).body as object[]).length === 1, {
    timeout: WITHIN_MS,
    interval: 50,
  });
  expect(await approve('bob', request)).toContain('the plan changed since it was requested: daemon was');
  await shown(request.id, 'cancelled');
  tocsin.writeFleet(fleetNow());
  await vi.waitUntil(async () => ((await tocsin.api('nodes')).body as object[]).length === 2, {
    timeout: WITHIN_MS,
    interval: 50,
  });
  expect(await waiting()).toEqual([]);
});

test('what is overdue is not approved', async () => {
  const request = await requested('alice', 'split', NODE, 'target=22');
  await tamper(request.id, () => ({ expiresAt: new Date(Date.now() - 1_000).toISOString() }));
  expect(await approve('bob', request)).toMatch(/expired/);
  await shown(request.id, 'expired');
  expect(await waiting()).toEqual([]);
});

test('what was denied is not done', async () => {
  const request = await requested('alice', 'split', NODE, 'target=23');
  expect(await pressed('bob', request, '❌ Deny')).toContain('Denied');
  const message = await shown(request.id, 'denied', 'bob');
  expect(shownMessage(message)).not.toContain('[✅ Approve]');
  const late = shownMessage(await (await as('carol').slash('/approve', { id: request.id })).replied());
  expect(late).toContain('was denied by bob');
  expect(await waiting()).toEqual([]);
});
