import { expect, onTestFinished, test } from 'vitest';

import type { Voice } from '#src/domain/voice.ts';
import { createVoices } from '#src/store/voices.ts';
import { testRedis } from '#test/real/keyspace.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;

async function open() {
  const redis = await testRedis();
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const clock = { ms: NOW };
  const now = () => new Date(clock.ms);
  return {
    redis,
    clock,
    voices: createVoices(redis.connection, now),
    other: createVoices(redis.connection, now),
  };
}

const voice = (node: string, more: Partial<Voice> = {}): Voice => ({
  node,
  service: 'KMD',
  height: 100,
  syncing: false,
  marks: [{ height: 94, hash: 'ab'.repeat(32) }],
  at: new Date(NOW).toISOString(),
  ...more,
});

test('what a daemon says of its chain replaces what it said before; coins are apart', async () => {
  const { voices, other } = await open();
  await voices.tell('KMD', voice('red-1'));
  await voices.tell('KMD', voice('red-1', { height: 101 }));
  await voices.tell('KMD', voice('blue-1'));
  await voices.tell('LTC', voice('red-1', { service: 'LTC' }));
  const heard = await other.hear('KMD');
  expect(heard.toSorted((a, b) => a.node.localeCompare(b.node))).toEqual([
    voice('blue-1'),
    voice('red-1', { height: 101 }),
  ]);
  expect(await other.hear('BTC')).toEqual([]);
});

test('heard again at once it is the same, some seconds later it is new', async () => {
  const { voices, other, clock } = await open();
  await voices.tell('KMD', voice('red-1'));
  expect(await other.hear('KMD')).toHaveLength(1);
  await voices.tell('KMD', voice('blue-1'));
  expect(await other.hear('KMD')).toHaveLength(1);
  clock.ms += 2_000;
  expect(await other.hear('KMD')).toHaveLength(2);
});

test('what nobody said again for a day is dropped, and so is a coin of which nobody speaks', async () => {
  const { voices, other, clock, redis } = await open();
  await voices.tell('KMD', voice('red-1'));
  clock.ms += 23 * HOUR_MS;
  await voices.tell('KMD', voice('blue-1', { at: new Date(clock.ms).toISOString() }));
  expect(await voices.hear('KMD')).toHaveLength(2);
  clock.ms += 2 * HOUR_MS;
  expect((await other.hear('KMD')).map(({ node }) => node)).toEqual(['blue-1']);
  expect(await redis.connection.hlen('{tocsin}:voices:KMD')).toBe(1);
  expect(await redis.connection.pttl('{tocsin}:voices:KMD')).toBeGreaterThan(23 * HOUR_MS);
});
