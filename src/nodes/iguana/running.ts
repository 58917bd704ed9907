import { setTimeout as pause } from 'node:timers/promises';

import type { Executor } from '#src/domain/executor.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import { factsBefore } from '../check.ts';
import { isLoopback } from '../way.ts';

/** An iguana, as long as it is the same one. */
export interface Running {
  /** When it was first seen by a patrol. */
  readonly since: Date;
  /** Tells it from the next one; undefined where the machine does not let us see it. */
  readonly process?: string | undefined;
}

interface Seen {
  readonly target: Target;
  readonly executor?: Executor | undefined;
  readonly earlier?: ServiceHealth | undefined;
  readonly now: Date;
}

/** The check whose facts carry it from look to look. */
export const ANSWERS = 'iguana-answers';
const WITHIN_MS = 1_000;

/** Whether it is still the one of the last look, told by its process. */
export async function runningNow({ target, executor, earlier, now }: Seen): Promise<Running> {
  const before = factsBefore(ANSWERS, { earlier });
  const process = await processAt(target, executor);
  const began = before['process'] === process ? Date.parse(String(before['runsSince'])) : Number.NaN;
  return { process, since: Number.isNaN(began) ? now : new Date(began) };
}

async function processAt({ node, service }: Target, executor?: Executor): Promise<string | undefined> {
  const url = service.url ?? '';
  if (!executor || !isLoopback(url)) return undefined;
  const found = await Promise.race([
    executor.listening(node, Number(new URL(url).port)).catch(() => undefined),
    pause(WITHIN_MS, undefined, { ref: false }),
  ]);
  return found && `${found.pid} of ${found.startedAt}`;
}

/** Long enough for the scripts that start an iguana to have begun its first dPoW. */
export const SETTLED_MS = 10 * 60_000;
