import type { Operation } from '#src/domain/cluster.ts';
import type { Remedy } from '#src/domain/remedy.ts';
import { spell } from '../../poll.ts';
import { imagesInWords } from '../image.ts';
import { daemonsAnswer } from '../rolling/answers.ts';
import {
  boundTo,
  DEPRECATED,
  nameOf,
  replacedInWords,
  requireQuiet,
  requireRollable,
} from '../rolling/preconditions.ts';
import { rehearse } from '../rolling/rehearse.ts';
import { clusterOf, notInCluster, rollingOf, sceneNow, WAITS, type Waits } from '../rolling/rolling.ts';
import { note, rolledOut } from '../rolling/wait.ts';
import { pointed, write } from '../rolling/write.ts';
import type { Workload } from '../workload.ts';

/** As `kubectl rollout restart` sets it; https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-k8s-io-restart-at */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** Has Kubernetes replace the pods of a workload by new ones of the same template, and sees that they are ready. */
export function createRolloutRestart(given: Partial<Waits> = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'rollout-restart',
    summary:
      'Replaces the pods of a workload by new ones, as its strategy has it, and waits until they are ready',
    risk: 'medium',
    kinds: ['kubernetes'],
    takesDown: true,
    notHere: notInCluster,
    parameters: [],
    async plan(target, _args, executors) {
      const cluster = clusterOf(executors, target);
      const scene = sceneNow(target, cluster);
      const workload = await scene.workload();
      requireRollable(workload, cluster.namespace);
      requireQuiet(workload, await scene.pods(), { evenStuck: false });
      await rehearse(cluster, workload, restart(workload, new Date().toISOString()));
      return {
        steps: [
          `Set the annotation ${RESTARTED_AT} in the pod template of ${nameOf(workload)} (namespace ${cluster.namespace}), once, and only while nobody else changes it`,
          `${replacedInWords(workload)}; wait until the new are available and the old are gone, at most ${spell(waits.rolloutMs)}`,
          "See that the node's daemons answer in the new pod, where they are looked at inside it",
        ],
        bound: boundTo(workload, cluster.namespace),
        seen: {
          Image: imagesInWords(workload),
          Pods: `${workload.available} of ${workload.replicas} are available`,
          ...(workload.kind === 'deploymentconfig' && { Note: DEPRECATED }),
        },
      };
    },
    async carryOut(carrying) {
      const rolling = rollingOf(carrying, waits);
      const before = await note(rolling);
      const written = await write(rolling, {
        operations: async (scene) => restart(await scene.workload(), before.at),
        isThere: ({ templateAnnotations = {} }) => templateAnnotations[RESTARTED_AT] === before.at,
      });
      const words = await rolledOut(rolling, before, written);
      const daemons = await daemonsAnswer(rolling);
      return `Restarted: ${words}${daemons === '' ? '' : `; ${daemons} answers`}.`;
    },
  };
}

export const rolloutRestart: Remedy = createRolloutRestart();

const restart = ({ templateAnnotations }: Workload, at: string): readonly Operation[] => {
  const path = '/spec/template/metadata/annotations';
  return templateAnnotations === undefined
    ? [{ op: 'add', path, value: { [RESTARTED_AT]: at } }]
    : [{ op: 'add', path: `${path}/${pointed(RESTARTED_AT)}`, value: at }];
};
