import { UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Supervisor } from '#src/domain/supervisor.ts';

import { supervisorOf } from '../../supervisors/index.ts';
import { processNow } from './identity.ts';
import { plain } from './plain.ts';

/** What keeps a target's daemon on its node. Throws UserError where that is Kubernetes. */
export function keeperOf(executor: Executor, target: Target): Supervisor {
  const { node, service } = target;
  if (node.access.kind === 'kubernetes') {
    throw new UserError(
      `${service.id} of ${node.id} is started and stopped by Kubernetes: use rollout-restart, or rollout-undo, of its workload.`,
    );
  }
  if (!service.supervisor) return plain({ executor, target });
  return supervisorOf(service.supervisor, { node, executor, listening: () => processNow(executor, target) });
}
