import type { CheckResult } from '#src/domain/finding.ts';
import { listed, looked, resultOf, unknown } from '../check.ts';
import type { NodeKind } from '../kind.ts';
import { checks } from './checks/index.ts';
import { remedies } from './remedies/index.ts';
import { sceneOf } from './scene.ts';
import { Settings } from './settings.ts';
import { DEFAULTS } from './thresholds.ts';

/** Workloads of Kubernetes and OpenShift, through the API of their cluster. */
export const kubernetes: NodeKind = {
  id: 'kubernetes',
  settings: Settings,
  thresholds: DEFAULTS,
  checks: listed(checks),
  remedies,
  async look(target, reach, signal) {
    const cluster = reach.executor?.cluster?.(target.node);
    if (!cluster) {
      const why = 'its node is not in a cluster: set access to { kind: kubernetes, namespace: … }';
      return checks.map((check) => resultOf(check, unknown(why)));
    }
    const scene = sceneOf(target, cluster, reach, signal);
    const results = await Promise.all(
      checks.map(async (check): Promise<readonly CheckResult[]> => {
        // Where even that cannot be told, the checks that always apply say why.
        const applies = (await check.applies?.(scene).catch(() => false)) ?? true;
        return applies ? [await looked(check, scene, signal)] : [];
      }),
    );
    return results.flat();
  },
};
