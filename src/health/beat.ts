import { setTimeout as delay } from 'node:timers/promises';

import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import type { EndedTurn, Turns } from '#src/domain/turns.ts';
import type { Patrol } from './patrol.ts';
import { nextTurnIn, roundOf } from './rounds.ts';

interface BeatNeeds {
  readonly turns: Turns;
  readonly patrol: Pick<Patrol, 'patrolService'>;
  readonly fleets: Fleets;
  /** Told what went wrong in the background. */
  readonly warn: (error: unknown) => void;
}

/**
 * Walks the rounds of the fleet: takes the turns that are due, as many as this process can do with, and has them
 * patrolled. What hangs holds up nobody.
 */
export interface Beat extends AsyncDisposable {
  start(): void;
  /** The fleet is this now. */
  follow(): Promise<void>;
}

/** Looks at once: one that hangs costs a socket and a timer. */
const MOST_LOOKS = 4_000;
/** Looks that are still at work, not only waiting: more at once would make each other late. */
const MOST_BUSY = 24;
/** Who has not answered by then is waited for, and does nothing meanwhile. */
const BUSY_MS = 100;
/** A look that took so long did nothing but wait. */
const HUNG_MS = 4_500;
/** Begun at once of those that hung before: they may all be well again. */
const MOST_HUNG = 200;
/** Turns that end are told of together. */
const TOGETHER_MS = 5;
/** How long another process's doings may go unnoticed. */
const IDLE_MS = 250;
const RETRY_MS = 1_000;
/** What runs when the end comes gets so long. */
const DRAIN_MS = 1_500;

export function createBeat({ turns, patrol, fleets, warn }: BeatNeeds): Beat {
  const running = new Map<Promise<void>, ServiceName>();
  let ended: EndedTurn[] = [];
  let busy = 0;
  const stopping = new AbortController();
  let walking = Promise.resolve();
  let wake = Promise.withResolvers<void>();

  async function look(name: ServiceName): Promise<void> {
    const began = Date.now();
    const target = targetOf(name);
    if (!target) return;
    const leave = enter();
    let hung = false;
    try {
      const { tookMs } = await patrol.patrolService(target);
      hung = tookMs >= HUNG_MS;
    } catch (error) {
      warn(error);
    } finally {
      leave();
      const round = roundOf(target, fleets.current().patrol.everyMs);
      ended.push({ ...name, nextInMs: nextTurnIn(round, began, Date.now()), hung });
    }
  }

  /** Counts a look as at work, until it is over or does nothing but wait. */
  function enter(): () => void {
    busy++;
    let isIn = true;
    const leave = (): void => {
      clearTimeout(idle);
      if (!isIn) return;
      isIn = false;
      busy--;
      wake.resolve();
    };
    let idle = setTimeout(judge, BUSY_MS);
    let began = performance.now();
    /** Where the timer itself is late, it is not the daemon that is slow: more looks would make all of them late. */
    function judge(): void {
      const now = performance.now();
      if (now - began < 2 * BUSY_MS) return leave();
      began = now;
      idle = setTimeout(judge, BUSY_MS);
    }
    return leave;
  }

  const targetOf = ({ node, service }: ServiceName): Target | undefined =>
    fleets.current().target(node, service);

  /** Resolves with how long there is nothing to do. */
  async function step(): Promise<number> {
    const room = Math.max(0, MOST_LOOKS - running.size);
    const limit = Math.max(0, Math.min(room, MOST_BUSY - busy));
    const change = { ended, limit, hungLimit: Math.min(room - limit, MOST_HUNG) };
    ended = [];
    try {
      const { taken, nextInMs = IDLE_MS } = await turns.turn(change);
      for (const name of taken) {
        const looking = look(name).finally(() => running.delete(looking));
        running.set(looking, name);
      }
      return limit === 0 ? IDLE_MS : Math.min(nextInMs, IDLE_MS);
    } catch (error) {
      ended.unshift(...change.ended);
      warn(error);
      return RETRY_MS;
    }
  }

  async function walk(): Promise<void> {
    while (!stopping.signal.aborted) {
      wake = Promise.withResolvers();
      const idleMs = await step();
      await Promise.race([wake.promise, delay(idleMs, undefined, { ref: false })]);
      await delay(TOGETHER_MS);
    }
  }

  return {
    start() {
      walking = walk();
    },
    async follow() {
      const { patrol: rules, targets } = fleets.current();
      await turns.keep(targets().map((target) => roundOf(target, rules.everyMs)));
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      wake.resolve();
      const within = (ms: number): Promise<void> => delay(ms, undefined, { ref: false });
      await Promise.race([walking.then(() => Promise.allSettled(running.keys())), within(DRAIN_MS)]);
      // Whoever works on takes them up at once.
      const left = [...running.values()].map((name) => ({ ...name, nextInMs: 0 }));
      const given = turns.turn({ ended: [...ended, ...left], limit: 0, hungLimit: 0 }).catch(warn);
      await Promise.race([given, within(DRAIN_MS)]);
    },
  };
}
