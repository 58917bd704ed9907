import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { Client, SimpleShardingStrategy } from 'discord.js';
import { expect, onTestFinished, test } from 'vitest';

import { restOptions } from '#src/chat/discord/api.ts';
import { leave } from '#src/chat/discord/leave.ts';
import type { Discord } from '#test/stand-ins/discord/discord.ts';

import { standIn } from './open.ts';

/** A client and how often its shard has begun to connect. */
function clientOf(discord: Discord) {
  const made: { strategy?: SimpleShardingStrategy } = {};
  const client = new Client({
    intents: ['Guilds'],
    rest: restOptions(discord.api),
    ws: { buildStrategy: (manager) => (made.strategy = new SimpleShardingStrategy(manager)) },
  });
  let attempts = 0;
  const connecting = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  client.on('debug', (words) => {
    if (words.includes('Connecting to') && ++attempts > 1) connecting.resolve();
    if (words.includes('Ready state: 3') && attempts > 2) waiting.resolve();
  });
  return { client, made, connecting: connecting.promise, waiting: waiting.promise, attempts: () => attempts };
}

test.for(['waiting', 'connecting'] as const)('a shard that is %s makes no further attempt', async (phase) => {
  const discord = await standIn();
  const opened = clientOf(discord);
  await opened.client.login(discord.token);
  await discord.refuse();
  await opened[phase];
  await leave(opened.client, opened.made.strategy);
  const before = opened.attempts();
  // discord.js tries every 500 ms.
  await delay(700);
  expect(opened.attempts()).toBe(before);
});

test('a socket that waits for its handshake is closed, and its failure harms nobody', async () => {
  const discord = await standIn();
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  onTestFinished(() => void mute.close());
  await once(mute, 'listening');
  const body = {
    url: `ws://127.0.0.1:${(mute.address() as AddressInfo).port}`,
    shards: 1,
    session_start_limit: { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 },
  };
  discord.faults.add({ match: { route: /gateway\/bot$/u }, kind: 'status', status: 200, body });
  const { client, made } = clientOf(discord);
  const connected = once(mute, 'connection');
  client.login(discord.token).catch(() => undefined);
  await connected;
  const closed = once(sockets[0] as Socket, 'close');
  sockets[0]?.resume();
  const began = performance.now();
  await leave(client, made.strategy);
  await closed;
  expect(performance.now() - began).toBeLessThan(1_500);
});
