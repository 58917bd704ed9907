import type { Alert } from '#src/domain/alert.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { matches, type Silences } from '#src/domain/silence.ts';

import { describe } from './route.ts';

/** The silence that keeps an alert quiet now; one look at the silences for all that are asked about. */
export type SilenceOf = () => Promise<(alert: Alert) => string | undefined>;

export const createSilenceOf =
  (silences: Silences, fleets: Fleets, now: () => Date): SilenceOf =>
  async () => {
    const list = await silences.list(now());
    if (list.length === 0) return () => undefined;
    return (alert) => {
      const labels = describe(fleets.current(), alert.labels);
      return list.find(({ match }) => matches(match, labels))?.id;
    };
  };
