import type { Duty, Override, Rota } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';

import { turnAt } from './rota.ts';

/** What is known of a team. */
export interface Roster {
  readonly team: string;
  readonly rota?: Rota | undefined;
  /** In the order in which they were set: the later one wins. */
  readonly overrides: readonly Override[];
}

interface Standing {
  readonly operator?: OperatorId | undefined;
  readonly override?: Override | undefined;
  /** Nothing changes before. */
  readonly untilMs?: number | undefined;
}

/** Who is first at an instant, and why. */
export function standingAt({ rota, overrides }: Roster, atMs: number): Standing {
  const override = overrides.findLast(
    ({ from, until }) => Date.parse(from) <= atMs && atMs < Date.parse(until),
  );
  const turn = rota ? turnAt(rota, atMs) : {};
  const changes = overrides.flatMap(({ from, until }) => [Date.parse(from), Date.parse(until)]);
  const untilMs = Math.min(...[turn.untilMs ?? Infinity, ...changes].filter((change) => change > atMs));
  return {
    operator: override?.operator ?? turn.operator,
    override,
    untilMs: Number.isFinite(untilMs) ? untilMs : undefined,
  };
}

/** Changes that are looked through for somebody else to come. */
const MOST_CHANGES = 50;

/** Who is first at an instant and who comes next; undefined when nobody is named. */
export function dutyAt(roster: Roster, at: Date): Duty | undefined {
  const now = standingAt(roster, at.getTime());
  if (now.operator === undefined) return undefined;
  const { team } = roster;
  const duty = { team, operator: now.operator, override: now.override };
  let change = now.untilMs;
  for (let changes = 0; change !== undefined && changes < MOST_CHANGES; changes++) {
    const then = standingAt(roster, change);
    if (then.operator !== now.operator)
      return { ...duty, next: { operator: then.operator, at: new Date(change).toISOString() } };
    change = then.untilMs;
  }
  return duty;
}
