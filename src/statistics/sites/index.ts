import { kmdStats } from './kmd-stats.ts';
import type { StatisticsSite } from '../site.ts';

/** Every site there is: one file, one line. */
export const sites: readonly StatisticsSite[] = [kmdStats];
