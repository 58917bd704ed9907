import type { Notice } from '#src/domain/notice.ts';
import type { Watcher } from '#src/domain/patrol.ts';
import type { RollEntry, RollOf } from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';
import type { Fleets } from '#src/domain/fleet.ts';

import { aboutOf } from './about.ts';
import { type Judge, runningIn, withRunning } from './judge.ts';

interface ProofNeeds extends Pick<Judge, 'judge'> {
  readonly fleets: Fleets;
  /** The notices that were sent and have not ended. */
  readonly open: () => Promise<readonly Notice[]>;
  readonly rollOf: RollOf;
  /** Changes lines, and shows it. */
  readonly change: (
    notice: Notice,
    seats: readonly SeatId[],
    change: (entry: RollEntry) => RollEntry,
  ) => Promise<readonly RollEntry[]>;
  /** What the change asks for later. */
  readonly heed: (notice: Notice, entries: readonly RollEntry[]) => Promise<void>;
  readonly now: () => Date;
}

/** So long the open notices are taken to be the same: what a patrol misses by it, the next one sees. */
const KEEP_MS = 2_000;

/**
 * Proof by patrol: whatever a patrol sees is compared with the notices that are open. While none is, a patrol costs
 * nothing more; else it costs one look at the line, and a write only when what runs there changed.
 */
export function createProof({ fleets, open, rollOf, judge, change, heed, now }: ProofNeeds): Watcher {
  let kept: { readonly until: number; readonly notices: Promise<readonly Notice[]> } | undefined;
  const openNow = async (): Promise<readonly Notice[]> => {
    if (!kept || kept.until <= now().getTime()) {
      kept = { until: now().getTime() + KEEP_MS, notices: open() };
      // Asked again at the next look, not kept for as long as it is wrong.
      kept.notices.catch(() => (kept = undefined));
    }
    return await kept.notices;
  };

  return {
    async saw(target, health) {
      const { seat } = target.node;
      for (const notice of await openNow()) {
        if (!aboutOf(fleets.current(), notice)?.(target)) continue;
        const running = runningIn(notice, target, health);
        if (!running) continue;
        const next = (entry: RollEntry): RollEntry => judge(notice, withRunning(entry, running));
        const [entry] = await rollOf(notice.id).of([seat]);
        if (entry && next(entry) !== entry) await heed(notice, await change(notice, [seat], next));
      }
    },
  };
}
