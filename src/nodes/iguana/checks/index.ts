import type { Check } from './check.ts';
import { iguanaCoins } from './iguana-coins.ts';
import { iguanaConnectivity } from './iguana-connectivity.ts';
import { iguanaAnswers } from './iguana-answers.ts';

/** Every check, in the order of looking: iguana serves one call at a time. */
export const checks: readonly Check[] = [iguanaAnswers, iguanaCoins, iguanaConnectivity];
