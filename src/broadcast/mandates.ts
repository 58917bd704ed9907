import type { Due } from '#src/domain/deadline.ts';
import type { Fleet, Fleets } from '#src/domain/fleet.ts';
import type { Mandate, Mandates } from '#src/domain/mandate.ts';
import type { Notice } from '#src/domain/notice.ts';

import { type About, aboutOf } from './about.ts';

interface MandateNeeds {
  readonly fleets: Fleets;
  /** The notices that were sent and have not ended. */
  readonly open: () => Promise<readonly Notice[]>;
  readonly dueOf: (notice: Notice) => Promise<Due>;
  readonly now: () => Date;
}

interface Asked {
  readonly about: About;
  readonly mandate: Mandate;
}

/** So long the open notices are taken to be the same: many services are looked at in that time. */
const KEEP_MS = 5_000;

/** What the open mandatory notices ask of a service, as proof by patrol understands them. */
export function createMandates({ fleets, open, dueOf, now }: MandateNeeds): Mandates {
  let kept:
    { readonly until: number; readonly fleet: Fleet; readonly asked: Promise<readonly Asked[]> } | undefined;

  async function read(fleet: Fleet): Promise<readonly Asked[]> {
    const mandatory = (await open()).filter(({ severity }) => severity === 'mandatory');
    const asked = await Promise.all(
      mandatory.map(async (notice): Promise<readonly Asked[]> => {
        const about = aboutOf(fleet, notice);
        if (!about) return [];
        const { id, subject, version, commit, parameters } = notice;
        const { at: dueAt } = await dueOf(notice);
        return [{ about, mandate: { notice: id, subject, version, commit, parameters, dueAt } }];
      }),
    );
    return asked.flat();
  }

  return {
    async of(target) {
      const fleet = fleets.current();
      if (!kept || kept.until <= now().getTime() || kept.fleet !== fleet) {
        kept = { until: now().getTime() + KEEP_MS, fleet, asked: read(fleet) };
        // Asked again at the next look, not kept for as long as it is wrong.
        kept.asked.catch(() => (kept = undefined));
      }
      return (await kept.asked).filter(({ about }) => about(target)).map(({ mandate }) => mandate);
    },
  };
}
