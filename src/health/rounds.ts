import { createHash } from 'node:crypto';

import { keyOf } from '#src/domain/key.ts';
import type { Target } from '#src/domain/node.ts';

/** When a service is patrolled: at `offsetMs` of each interval, counted from 1970. */
export interface Round {
  /** The same for the same service, on every process and after every restart. */
  readonly id: string;
  readonly node: string;
  readonly service: string;
  readonly everyMs: number;
  readonly offsetMs: number;
}

/** The rounds of a fleet, spread over the interval so that services are not all looked at at once. */
export const roundsOf = (targets: readonly Target[], everyMs: number): readonly Round[] =>
  targets.map(({ node, service }) => ({
    id: keyOf('patrol', node.id, service.id),
    node: node.id,
    service: service.id,
    everyMs,
    offsetMs: offsetOf(node.id, service.id, everyMs),
  }));

/** When the next turn of a round is, strictly after `after`; milliseconds since 1970. */
export function nextTurn({ everyMs, offsetMs }: Round, after: number): number {
  const turns = Math.floor((after - offsetMs) / everyMs) + 1;
  return turns * everyMs + offsetMs;
}

/** A place within the interval that looks random and never changes. */
function offsetOf(node: string, service: string, everyMs: number): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([node, service]))
    .digest();
  return Math.floor((digest.readUInt32BE() / 2 ** 32) * everyMs);
}
