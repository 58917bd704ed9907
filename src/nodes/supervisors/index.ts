import type { Supervision, Supervisor } from '#src/domain/supervisor.ts';

import { compose } from './compose.ts';
import type { Supervised } from './supervised.ts';
import { systemd } from './systemd.ts';

export { type Argv, requireAllowed } from './programs.ts';
export type { Supervised } from './supervised.ts';

/** The supervisor that the fleet file names for a service; a plain process is its kind's own. */
export function supervisorOf(supervision: Supervision, supervised: Supervised): Supervisor {
  switch (supervision.kind) {
    case 'systemd':
      return systemd(supervision, supervised);
    case 'compose':
      return compose(supervision, supervised);
  }
}
