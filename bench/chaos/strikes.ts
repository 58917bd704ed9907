import { setTimeout as wait } from 'node:timers/promises';

import type { RunningTocsin } from '#test/real/tocsin.ts';

import type { Book } from './book.ts';
import { createMischief } from './mischief.ts';
import { between, randomOf } from './random.ts';
import type { Stage } from './stage.ts';

/** So many kills come before the program was ready. */
const EARLY = 0.35;
const EARLY_MS = { least: 100, most: 1_500 };
/** A life lasts up to so many times what its start took: on a slow machine, too, some get something done. */
const MOST_LIFE = 1.5;
/** So many sleep first, for longer than anything they hold lasts: who wakes must not believe that it holds it still. */
const PAUSED = 0.015;
const PAUSE_MS = { least: 6_500, most: 12_000 };
const TELL_EVERY = 50;

export interface Plan {
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Told what a life wrote, before the next begins. */
  readonly keep: (twin: number, output: string) => void;
}

/** Kills the processes so many times in all, each by a plan of its own, so that starts, lives and ends overlap; both run when it resolves. */
export async function strike(stage: Stage, book: Book, { kills, seed, say, keep }: Plan): Promise<void> {
  const { twins } = stage;
  const mischief = createMischief(stage, book, kills, seed);

  async function haunt(twin: RunningTocsin, at: number): Promise<void> {
    const random = randomOf(seed, `strikes ${at}`);
    const share = Math.floor((kills + at) / twins.length);
    await twin.kill('SIGKILL');
    for (let done = 0; done < share; done++) {
      const [early, asleep, life] = [random() < EARLY, random() < PAUSED, random()];
      const began = Date.now();
      const ready = twin.restart().then(
        () => Date.now() - began,
        () => undefined,
      );
      if (early) await wait(EARLY_MS.least + life * (EARLY_MS.most - EARLY_MS.least));
      // Mostly soon, seldom late: what is done at the start is as worth interrupting as what follows.
      else await wait(life * life * MOST_LIFE * ((await ready) ?? 0));
      if (asleep && !early) await sleep(twin, between(random, PAUSE_MS.least, PAUSE_MS.most));
      mischief.maybe(book.count.kills + 1);
      await twin.kill('SIGKILL');
      await ready;
      await twin.kill('SIGKILL');
      keep(at, twin.output());
      book.count.kills += 1;
      if (early) book.count.early += 1;
      if (book.count.kills % TELL_EVERY === 0) say(`${book.count.kills} kills, ${book.alerts.length} alerts`);
    }
  }

  async function sleep({ pid }: RunningTocsin, ms: number): Promise<void> {
    book.count.pauses += 1;
    if (!signal(pid, 'SIGSTOP')) return;
    await wait(ms);
    signal(pid, 'SIGCONT');
    await wait(300);
  }

  await Promise.all(twins.map(haunt));
  await mischief.over();
  await Promise.all(twins.map((twin) => twin.restart()));
}

/** False when it is gone already. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
