import type { Condition, Report } from './platform.ts';
import { inMinutes } from './time.ts';

/** How a platform stands. */
export interface Standing {
  readonly id: string;
  readonly name: string;
  readonly condition: Condition;
  readonly reported?: Report | undefined;
}

/** Nothing to say of it. */
export const isWell = ({ condition, reported }: Standing): boolean => condition.up && reported === undefined;

/** One line for people. */
export function inWords({ name, condition, reported }: Standing): string {
  const state = condition.up
    ? `${name} is connected.`
    : `${name} is down since ${inMinutes(condition.since.toISOString())} (${condition.why}): messages go another way.`;
  return reported ? `${state} Its status page says: ${reported.words}.` : state;
}
