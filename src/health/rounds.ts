import { createHash } from 'node:crypto';

import type { Target } from '#src/domain/node.ts';
import type { Round } from '#src/domain/turns.ts';

/** The round of a service: at a place within its interval that looks random and never changes, so that they are spread. */
export function roundOf({ node, service }: Target, everyMs: number): Round {
  const every = service.everyMs ?? everyMs;
  return {
    node: node.id,
    service: service.id,
    everyMs: every,
    offsetMs: offsetOf(node.id, service.id, every),
  };
}

/** When the next turn of a round is, strictly after `after`; milliseconds since 1970. */
export function nextTurn({ everyMs, offsetMs }: Round, after: number): number {
  const turns = Math.floor((after - offsetMs) / everyMs) + 1;
  return turns * everyMs + offsetMs;
}

/** In how long the next turn is after one that began at `began`: at its place again, but never right after this one. */
export const nextTurnIn = (round: Round, began: number, now: number): number =>
  Math.max(0, nextTurn(round, began + round.everyMs / 2) - now);

function offsetOf(node: string, service: string, everyMs: number): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([node, service]))
    .digest();
  return Math.floor((digest.readUInt32BE() / 2 ** 32) * everyMs);
}
