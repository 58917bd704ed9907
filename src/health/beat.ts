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
const MOST_BUSY = 64;
/** Who has not answered by then is waited for, and does nothing meanwhile. */
const BUSY_MS = 200;
/** Turns that end are told of together. */
const TOGETHER_MS = 15;
/** How long another process's doings may go unnoticed. */
const IDLE_MS = 250;
const RETRY_MS = 1_000;
/** What runs when the end comes gets so long. */
const DRAIN_MS = 2_000;

export function createBeat({ turns, patrol, fleets, warn }: BeatNeeds): Beat {
  const running = new Map<Promise<void>, ServiceName>();
  let ended: EndedTurn[] = [];
  let busy = 0;
  const stopping = new AbortController();
  let walking = Promise.resolve();
  let wake = Promise.withResolvers<void>();

  async function look(name: ServiceName): Promise<void> {
    const began = Date.now();
    busy++;
    const idle = setTimeout(release, BUSY_MS);
    let isBusy = true;
    function release(): void {
      if (!isBusy) return;
      isBusy = false;
      busy--;
      wake.resolve();
    }
    try {
      const target = targetOf(name);
      if (target) await patrol.patrolService(target);
    } catch (error) {
      warn(error);
    } finally {
      clearTimeout(idle);
      release();
      const target = targetOf(name);
      if (target) {
        const round = roundOf(target, fleets.current().patrol.everyMs);
        ended.push({ ...name, nextInMs: nextTurnIn(round, began, Date.now()) });
      }
    }
  }

  const targetOf = ({ node, service }: ServiceName): Target | undefined =>
    fleets.current().target(node, service);

  /** Resolves with how long there is nothing to do. */
  async function step(): Promise<number> {
    const limit = Math.max(0, Math.min(MOST_LOOKS - running.size, MOST_BUSY - busy));
    const change = { ended, limit };
    ended = [];
    try {
      const { taken, nextInMs = IDLE_MS } = await turns.turn(change);
      for (const name of taken) {
        const looking = look(name).finally(() => running.delete(looking));
        running.set(looking, name);
      }
      return taken.length === limit ? IDLE_MS : Math.min(nextInMs, IDLE_MS);
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
      await walking;
      await Promise.race([Promise.allSettled(running.keys()), delay(DRAIN_MS, undefined, { ref: false })]);
      // Whoever works on takes them up at once.
      const left = [...running.values()].map((name) => ({ ...name, nextInMs: 0 }));
      await turns.turn({ ended: [...ended, ...left], limit: 0 }).catch(warn);
    },
  };
}
