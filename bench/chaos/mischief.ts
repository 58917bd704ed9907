import { setTimeout as wait } from 'node:timers/promises';

import type { Book } from './book.ts';
import { randomOf } from './random.ts';
import type { Stage } from './stage.ts';

const REDIS_AWAY_MS = 800;
const OUTAGE_MS = { least: 2_000, most: 7_000 };

interface Mischief {
  /** To be called before each kill, with its number: seldom something else goes wrong as well, one thing at a time. */
  maybe(kill: number): void;
  /** What was begun has ended, what has not come yet has come, and both chats answer. */
  over(): Promise<void>;
}

/** `part`, from 0 to 1: how long, between the shortest and the longest. */
type Deed = (part: number) => Promise<void>;

interface Chat {
  refuse(): Promise<void>;
  restore(): Promise<void>;
}

/** Kills Redis, both processes at one moment, and takes the chats away, among the kills. */
export function createMischief(
  { twins, redis, discord, matrix }: Stage,
  book: Book,
  kills: number,
  seed: number,
): Mischief {
  const random = randomOf(seed, 'mischief');
  let side: Promise<void> | undefined;

  const killRedis = async (part: number): Promise<void> => {
    book.count.redisKills += 1;
    await redis.kill('SIGKILL');
    await wait(part * REDIS_AWAY_MS);
    await redis.restart();
  };
  /** As when the current fails. */
  const killAll = async (part: number): Promise<void> => {
    book.count.both += 1;
    await Promise.all([...twins.map((twin) => twin.kill('SIGKILL')), killRedis(part)]);
  };
  const outage =
    (...chats: readonly Chat[]): Deed =>
    async (part) => {
      book.count.outages += 1;
      await Promise.all(chats.map((chat) => chat.refuse()));
      await wait(OUTAGE_MS.least + part * (OUTAGE_MS.most - OUTAGE_MS.least));
      await Promise.all(chats.map((chat) => chat.restore()));
    };
  const drop = (): Promise<void> => Promise.resolve(discord.gateway.drop());

  /** Of a hundred kills so many come with it; each kind comes at least once, at its share of the run. */
  const kinds: readonly (readonly [share: number, surelyAt: number, deed: Deed])[] = [
    [0.05, 0.2, killRedis],
    [0.015, 0.35, outage(discord)],
    [0.01, 0.55, outage(matrix)],
    [0.005, 0.7, outage(discord, matrix)],
    [0.01, 0.85, killAll],
    [0.04, 0.9, drop],
  ];
  const due = kinds.map(([, share, deed]) => ({ from: Math.ceil(kills * share), deed }));

  function draw(luck: number): Deed | undefined {
    for (const [share, , deed] of kinds) {
      if (luck < share) return deed;
      luck -= share;
    }
    return undefined;
  }

  return {
    maybe(kill) {
      // Drawn at each kill, needed or not: so the seed repeats it.
      const [drawn, part] = [draw(random()), random()];
      if (side) return;
      const [owed] = due;
      const deed = owed && kill >= owed.from ? due.shift()?.deed : drawn;
      side = deed?.(part).finally(() => (side = undefined));
    },
    async over() {
      await side;
      for (const { deed } of due) await deed(random());
      await Promise.all([discord.restore(), matrix.restore()]);
    },
  };
}
