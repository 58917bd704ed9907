import type { Quiet } from '#src/domain/operator.ts';
import { instantOf, wallOf } from '#src/domain/wall-clock.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** When the quiet hours end that it is in at this moment; undefined outside of them. */
export function quietEnd({ from, to, zone }: Quiet, at: Date): Date | undefined {
  const wall = wallOf(at.getTime(), zone);
  const midnight = Math.floor(wall / DAY_MS) * DAY_MS;
  const [begins, ends] = [midnight + ofDay(from), midnight + ofDay(to)];
  const overNight = begins > ends;
  const isQuiet = overNight ? wall >= begins || wall < ends : wall >= begins && wall < ends;
  if (!isQuiet) return undefined;
  const end = instantOf(overNight && wall >= begins ? ends + DAY_MS : ends, zone);
  // In the night in which the clocks go back an hour comes twice: the quiet ends with the first.
  return end > at.getTime() ? new Date(end) : undefined;
}

/** Milliseconds of `23:30` since midnight. */
function ofDay(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE_MS;
}
