import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { startRedis } from '#test/real/redis.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type Discord, startDiscord } from '#test/stand-ins/discord/discord.ts';
import { openDirectChannel } from '#test/stand-ins/discord/world.ts';
import { type Matrix, startMatrix } from '#test/stand-ins/matrix/matrix.ts';

/**
 * Two operators of one seat, one on Discord and one on Matrix, say *done* at the same instant, 200 times over: one
 * acknowledgement each, and both see whose it is within five seconds.
 */
const PAIRS = 200;
/** So many pairs do it at once. */
const AT_ONCE = 8;
const SEEN_WITHIN_MS = 5_000;

interface Pair {
  readonly seat: string;
  readonly discord: string;
  readonly matrix: string;
}

interface Entry {
  readonly seat: string;
  readonly reachedBy?: string;
  readonly acknowledgedBy?: string;
  readonly acknowledgedOn?: string;
  readonly answer?: string;
  readonly revision: number;
}

let stack: AsyncDisposableStack;
let discord: Discord;
let matrix: Matrix;
let tocsin: RunningTocsin;
let coordinator: string;
const pairs: Pair[] = [];

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const records = new Redis(redis.url);
  stack.defer(() => records.disconnect());
  discord = stack.use(await startDiscord());
  matrix = stack.use(await startMatrix());
  const { world } = matrix;
  coordinator = discord.user({ name: 'dave' }).id;
  for (let index = 0; index < PAIRS; index++) {
    const handle = discord.user({ name: `d${index}` }).id;
    // How fast channels to new people may be opened is a budget of its own.
    await records.hset('{tocsin}:directs:discord', handle, openDirectChannel(discord.state, handle).id);
    pairs.push({ seat: `seat${index}`, discord: handle, matrix: `@m${index}:${world.serverName}` });
  }
  const notaries = {
    id: 'notaries',
    discord: discord.channel({ name: 'notaries' }).id,
    matrix: world.room('notaries', [world.bot.userId]).id,
  };
  tocsin = stack.use(
    await startTocsin({
      env: {
        REDIS_URL: redis.url,
        DISCORD_TOKEN: discord.token,
        DISCORD_GUILD_ID: discord.guildId,
        DISCORD_API_URL: discord.api,
        MATRIX_HOMESERVER_URL: matrix.url,
        MATRIX_ACCESS_TOKEN: world.bot.accessToken,
      },
      fleet: {
        network: 'one-answer',
        rooms: [notaries],
        teams: [
          { id: 'staff', operators: [{ id: 'dave', role: 'coordinator', discord: coordinator }] },
          ...pairs.map((pair, index) => ({
            id: `team${index}`,
            operators: [
              { id: `d${index}`, role: 'notary', discord: pair.discord },
              { id: `m${index}`, role: 'notary', matrix: pair.matrix },
            ],
            seats: [{ id: pair.seat }],
          })),
        ],
        patrol: { every: '1h' },
      },
    }),
  );
  await discord.until(
    () => discord.commands().guild.length > 0 && discord.commands().global.length > 0,
    30_000,
  );
});
afterAll(() => stack.disposeAsync());

const roomOf = (user: string) =>
  [...matrix.world.rooms.values()].find(({ name, members }) => name !== 'notaries' && members.has(user));
const inMatrix = (user: string) => {
  const room = roomOf(user);
  return room && matrix.messages(room.id).find(({ body }) => body.includes('Same instant'));
};
const inDiscord = (handle: string) =>
  discord.directMessages(handle).find(({ embeds }) => JSON.stringify(embeds).includes('Same instant'));

/** Presses at the same instant; resolves with who it was and how long it took until both had it before their eyes. */
async function answerTogether({ seat, discord: handle, matrix: user }: Pair) {
  const [button, event] = [inDiscord(handle)!, inMatrix(user)!.event];
  const began = Date.now();
  const pressing = discord.as(handle).press(button.id, '✅ Done');
  matrix.react(event.room_id, user, event.event_id, '✅');
  await pressing;
  const winners = [seat.replace('seat', 'd'), seat.replace('seat', 'm')];
  const winner = await vi.waitUntil(
    () => {
      const [one, two] = [JSON.stringify(inDiscord(handle)?.embeds), inMatrix(user)?.body ?? ''];
      const open = (inDiscord(handle)?.components ?? []).length > 0 || two.includes("I'm on it");
      return !open && winners.find((who) => [one, two].every((shown) => shown?.includes(`done: ${who},`)));
    },
    { timeout: 30_000, interval: 20 },
  );
  return { seat, winner, tookMs: Date.now() - began };
}

test('one acknowledgement each, and both see it within five seconds', async () => {
  const { body } = await tocsin.ingress('notices', { subject: 'Same instant', text: 'Say so.' });
  const { id } = body as { readonly id: string };
  await discord.as(coordinator).slash('/approve', { id }, { dm: true });
  const everybody = () => pairs.every((pair) => inDiscord(pair.discord) && inMatrix(pair.matrix));
  await vi.waitUntil(everybody, { timeout: 60_000, interval: 100 });

  const seen: Awaited<ReturnType<typeof answerTogether>>[] = [];
  for (let from = 0; from < PAIRS; from += AT_ONCE) {
    seen.push(...(await Promise.all(pairs.slice(from, from + AT_ONCE).map(answerTogether))));
  }
  const times = seen.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  const byMatrix = seen.filter(({ winner }) => winner?.startsWith('m')).length;
  console.log(
    `${PAIRS} pairs: seen by both after p50 ${times[PAIRS / 2]} ms, at most ${times.at(-1)} ms; first on Matrix ${byMatrix}, on Discord ${PAIRS - byMatrix}`,
  );
  expect(times.at(-1)).toBeLessThanOrEqual(SEEN_WITHIN_MS);

  const answer = await tocsin.api(`notices/${id}`);
  const { counts, seats } = answer.body as { counts: object; seats: readonly Entry[] };
  expect(counts).toMatchObject({ seats: PAIRS, reached: PAIRS, acknowledged: PAIRS, missing: 0 });
  const shown = new Map(seen.map(({ seat, winner }) => [seat, winner]));
  for (const entry of seats) {
    expect(entry).toMatchObject({ answer: 'done', acknowledgedBy: shown.get(entry.seat) });
    // Begun, reached, answered: whoever came second changed nothing.
    expect(entry.revision).toBe(3);
  }
  // Nobody was told twice, on either.
  for (const { discord: handle, matrix: user } of pairs) {
    const cards = discord
      .directMessages(handle)
      .filter(({ embeds }) => JSON.stringify(embeds).includes(`notice ${id} ·`));
    expect(cards.filter(({ embeds }) => JSON.stringify(embeds).includes('Say so.'))).toHaveLength(1);
    expect(
      matrix.messages(roomOf(user)!.id).filter(({ body: text }) => text.includes('Say so.')),
    ).toHaveLength(1);
  }
}, 300_000);
