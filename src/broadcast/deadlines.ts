import type { Due } from '#src/domain/deadline.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { Notice } from '#src/domain/notice.ts';

import { coinOf, tipIn } from './about.ts';
import { blockMsOf, dueOf, type Tip } from './estimate.ts';

interface DeadlineNeeds {
  readonly fleets: Fleets;
  /** What the last patrol saw of each. */
  readonly latest: (targets: readonly Target[]) => Promise<readonly (ServiceHealth | undefined)[]>;
  readonly now: () => Date;
}

/** When notices are due, by what the fleet's nodes tell now. */
export interface Deadlines {
  dueOf(notice: Notice): Promise<Due>;
}

/** So long the tips of a coin are taken to be the same. */
const KEEP_MS = 60_000;

/** Blocks may be dated so far into the future, by the rules of Bitcoin's kin. */
const MOST_AHEAD_MS = 2 * 3_600_000;

export function createDeadlines({ fleets, latest, now }: DeadlineNeeds): Deadlines {
  const kept = new Map<string, { readonly until: number; readonly tips: Promise<readonly Tip[]> }>();

  const read = async (coin: string): Promise<readonly Tip[]> => {
    const targets = fleets
      .current()
      .targets()
      .filter(({ service }) => service.coin === coin);
    const newest = now().getTime() + MOST_AHEAD_MS;
    return (await latest(targets))
      .flatMap((health) => (health && tipIn(health)) ?? [])
      .filter(({ at }) => at.getTime() <= newest);
  };
  const tipsOf = async (coin: string): Promise<readonly Tip[]> => {
    const before = kept.get(coin);
    if (before && before.until > now().getTime()) return await before.tips;
    const tips = read(coin);
    kept.set(coin, { until: now().getTime() + KEEP_MS, tips });
    // What is not known yet is asked for again at the next look.
    tips.then(
      (found) => found.length > 0 || kept.delete(coin),
      () => kept.delete(coin),
    );
    return await tips;
  };

  return {
    async dueOf(notice) {
      const fleet = fleets.current();
      const coin = notice.deadline?.height === undefined ? undefined : coinOf(fleet, notice);
      const named = coin === undefined ? notice : { ...notice, deadline: { ...notice.deadline, coin } };
      return dueOf(named, {
        rules: fleet.notices,
        now: now(),
        tips: coin === undefined ? [] : await tipsOf(coin),
        blockMs: coin === undefined ? undefined : blockMsOf(fleet.coin(coin)?.profile),
      });
    },
  };
}
