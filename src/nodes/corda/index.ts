import type { Target } from '#src/domain/node.ts';
import type { Reach } from '#src/health/look.ts';
import { listed, looked, resultOf, unknown } from '../check.ts';
import type { NodeKind } from '../kind.ts';
import type { Scene } from './checks/check.ts';
import { checks } from './checks/index.ts';
import { damping } from './damping.ts';
import { type Get, getFrom } from './http.ts';
import { readNetworkMap } from './network-map.ts';
import { remedies } from './remedies/index.ts';
import { Settings, settingsOf, workersOf } from './settings.ts';
import { DEFAULTS, thresholdOf } from './thresholds.ts';
import { lookAtWorker } from './workers.ts';

/** How a look gets its answers. */
export type GetFor = (target: Target, reach: Reach, signal: AbortSignal) => Get;

/**
 * Corda notaries, one or a cluster, by what they and their network tell without a login: Jolokia, the network map, the
 * node's own files. A part that the fleet file does not give has no row.
 */
export const createCordaKind = (
  getFor: GetFor = ({ node }, { executor }, signal) => getFrom({ node, executor, signal }),
): NodeKind => ({
  id: 'corda',
  settings: Settings,
  thresholds: DEFAULTS,
  damping,
  checks: listed(checks),
  remedies,
  async look(target, reach, signal) {
    const scene = sceneOf(target, reach, { get: getFor(target, reach, signal), signal });
    const meant = checks.filter((check) => check.isMeant(scene.settings, scene.workers));
    const [first] = checks;
    if (meant.length === 0 && first) {
      const why = `the fleet file says nothing of ${target.service.id} on ${target.node.id} to look at: give jolokia, networkMap, directory or healthCheck`;
      return [resultOf(first, unknown(why))];
    }
    return await Promise.all(meant.map((check) => looked(check, scene, signal)));
  },
});

export const corda = createCordaKind();

function sceneOf(
  target: Target,
  reach: Reach,
  { get, signal }: { readonly get: Get; readonly signal: AbortSignal },
): Scene {
  const settings = settingsOf(target.service);
  const workers = workersOf(settings);
  return {
    ...reach,
    target,
    settings,
    workers,
    get,
    signal,
    threshold: (id) => thresholdOf(target, id),
    networkMap: once(() => readNetworkMap(settings.networkMap ?? '', get)),
    seenWorkers: once(() => Promise.all(workers.map((worker) => lookAtWorker(worker, get)))),
  };
}

function once<T>(look: () => Promise<T>): () => Promise<T> {
  let seen: Promise<T> | undefined;
  return () => (seen ??= look());
}
