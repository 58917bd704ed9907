import type { Remedy } from '#src/domain/remedy.ts';

import { acceptParameters } from './accept-parameters.ts';
import { restartWorker } from './restart-worker.ts';

/** One line per remedy; the flag day itself is in src/flagday, as it needs a record of its own. */
export const remedies: readonly Remedy[] = [acceptParameters, restartWorker];
