import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningRedis, startRedis } from '#test/real/redis.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type StandInDaemon, startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import type { Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage } from './fleet.ts';

const WITHIN_MS = 20_000;
/** From the end of the leader to the first answer of the standby. */
const TAKEOVER_MS = 15_000;
const HANDED_OVER_MS = 5_000;
const STOP_MS = 5_000;

let redis: RunningRedis;
let stage: DiscordStage;
let discord: Discord;
let running: RunningTocsin[];
let paused: number | undefined;
beforeEach(async () => {
  [redis, stage] = await Promise.all([startRedis({ appendonly: true }), openDiscordStage()]);
  discord = stage.discord;
  running = [];
});
afterEach(async () => {
  if (paused !== undefined) process.kill(paused, 'SIGCONT');
  paused = undefined;
  await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
  await stage?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

async function start(
  fleet: Parameters<typeof fleetFile>[0] = {},
  env: Readonly<Record<string, string>> = {},
): Promise<RunningTocsin> {
  const shared = { INGRESS_TOKEN: 'i'.repeat(32), API_TOKEN: 'a'.repeat(32), REDIS_URL: redis.url };
  const tocsin = await startTocsin({
    env: { ...stage.env, ...shared, ...env },
    fleet: fleetFile({ ...fleet, discord: stage }),
  });
  running.push(tocsin);
  return tocsin;
}

const fire = async (tocsin: RunningTocsin, alertname: string, severity = 'warning'): Promise<void> => {
  const labels = { alertname, severity, seat: 'alright_DEV' };
  expect((await tocsin.ingress('alerts', { labels })).status).toBe(202);
};

const shown = (word: string): StoredMessage[] =>
  [stage.rooms.notaries, stage.rooms.ops, ...Object.values(stage.handles)]
    .flatMap((id) => [...discord.messages(id), ...discord.directMessages(id)])
    .filter((message) => shownMessage(message).includes(word));

const isLeader = async (tocsin: RunningTocsin): Promise<boolean> => {
  const { body } = await tocsin.request('/metrics');
  return /^tocsin_gateway_leader 1$/m.test(String(body));
};
const roleOf = async (tocsin: RunningTocsin): Promise<unknown> =>
  ((await tocsin.request('/readyz')).body as { gateway?: unknown }).gateway;

/** How long until a command is answered, asked again and again as a person does who got no answer. */
async function untilAnswered(began: number): Promise<number> {
  await vi.waitFor(
    async () => {
      const asked = await discord.as(stage.handles.alice).slash('/alerts');
      expect(shownMessage(await asked.replied(900))).not.toBe('');
    },
    { timeout: TAKEOVER_MS, interval: 100 },
  );
  return performance.now() - began;
}

/** Answers that came twice, whoever gave them. */
function doubled(): readonly string[] {
  const answers = discord.requests.filter(
    ({ path, status = 0 }) => /\/(callback|webhooks\/)/.test(path) && status < 300,
  );
  const paths = answers.map(({ method, path }) => `${method} ${path}`);
  expect(paths).not.toEqual([]);
  return paths.filter((path, index) => paths.indexOf(path) !== index);
}

test('the leader is killed: the standby answers within 15 s; an alert is posted once; the dead one comes back as standby', async () => {
  const leader = await start();
  await stage.ready();
  const standby = await start();
  expect(standby.output()).toContain('Gateway: standby');
  expect([await isLeader(leader), await isLeader(standby)]).toEqual([true, false]);
  expect([await roleOf(leader), await roleOf(standby)]).toEqual(['leader', 'standby']);
  expect(discord.gateway.sessions.filter(({ connected }) => connected)).toHaveLength(1);

  await fire(standby, 'Before');
  await discord.until(() => shown('Before')[0], WITHIN_MS, 'the alert');
  await fire(leader, 'AtTheEnd');
  const began = performance.now();
  await leader.kill('SIGKILL');
  const tookMs = await untilAnswered(began);
  console.log(`the standby answered ${Math.round(tookMs)} ms after the leader was killed`);
  expect(tookMs).toBeLessThan(TAKEOVER_MS);
  expect(await isLeader(standby)).toBe(true);

  await discord.until(() => shown('AtTheEnd')[0], 40_000, 'what the dead one had accepted');
  await leader.restart();
  expect(await isLeader(leader)).toBe(false);
  await fire(leader, 'After', 'critical');
  await discord.until(() => shown('After').length === 3, WITHIN_MS, 'the room and both operators');
  expect(['Before', 'AtTheEnd'].map((word) => shown(word).length)).toEqual([1, 1]);
  expect(shown('After')).toHaveLength(3);
  expect(doubled()).toEqual([]);
});

test('a clean stop under load hands over at once, ends within 5 s and loses nothing', async () => {
  const leader = await start();
  await stage.ready();
  const standby = await start();
  const names = Array.from({ length: 30 }, (_, index) => `Load${String(index).padStart(2, '0')}`);
  const sent = names.map((name) => fire(leader, name));
  await Promise.all(sent);
  const began = performance.now();
  const stopped = leader.stop();
  const tookMs = await untilAnswered(began);
  console.log(`the standby answered ${Math.round(tookMs)} ms after the leader was asked to stop`);
  expect(tookMs).toBeLessThan(HANDED_OVER_MS);
  const { code, signal, tookMs: stopMs } = await stopped;
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(stopMs).toBeLessThan(STOP_MS);
  await vi.waitFor(() => expect(names.filter((name) => shown(name).length === 0)).toEqual([]), {
    timeout: 40_000,
    interval: 200,
  });
  expect(await isLeader(standby)).toBe(true);
  expect(names.filter((name) => shown(name).length > 1)).toEqual([]);
  expect(doubled()).toEqual([]);
});

test('a leader that sleeps is followed by the standby, and handles nothing when it wakes', async () => {
  const leader = await start();
  await stage.ready();
  const standby = await start();
  paused = leader.pid;
  process.kill(leader.pid, 'SIGSTOP');
  const tookMs = await untilAnswered(performance.now());
  console.log(`the standby answered ${Math.round(tookMs)} ms after the leader fell asleep`);
  expect(await isLeader(standby)).toBe(true);
  process.kill(leader.pid, 'SIGCONT');
  paused = undefined;
  await vi.waitFor(async () => expect(await isLeader(leader)).toBe(false), { timeout: WITHIN_MS });
  await discord.until(
    () => discord.gateway.sessions.filter(({ connected }) => connected).length === 1,
    WITHIN_MS,
    'the old connection to be closed',
  );
  expect(await untilAnswered(performance.now())).toBeLessThan(HANDED_OVER_MS);
  expect(doubled()).toEqual([]);
});

test('roles apart: a worker sends without hearing, a gateway hears without sending, a page answers', async () => {
  await using daemon: StandInDaemon = await startDaemon('litecoin');
  const nodes = [nodeOf('alright-dev-main', 'alright_DEV', { ...daemon, rpcUrl: daemon.url })];
  const worker = await start({ nodes, patrol: '1s' }, { ROLES: 'worker,web' });
  expect(worker.output()).toContain('Discord: connected');
  expect(discord.gateway.sessions).toEqual([]);
  const second = await start({ nodes, patrol: '1s' }, { ROLES: 'worker,web' });
  expect(await roleOf(worker)).toBeUndefined();
  const page = await start({ nodes, patrol: '1s' }, { ROLES: 'web' });
  await fire(page, 'Apart', 'critical');
  await discord.until(() => shown('Apart').length === 3, WITHIN_MS, 'the room and both operators');

  await start({ nodes, patrol: '1s' }, { ROLES: 'gateway,web' });
  await stage.ready();
  const asked = await discord.as(stage.handles.alice).slash('/alerts');
  expect(shownMessage(await asked.replied())).toContain('Apart');
  expect(shown('Apart')).toHaveLength(3);

  // One turn for the service, whoever takes it: as many looks as one patrol makes.
  const before = daemon.requests;
  await vi.waitFor(() => expect(daemon.requests).toBeGreaterThan(before), { timeout: WITHIN_MS });
  const { Redis } = await import('ioredis');
  const asking = new Redis(redis.url);
  const turns = await asking.zunion(3, ...['due', 'hung', 'taken'].map((name) => `{tocsin}:patrol:${name}`));
  asking.disconnect();
  expect(turns).toHaveLength(1);
  expect((await second.api('alerts')).body).toHaveLength(1);
});
