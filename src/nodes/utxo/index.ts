import type { CheckResult } from '#src/domain/finding.ts';
import type { Voices } from '#src/domain/voice.ts';
import { before, listed, looked, resultOf, unknown } from '../check.ts';
import type { NodeKind } from '../kind.ts';
import { type Chain, isSyncing } from './chain.ts';
import type { Check, Scene } from './checks/check.ts';
import { daemonAnswers } from './checks/daemon-answers.ts';
import { checks } from './checks/index.ts';
import { damping } from './damping.ts';
import { rememberProcess } from './process/identity.ts';
import { remedies } from './remedies/index.ts';
import { isRefused, isWarmingUp, RpcError } from './rpc-error.ts';
import { reach, type Reaching, sceneOf } from './scene.ts';
import { Settings } from './settings.ts';
import { DEFAULTS } from './thresholds.ts';

/** Daemons of the Bitcoin family, over JSON-RPC: komodo and its assetchains, litecoin, bitcoin and their kin. */
export const createUtxo = (reaching: Reaching = reach): NodeKind => ({
  id: 'utxo',
  settings: Settings,
  thresholds: DEFAULTS,
  damping,
  checks: listed(checks),
  remedies,
  async look(target, around, signal) {
    const scene = await sceneOf(target, { ...around, reaching, signal });
    if (typeof scene === 'string') return checks.map((check) => resultOf(check, unknown(scene)));
    const chain = await chainOf(scene);
    if (typeof chain === 'string') return await withoutChain(scene, chain, signal);
    // For the day when it is down. What fails here is told by the remedy that would have needed it.
    const aside = [
      rememberProcess(target, () => around.executor).catch(() => undefined),
      tell(scene, chain, around.voices).catch(() => undefined),
    ];
    const results: CheckResult[] = [];
    for (const check of checks) {
      const applies = check.applies?.({ target, chain }) ?? true;
      if (applies) results.push(await looked(inWords(check), scene, signal));
      else if (wasWrong(check, scene)) results.push(ended(check));
    }
    await before(signal, Promise.all(aside)).catch(() => undefined);
    return results;
  },
});

export const utxo: NodeKind = createUtxo();

/** What a daemon without a chain to look at tells of; which of the other checks it has stays as it was seen last. */
async function withoutChain(scene: Scene, why: string, signal: AbortSignal): Promise<readonly CheckResult[]> {
  const known = new Set(scene.earlier?.results.map(({ check }) => check));
  const shown = checks.filter(({ id, applies }) => !applies || known.size === 0 || known.has(id));
  return await Promise.all(
    shown.map(async (check) =>
      check === daemonAnswers ? await looked(check, scene, signal) : resultOf(check, unknown(why)),
    ),
  );
}

/** Tells the other daemons of the coin what this one has. */
async function tell({ target, now }: Scene, chain: Chain, voices: Voices | undefined): Promise<void> {
  const { node, service } = target;
  if (!voices || service.coin === undefined) return;
  await voices.tell(service.coin, {
    node: node.id,
    service: service.id,
    height: chain.blocks,
    best: chain.best,
    tipAt: chain.tipTime === undefined ? undefined : new Date(chain.tipTime * 1000).toISOString(),
    syncing: isSyncing(chain),
    marks: chain.marks,
    at: now.toISOString(),
  });
}

/** What was wrong with a thing that the daemon does not have any more is over: told once, then it is not shown. */
const wasWrong = ({ id }: Check, { earlier }: Scene): boolean => {
  const state = earlier?.results.find(({ check }) => check === id)?.finding.state;
  return state !== undefined && state !== 'up';
};
const ended = (check: Check): CheckResult =>
  resultOf(check, { finding: { state: 'up', facts: { applies: false } }, shown: '–' });

/** What the daemon itself refuses is told in its words. */
const inWords = (check: Check): Check => ({
  ...check,
  async look(scene) {
    try {
      return await check.look(scene);
    } catch (error) {
      if (error instanceof RpcError) return unknown(`the daemon says: ${error.message}`);
      throw error;
    }
  },
});

/** A string says, in short words, why the other checks need not ask. */
async function chainOf({ daemon }: Scene): Promise<Chain | string> {
  try {
    return await daemon.chain();
  } catch (error) {
    if (isRefused(error)) return 'the daemon does not run';
    if (isWarmingUp(error)) return 'the daemon is starting';
    return 'the daemon gave no answer to look at';
  }
}
