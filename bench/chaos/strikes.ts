import { setTimeout as wait } from 'node:timers/promises';

import type { Book } from './book.ts';
import { between, randomOf } from './random.ts';
import type { Stage } from './stage.ts';

/** So many kills come before the program was ready. */
const EARLY = 0.35;
const MOST_LIFE_MS = 2_000;
const OUTAGE_MS = { least: 3_000, most: 9_000 };

/** Kills the program so many times, and Redis and the chats among it; the program runs when it resolves. */
export async function strike(
  { tocsin, redis, discord, matrix }: Stage,
  book: Book,
  kills: number,
  seed: number,
  say: (line: string) => void,
): Promise<void> {
  const random = randomOf(seed, 'strikes');
  const side = new Set<Promise<void>>();
  const beside = (deed: Promise<void>): void => {
    const done = deed.finally(() => side.delete(done));
    side.add(done);
  };
  const killRedis = async (): Promise<void> => {
    book.count.redisKills += 1;
    await redis.kill('SIGKILL');
    await wait(between(random, 0, 800));
    await redis.restart();
  };
  const outage = async (
    chats: readonly { refuse(): Promise<void>; restore(): Promise<void> }[],
  ): Promise<void> => {
    book.count.outages += 1;
    await Promise.all(chats.map((chat) => chat.refuse()));
    await wait(between(random, OUTAGE_MS.least, OUTAGE_MS.most));
    await Promise.all(chats.map((chat) => chat.restore()));
  };
  const mischief = async (kill: number): Promise<void> => {
    const luck = random();
    const at = (share: number): boolean => kill === Math.ceil(kills * share);
    // Each kind comes at least once, after the one before is over.
    if ([0.3, 0.45, 0.65, 0.8].some(at)) await Promise.all(side);
    else if (side.size > 0) return;
    if (at(0.3) || luck < 0.05) beside(killRedis());
    else if (at(0.45) || luck < 0.065) beside(outage([discord]));
    else if (at(0.65) || luck < 0.075) beside(outage([matrix]));
    else if (at(0.8) || luck < 0.08) beside(outage([discord, matrix]));
    else if (luck < 0.12) discord.gateway.drop();
  };

  await tocsin.kill('SIGKILL');
  for (let kill = 1; kill <= kills; kill++) {
    await mischief(kill);
    const ready = tocsin.restart().then(
      () => true,
      () => false,
    );
    const [early, life] = [random() < EARLY, random()];
    if (early) await wait(100 + life * 1_400);
    // Mostly soon, seldom late: what is done at the start is as worth interrupting as what follows.
    else if (await ready) await wait(life * life * MOST_LIFE_MS);
    await tocsin.kill('SIGKILL');
    await ready;
    await tocsin.kill('SIGKILL');
    book.count.kills += 1;
    if (early) book.count.early += 1;
    if (kill % 50 === 0) say(`${kill} kills, ${book.alerts.length} alerts`);
  }
  await Promise.all(side);
  await Promise.all([discord.restore(), matrix.restore()]);
  await tocsin.restart();
}
