import { setTimeout as wait } from 'node:timers/promises';

import type { Book } from './book.ts';
import { between, randomOf } from './random.ts';
import type { Stage } from './stage.ts';

const OUTAGE_MS = { least: 2_000, most: 7_000 };

interface Mischief {
  /** To be called before each kill, with its number: seldom something else goes wrong as well, one thing at a time. */
  maybe(kill: number): void;
  /** What was begun has ended, what has not come yet has come, and both chats answer. */
  over(): Promise<void>;
}

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

  const killRedis = async (): Promise<void> => {
    book.count.redisKills += 1;
    await redis.kill('SIGKILL');
    await wait(between(random, 0, 800));
    await redis.restart();
  };
  /** As when the current fails. */
  const killAll = async (): Promise<void> => {
    book.count.both += 1;
    await Promise.all([...twins.map((twin) => twin.kill('SIGKILL')), killRedis()]);
  };
  const outage = async (...chats: readonly Chat[]): Promise<void> => {
    book.count.outages += 1;
    await Promise.all(chats.map((chat) => chat.refuse()));
    await wait(between(random, OUTAGE_MS.least, OUTAGE_MS.most));
    await Promise.all(chats.map((chat) => chat.restore()));
  };
  const drop = (): Promise<void> => Promise.resolve(discord.gateway.drop());

  /** Of a hundred kills so many come with it; each kind comes at least once, at its share of the run. */
  const kinds: readonly (readonly [share: number, surelyAt: number, deed: () => Promise<void>])[] = [
    [0.05, 0.2, killRedis],
    [0.015, 0.35, () => outage(discord)],
    [0.01, 0.55, () => outage(matrix)],
    [0.005, 0.7, () => outage(discord, matrix)],
    [0.01, 0.85, killAll],
    [0.04, 0.9, drop],
  ];
  const due = kinds.map(([, share, deed]) => ({ from: Math.ceil(kills * share), deed }));

  function draw(): (() => Promise<void>) | undefined {
    let luck = random();
    for (const [share, , deed] of kinds) {
      if (luck < share) return deed;
      luck -= share;
    }
    return undefined;
  }

  return {
    maybe(kill) {
      const drawn = draw();
      if (side) return;
      const [owed] = due;
      const deed = owed && kill >= owed.from ? due.shift()?.deed : drawn;
      side = deed?.().finally(() => (side = undefined));
    },
    async over() {
      await side;
      for (const { deed } of due) await deed();
      await Promise.all([discord.restore(), matrix.restore()]);
    },
  };
}
