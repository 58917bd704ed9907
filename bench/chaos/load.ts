import { setTimeout as wait } from 'node:timers/promises';

import type { Book, Episode, Fired } from './book.ts';
import { between, oneOf, type Random, randomOf } from './random.ts';
import { AREAS, OPERATORS, type Stage } from './stage.ts';

const EVERY_MS = 420;
/** Where the machine is slow, so is the load: else the run would show the machine. */
const PER_KILL = 4;
const AHEAD = 40;
/** Again soon, and then at growing intervals. */
const RETRY_MS = { first: 200, most: 2_000 };
const GIVE_UP_MS = 90_000;

export interface Load {
  /** No new alerts; those begun are brought to their end at once. */
  stop(): Promise<void>;
}

/** Tells what is visible outside by now. */
export interface Eyes {
  /** The Discord message of an episode in its room, if it has one of its own. */
  own(alert: Fired, episode: Episode): string | undefined;
  isSeen(alert: Fired, episode: Episode): boolean;
  showsEnd(alert: Fired, episode: Episode): boolean;
}

/** Fires alerts at a steady pace and ends most of them, as a producer that repeats what was not answered by 202. */
export function startLoad(stage: Stage, book: Book, eyes: Eyes, seed: number): Load {
  const random = randomOf(seed, 'load');
  const ending = new AbortController();
  const under = new Set<Promise<void>>();
  const background = (deed: Promise<void>): void => {
    book.busy += 1;
    const done = deed.finally(() => {
      book.busy -= 1;
      under.delete(done);
    });
    under.add(done);
  };

  async function run(): Promise<void> {
    for (let number = 1; !ending.signal.aborted; number++) {
      await until(() => number <= AHEAD + PER_KILL * book.count.kills, ending.signal);
      const alert = made(number, random);
      book.alerts.push(alert);
      const plan = {
        endsAfterMs: random() < 0.75 ? between(random, 2_000, 20_000) : undefined,
        again: random() < 0.2,
        againMs: between(random, 100, 15_000),
        twice: random() < 0.1,
      };
      background(live(alert, plan));
      await wait(-Math.log(1 - random()) * EVERY_MS, undefined, { signal: ending.signal }).catch(
        () => undefined,
      );
    }
  }

  async function live(
    alert: Fired,
    plan: { endsAfterMs: number | undefined; again: boolean; againMs: number; twice: boolean },
  ): Promise<void> {
    const pass = (ms: number): Promise<void> =>
      wait(ms, undefined, { signal: ending.signal }).catch(() => undefined);
    const first = await fire(alert, plan.twice);
    if (!first || plan.endsAfterMs === undefined) return;
    await pass(plan.endsAfterMs);
    if (!(await end(alert, first)) || !plan.again || ending.signal.aborted) return;
    // A message that is still on its way when its alert begins anew would rightly say nothing any more.
    const shown = await until(() => eyes.showsEnd(alert, first), ending.signal);
    const second = shown && (await fire(alert, plan.twice));
    if (!second) return;
    await pass(plan.againMs);
    await end(alert, second);
  }

  async function fire(alert: Fired, twice: boolean): Promise<Episode | undefined> {
    const number = alert.episodes.length + 1;
    const token = `${alert.name.replace('Chaos', 'T')}e${number}`;
    const episode: Episode = {
      number,
      token,
      acceptedAt: undefined,
      overAt: undefined,
      acknowledgedBy: undefined,
    };
    alert.episodes.push(episode);
    const startsAt = new Date().toISOString();
    const signal = { labels: alert.labels, annotations: { summary: `It is ${token}.` }, startsAt };
    episode.acceptedAt = await accepted(alert, signal);
    if (twice && episode.acceptedAt) await accepted(alert, signal);
    return episode.acceptedAt === undefined ? undefined : episode;
  }

  async function end(alert: Fired, episode: Episode): Promise<boolean> {
    const annotations = { summary: `It is ${episode.token}.` };
    const signal = {
      labels: alert.labels,
      annotations,
      status: 'resolved',
      endsAt: new Date().toISOString(),
    };
    episode.overAt = await accepted(alert, signal);
    return episode.overAt !== undefined;
  }

  /** When 202 was said; undefined when it never was. */
  async function accepted(alert: Fired, signal: object): Promise<number | undefined> {
    const giveUpAt = Date.now() + GIVE_UP_MS;
    for (let waitMs = RETRY_MS.first; Date.now() < giveUpAt; waitMs = Math.min(RETRY_MS.most, waitMs * 1.5)) {
      book.count.requests += 1;
      const answer = await stage.ingress('alerts', signal).catch(() => undefined);
      if (answer?.status === 202) {
        alert.id = (answer.body as { accepted: string[] }).accepted[0];
        return Date.now();
      }
      if (answer && answer.status < 500 && answer.status !== 429) {
        throw new Error(
          `The ingress refused what it should take: ${answer.status} ${JSON.stringify(answer.body)}`,
        );
      }
      await wait(waitMs);
    }
    return undefined;
  }

  const running = run();
  return {
    async stop() {
      ending.abort();
      await running;
      await Promise.all(under);
    },
  };
}

function made(number: number, random: Random): Fired {
  const name = `Chaos${number}`;
  const operator = Math.floor(random() * OPERATORS);
  const severity = oneOf(random, ['critical', 'warning', 'warning', 'warning', 'info', 'info'] as const);
  const area = Math.floor(random() * (AREAS + 1));
  const room = severity === 'critical' ? 'ops' : area === AREAS ? 'notaries' : `area${area}`;
  const labels = { alertname: name, severity, seat: `seat${operator}`, area: `${area}` };
  return { name, severity, room, operator, labels, episodes: [], id: undefined };
}

/** False when the end came first. */
export async function until(look: () => boolean, ending: AbortSignal): Promise<boolean> {
  while (!ending.aborted) {
    if (look()) return true;
    await wait(300);
  }
  return look();
}
