import type { CheckResult } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import type { Reach } from '#src/health/look.ts';
import { listed, looked, resultOf, unknown } from '../check.ts';
import type { NodeKind } from '../kind.ts';
import type { NotaryWallets } from '../notary-wallet.ts';
import type { Scene } from './checks/check.ts';
import { checks } from './checks/index.ts';
import { damping } from './damping.ts';
import { type PostTo, postWithin } from './post-there.ts';
import { remediesOf } from './remedies/index.ts';
import { createIguana } from './rpc.ts';
import { runningNow } from './running.ts';
import { Settings, settingsOf } from './settings.ts';
import { isOver } from './sunset.ts';
import { DEFAULTS, thresholdOf } from './thresholds.ts';

/** Longest a single call may take within a look. */
const CALL_MS = 4_000;
/** The program that notarises, over its own JSON over HTTP: loopback only, no login. Only looks; where there is nothing to notarise any more, not at all. */
export const createIguanaKind = (
  postTo: PostTo = postWithin(CALL_MS),
  wallets?: NotaryWallets,
): NodeKind => ({
  id: 'iguana',
  settings: Settings,
  thresholds: DEFAULTS,
  damping,
  checks: listed(checks),
  remedies: remediesOf(wallets),
  async look(target, reach, signal) {
    if (isOver(target, reach.now)) return [];
    const { url } = target.service;
    if (url === undefined) {
      const why = `${target.service.id} on ${target.node.id} has no url in the fleet file: http://127.0.0.1:7776, or 7779 for 3P`;
      return checks.map((check) => resultOf(check, unknown(why)));
    }
    const scene = sceneOf(target, reach, createIguana(new URL(url).host, postTo(target, reach, signal)));
    const results: CheckResult[] = [];
    for (const check of checks) {
      const [answers] = results;
      const absent = answers !== undefined && answers.finding.state !== 'up';
      results.push(
        absent ? resultOf(check, unknown('iguana gave no answer')) : await looked(check, scene, signal),
      );
    }
    return results;
  },
});

export const iguana = createIguanaKind();

function sceneOf(target: Target, reach: Reach, iguana: Scene['iguana']): Scene {
  let running: ReturnType<Scene['running']> | undefined;
  return {
    ...reach,
    target,
    iguana,
    settings: settingsOf(target.service),
    threshold: (id) => thresholdOf(target, id),
    running: () => (running ??= runningNow({ ...reach, target })),
  };
}
