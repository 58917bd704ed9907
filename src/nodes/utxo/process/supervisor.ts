import { UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Remedy } from '#src/domain/remedy.ts';
import type { Supervisor } from '#src/domain/supervisor.ts';

import { noHands } from '../../hands.ts';
import { supervisorOf } from '../../supervisors/index.ts';
import { processNow } from './identity.ts';
import { plain } from './plain.ts';

/** What keeps a target's daemon on its node. Throws UserError where that is Kubernetes. */
export function keeperOf(executor: Executor, target: Target): Supervisor {
  const { node, service } = target;
  if (node.access.kind === 'kubernetes') {
    throw new UserError(byKubernetes({ node, service }));
  }
  if (!service.supervisor) return plain({ executor, target });
  return supervisorOf(service.supervisor, { node, executor, listening: () => processNow(executor, target) });
}

/** Why nothing can be started or stopped on its node, with what a person does there; looks at nothing. */
export const whyNotHere: NonNullable<Remedy['notHere']> = (target, executor) =>
  target.node.access.kind === 'kubernetes' ? byKubernetes(target) : noHands(target, executor);

const byKubernetes = ({ node, service }: Pick<Target, 'node' | 'service'>): string =>
  `${service.id} of ${node.id} is started and stopped by Kubernetes: use rollout-restart, or rollout-undo, of its workload.`;
