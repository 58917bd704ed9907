import type { Notice } from './notice.ts';
import { inMinutes } from './time.ts';

/** Written where a height is not decided yet. */
export const PLACEHOLDER_HEIGHT = 777_333_777_333;

/** When a notice is really due: the earliest of what it names, or what the rule says where it names nothing. */
export interface Due {
  /** Undefined: nothing is set, or nobody can tell when the height will come. */
  readonly at?: Date | undefined;
  readonly by: 'time' | 'height' | 'rule' | 'none';
  /** The whole deadline as people read it; what is estimated says so. */
  readonly words: string;
}

/** What the words of a deadline are made from. */
export interface Dated {
  readonly notice: Pick<Notice, 'deadline' | 'state'>;
  readonly due?: Due | undefined;
}

/** A deadline in words: a time, a height, or both; undefined where there is none. */
export function deadlineWords({ notice: { deadline }, due }: Dated): string | undefined {
  if (due) return due.words;
  const height = deadline?.height && `${deadline.coin ?? 'block'} height ${deadline.height}`;
  return [deadline?.time && inMinutes(deadline.time), height].filter(Boolean).join(' or ') || undefined;
}

/** The moment that counts, as far as it is known. */
export const dueAt = ({ notice: { deadline }, due }: Dated): Date | undefined =>
  due ? due.at : deadline?.time === undefined ? undefined : new Date(deadline.time);

/** `1 d 4 h left`, `overdue by 3 h`; undefined while it is not sent, after its end, and where no time is known. */
export function leftWords(dated: Dated, now: Date): string | undefined {
  const at = dueAt(dated);
  if (at === undefined || dated.notice.state !== 'sent') return undefined;
  const leftMs = at.getTime() - now.getTime();
  return leftMs >= 0 ? `${spanWords(leftMs)} left` : `overdue by ${spanWords(-leftMs)}`;
}

const MINUTE_MS = 60_000;
const UNITS = [
  ['d', 1_440],
  ['h', 60],
  ['min', 1],
] as const;

/** A span of time in its two greatest units: `6 d 2 h`, `45 min`, `under 1 min`. */
export function spanWords(ms: number): string {
  let left = Math.floor(ms / MINUTE_MS);
  const parts = UNITS.map(([unit, minutes]) => {
    const count = Math.floor(left / minutes);
    left %= minutes;
    return { count, words: `${count} ${unit}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return 'under 1 min';
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ words }) => words).join(' ');
}
