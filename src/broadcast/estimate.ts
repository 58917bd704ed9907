import { type Due, PLACEHOLDER_HEIGHT } from '#src/domain/deadline.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { NoticeRules } from '#src/domain/notice-rules.ts';
import { profileOf } from '#src/domain/profile.ts';
import { inMinutes } from '#src/domain/time.ts';

/** The newest block of one node: its height, and the time it bears. */
export interface Tip {
  readonly height: number;
  readonly at: Date;
}

/** What a height's time is estimated from. */
export interface Pace {
  /** As the fleet's own nodes tell; none of them is believed alone. */
  readonly tips: readonly Tip[];
  /** Time between two blocks; undefined where the coin's profile does not tell. */
  readonly blockMs?: number | undefined;
}

const SECOND_MS = 1_000;
const YEAR_MS = 365.25 * 86_400_000;
/** A height that far away is not meant. */
const FARTHEST_MS = 50 * YEAR_MS;
/** Without a tip heights count from the chain's first block: chains are younger than this. */
const OLDEST_MS = 20 * YEAR_MS;

/** Time between two blocks of coins with this profile. */
export const blockMsOf = (profile: string | undefined): number | undefined => {
  const seconds = profileOf(profile)?.blockSeconds;
  return seconds === undefined ? undefined : seconds * SECOND_MS;
};

/** A tip so many blocks younger than another is believed rather than it. */
const FRESH_BLOCKS = 24;

/**
 * When a block of this height comes, or came: the median of what each tip says, so that a node that lies does not move
 * it. One that stands still, or still catches up, is not asked. Undefined where nothing is known.
 */
export function expectedAt(height: number, { tips, blockMs }: Pace): Date | undefined {
  if (blockMs === undefined || tips.length === 0) return undefined;
  const latest = Math.max(...tips.map(({ at }) => at.getTime()));
  const times = tips
    .filter(({ at }) => latest - at.getTime() <= FRESH_BLOCKS * blockMs)
    .map((tip) => tip.at.getTime() + (height - tip.height) * blockMs)
    .toSorted((a, b) => a - b);
  return new Date(times[Math.floor((times.length - 1) / 2)] ?? 0);
}

/** A height that stands for one which is not known yet. */
export function isPlaceholder(height: number, pace: Pace, now: Date): boolean {
  if (height === PLACEHOLDER_HEIGHT) return true;
  const expected = expectedAt(height, pace);
  if (expected) return !(expected.getTime() - now.getTime() <= FARTHEST_MS);
  return height * (pace.blockMs ?? SECOND_MS) > FARTHEST_MS + OLDEST_MS;
}

type Dated = Pick<Notice, 'deadline' | 'severity' | 'sentAt'>;

interface Known extends Pace {
  readonly rules: Pick<NoticeRules, 'dueMs'>;
  readonly now: Date;
}

/**
 * When a notice is due: the earlier of its time and its height's expected time. What is mandatory and names neither is
 * due so long after its sending as the network's rule says.
 */
export function dueOf({ deadline, severity, sentAt }: Dated, known: Known): Due {
  const { time, height, coin } = deadline ?? {};
  const isUnset = height !== undefined && isPlaceholder(height, known, known.now);
  const expected = height === undefined || isUnset ? undefined : expectedAt(height, known);
  const fixed = time === undefined ? undefined : new Date(time);
  const named = `${coin ?? 'block'} height ${height}`;
  const words = [
    fixed && inMinutes(fixed.toISOString()),
    height !== undefined && isUnset && `${named} is a placeholder: not set yet`,
    height !== undefined && !isUnset && `${named} (${expectedWords(expected, known.now)})`,
  ].filter((part) => typeof part === 'string');

  if (expected && !(fixed && fixed <= expected))
    return { at: expected, by: 'height', words: words.join(' or ') };
  if (fixed) return { at: fixed, by: 'time', words: words.join(' or ') };
  const isSet = height !== undefined && !isUnset;
  if (severity !== 'mandatory' || isSet) return { by: 'none', words: words.join(' or ') || 'none' };
  const rule = `${known.rules.dueMs / 3_600_000} h after it was sent, as nothing else is set`;
  if (sentAt === undefined) return { by: 'rule', words: [...words, rule].join('; ') };
  const at = new Date(Date.parse(sentAt) + known.rules.dueMs);
  return { at, by: 'rule', words: [...words, `${inMinutes(at.toISOString())}, ${rule}`].join('; ') };
}

const expectedWords = (expected: Date | undefined, now: Date): string => {
  if (!expected) return 'when that is nobody can tell: no node of the fleet tells its height';
  const about = `about ${inMinutes(expected.toISOString())}, an estimate`;
  return expected <= now ? `passed ${about}` : about;
};
