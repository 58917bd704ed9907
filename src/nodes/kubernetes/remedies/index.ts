import type { Remedy } from '#src/domain/remedy.ts';

import { rolloutRestart } from './rollout-restart.ts';
import { rolloutUndo } from './rollout-undo.ts';

/** One line per remedy. */
export const remedies: readonly Remedy[] = [rolloutRestart, rolloutUndo];
