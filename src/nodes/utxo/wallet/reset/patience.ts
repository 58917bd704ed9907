import { WAITS, type Waits } from '../../process/life.ts';
import { PATIENCE, type Patience } from '../patience.ts';

/** How long the steps of a reset wait. */
export interface ResetPatience extends Waits, Patience {
  /** Longest search through the chain. */
  readonly scanMs: number;
  /** How long a daemon or a machine that does not answer is asked again before that is a doubt. */
  readonly steadyMs: number;
}

export const RESET_PATIENCE: ResetPatience = {
  ...PATIENCE,
  ...WAITS,
  scanMs: 4 * 60 * 60_000,
  steadyMs: 120_000,
};
