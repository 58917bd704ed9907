import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { startCluster } from '#test/real/redis-cluster.ts';
import { startSentinels } from '#test/real/redis-sentinel.ts';
import { startRedis } from '#test/real/redis.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';

const WITHIN_MS = 45_000;
/** How long Redis is away. */
const AWAY_MS = 3_000;

let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin | undefined;
beforeEach(async () => {
  stage = await openDiscordStage();
  discord = stage.discord;
});
afterEach(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  tocsin = undefined;
  await stage?.[Symbol.asyncDispose]();
});

async function start(redisUrl?: string): Promise<RunningTocsin> {
  const env = { ...stage.env, ...(redisUrl !== undefined && { REDIS_URL: redisUrl }) };
  tocsin = await startTocsin({ env, fleet: fleetFile({ discord: stage }) });
  await stage.ready();
  return tocsin;
}

const fire = async (alertname: string): Promise<number | undefined> => {
  const labels = { alertname, severity: 'warning', seat: 'alright_DEV' };
  return (await tocsin?.ingress('alerts', { labels }))?.status;
};

const shown = (word: string): StoredMessage[] =>
  discord.messages(stage.rooms.notaries).filter((message) => shownMessage(message).includes(word));

const arrives = (word: string): Promise<StoredMessage> =>
  discord.until(() => shown(word)[0], WITHIN_MS, word);

async function answered(): Promise<void> {
  await vi.waitFor(
    async () => {
      const asked = await discord.as(stage.handles.alice).slash('/alerts');
      expect(shownMessage(await asked.replied(2_000))).not.toBe('');
    },
    { timeout: WITHIN_MS, interval: 100 },
  );
}

/** An alert every 100 ms; the names of those that were answered 202, and what else was answered. */
function stream(prefix: string) {
  const ending = new AbortController();
  const accepted: string[] = [];
  const refused = new Set<number | undefined>();
  const run = (async () => {
    for (let turn = 0; !ending.signal.aborted; turn++) {
      const name = `${prefix}${String(turn).padStart(3, '0')}`;
      const status = await fire(name);
      if (status === 202) accepted.push(name);
      else refused.add(status);
      await pause(100);
    }
  })();
  return {
    accepted,
    refused,
    async end() {
      ending.abort();
      await run;
    },
  };
}

/** Every alert is in a message: its own, or a bundle that the record names. */
async function allDelivered(names: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const { body } = (await tocsin?.api('alerts?limit=500')) ?? {};
      const known = new Map(
        (body as { id: string; labels: { alertname: string } }[]).map(({ id, labels }) => [
          labels.alertname,
          id,
        ]),
      );
      expect(names.filter((name) => !known.has(name))).toEqual([]);
      const deliveries = (await tocsin?.api('deliveries?limit=500'))?.body as { state: string }[];
      expect(deliveries.filter(({ state }) => state !== 'delivered')).toEqual([]);
      expect(names.filter((name) => shown(name).length > 1)).toEqual([]);
    },
    { timeout: WITHIN_MS, interval: 250 },
  );
}

test('Redis is killed and comes back: the ingress says 503 meanwhile, nothing accepted is lost, all goes on', async () => {
  await using redis = await startRedis({ appendonly: true, args: ['--appendfsync', 'always'] });
  await start(redis.url);
  expect(await fire('Before')).toBe(202);
  await arrives('Before');
  const alerts = stream('Away');
  await vi.waitFor(() => expect(alerts.accepted.length).toBeGreaterThan(3), { timeout: WITHIN_MS });
  await redis.kill('SIGKILL');
  await vi.waitFor(() => expect(alerts.refused.size).toBeGreaterThan(0), { timeout: WITHIN_MS });
  expect((await tocsin?.request('/readyz'))?.status).toBe(503);
  await pause(AWAY_MS);
  await redis.restart();
  const back = performance.now();
  const before = alerts.accepted.length;
  await vi.waitFor(() => expect(alerts.accepted.length).toBeGreaterThan(before), { timeout: WITHIN_MS });
  console.log(`accepted again ${Math.round(performance.now() - back)} ms after Redis was back`);
  await alerts.end();
  expect([...alerts.refused]).toEqual([503]);
  await allDelivered(alerts.accepted);
  await answered();
});

test('the private Redis dies: it is started again on its data', async () => {
  const { dataDir } = await start();
  const pid = (): number => {
    const found = Number(readFileSync(join(dataDir, 'redis', 'redis.pid'), 'utf8'));
    expect(found).toBeGreaterThan(0);
    return found;
  };
  const first = pid();
  const alerts = stream('Private');
  await vi.waitFor(() => expect(alerts.accepted.length).toBeGreaterThan(3), { timeout: WITHIN_MS });
  process.kill(first, 'SIGKILL');
  await vi.waitFor(() => expect(pid()).not.toBe(first), { timeout: WITHIN_MS });
  const before = alerts.accepted.length;
  await vi.waitFor(() => expect(alerts.accepted.length).toBeGreaterThan(before + 3), { timeout: WITHIN_MS });
  await alerts.end();
  expect([...alerts.refused].filter((status) => status !== 503)).toEqual([]);
  await allDelivered(alerts.accepted);
  await answered();
});

test('Sentinels choose another master: what was accepted before and after is delivered, commands are answered', async () => {
  await using sentinels = await startSentinels();
  await start(sentinels.url);
  expect(await fire('Before')).toBe(202);
  await arrives('Before');
  const began = performance.now();
  await sentinels.failOver();
  console.log(`another master after ${Math.round(performance.now() - began)} ms`);
  await vi.waitFor(async () => expect(await fire('After')).toBe(202), { timeout: WITHIN_MS, interval: 200 });
  console.log(`accepted again ${Math.round(performance.now() - began)} ms after the master was killed`);
  await arrives('After');
  await answered();
  expect(shown('Before')).toHaveLength(1);
  expect(shown('After')).toHaveLength(1);
});

test('a node of a Cluster dies: its replica takes over, and all goes on', async () => {
  await using cluster = await startCluster();
  await start(cluster.url);
  expect(await fire('Before')).toBe(202);
  await arrives('Before');
  await answered();
  const began = performance.now();
  await cluster.failOver('{tocsin}');
  console.log(`the replica took over after ${Math.round(performance.now() - began)} ms`);
  await vi.waitFor(async () => expect(await fire('After')).toBe(202), { timeout: WITHIN_MS, interval: 200 });
  console.log(`accepted again ${Math.round(performance.now() - began)} ms after the node was killed`);
  await arrives('After');
  await answered();
  expect(shown('Before')).toHaveLength(1);
  expect(shown('After')).toHaveLength(1);
});
