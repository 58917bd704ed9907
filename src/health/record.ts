import type { Logger } from 'pino';

import { wordsOf } from '#src/domain/errors.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { type Histories, keepMsOf } from '#src/domain/history.ts';
import type { Watcher } from '#src/domain/patrol.ts';

interface RecordNeeds {
  readonly histories: Pick<Histories, 'add'>;
  readonly fleets: Fleets;
  readonly logger: Logger;
  /** How long looks are collected before they are written. */
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 1_000;
/** Looks that wait while writing takes long; the oldest go first. */
const MOST_WAITING = 20_000;

/**
 * Writes down what patrols saw, the looks of a second together. No look waits for it, and none fails by it: a kill
 * costs that second. Disposal writes what is left.
 */
export function createRecord({
  histories,
  fleets,
  logger,
  everyMs = EVERY_MS,
}: RecordNeeds): Watcher & AsyncDisposable {
  let waiting: ServiceHealth[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    const seen = waiting;
    waiting = [];
    if (seen.length === 0) return;
    try {
      await histories.add(seen, keepMsOf(fleets.current()));
    } catch (error) {
      logger.warn({ looks: seen.length, why: wordsOf(error) }, 'looks are missing in the history');
    }
  }

  /** One after the other: the last figure of a bucket is that of the last look. */
  function flush(): Promise<void> {
    timer = undefined;
    return (writing = writing.then(write));
  }

  return {
    async saw(_target, health) {
      waiting.push(health);
      if (waiting.length > MOST_WAITING) waiting = waiting.slice(-MOST_WAITING / 2);
      timer ??= setTimeout(() => void flush(), everyMs);
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await flush();
    },
  };
}
