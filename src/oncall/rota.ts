import type { Rota, Turns } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { instantOf, wallOf } from '#src/domain/wall-clock.ts';

/** Who has the turn at an instant, and until when; without turns, for ever. */
export function turnAt({ order, turns }: Rota, atMs: number): { operator?: OperatorId; untilMs?: number } {
  const [first] = order;
  if (first === undefined) return {};
  if (turns === undefined || order.length === 1) return { operator: first };
  const turn = numberAt(turns, atMs);
  const at = ((turn % order.length) + order.length) % order.length;
  return { operator: order[at] ?? first, untilMs: beginOf(turns, turn + 1) };
}

/** The turn an instant is in: 0 begins at `sinceMs`, those before it are negative. */
function numberAt(turns: Turns, atMs: number): number {
  const { shiftMs, sinceMs, zone } = turns;
  const passed = zone === undefined ? atMs - sinceMs : wallOf(atMs, zone) - wallOf(sinceMs, zone);
  // By the clock on the wall it may be a turn off, in the hour that is shown twice or not at all.
  let turn = Math.floor(passed / shiftMs);
  while (beginOf(turns, turn) > atMs) turn -= 1;
  while (beginOf(turns, turn + 1) <= atMs) turn += 1;
  return turn;
}

function beginOf({ shiftMs, sinceMs, zone }: Turns, turn: number): number {
  if (zone === undefined) return sinceMs + turn * shiftMs;
  return instantOf(wallOf(sinceMs, zone) + turn * shiftMs, zone);
}
