import { z } from 'zod';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import type { Reach } from '#src/health/look.ts';
import type { NodeKind } from '../kind.ts';
import { type Check, type Scene, type Seen, unknown } from './checks/check.ts';
import { daemonAnswers } from './checks/daemon-answers.ts';
import { checks } from './checks/index.ts';
import { endpointOf } from './conf.ts';
import { createDaemon } from './daemon.ts';
import { damping } from './damping.ts';
import { remedies } from './remedies/index.ts';
import { createRpc } from './rpc.ts';
import { rememberProcess } from './process/identity.ts';
import { isRefused, isWarmingUp, RpcError } from './rpc-error.ts';
import { DEFAULTS, thresholdOf } from './thresholds.ts';

/** Longest a single call may take within a look. */
const CALL_MS = 5_000;

/** Daemons of the Bitcoin family, over JSON-RPC: komodo and its assetchains, litecoin, bitcoin and their kin. */
export const utxo: NodeKind = {
  id: 'utxo',
  settings: z.strictObject({}),
  thresholds: DEFAULTS,
  damping,
  checks: checks.map(({ id, title, costs, alertname, otherAlertnames = [] }) => ({
    id,
    title,
    costs,
    alertnames: [alertname, ...otherAlertnames],
  })),
  remedies,
  async look(target, reach, signal) {
    const scene = await sceneOf(target, reach, signal);
    if (typeof scene === 'string') return checks.map((check) => resultOf(check, unknown(scene)));
    const absent = await whyAbsent(scene);
    // For the day when it is down. What fails here is told by the remedy that would have needed it.
    const remembering =
      absent === undefined && rememberProcess(target, () => reach.executor).catch(() => undefined);
    const results: CheckResult[] = [];
    for (const check of checks) {
      const skip = absent !== undefined && check !== daemonAnswers;
      results.push(resultOf(check, skip ? unknown(absent) : await looked(check, scene, signal)));
    }
    if (remembering) await before(signal, remembering).catch(() => undefined);
    return results;
  },
};

/** A string says why there is no way to look. */
async function sceneOf(target: Target, reach: Reach, signal: AbortSignal): Promise<Scene | string> {
  try {
    const rpc = createRpc(await endpointOf(target), { timeoutMs: CALL_MS, signal });
    const daemon = createDaemon(rpc);
    let network: string | undefined;
    void daemon.chain().then(
      (chain) => (network = chain.network),
      () => undefined,
    );
    return { ...reach, target, rpc, daemon, threshold: (id) => thresholdOf(target, network, id) };
  } catch (error) {
    if (error instanceof OutsideError) return error.message;
    throw error;
  }
}

/** Why the other checks need not ask, in short words; undefined when the daemon answers. */
async function whyAbsent({ daemon }: Scene): Promise<string | undefined> {
  try {
    await daemon.chain();
    return undefined;
  } catch (error) {
    if (isRefused(error)) return 'the daemon does not run';
    if (isWarmingUp(error)) return 'the daemon is starting';
    return 'the daemon gave no answer to look at';
  }
}

async function looked(check: Check, scene: Scene, signal: AbortSignal): Promise<Seen> {
  try {
    return await before(signal, check.look(scene));
  } catch (error) {
    if (error === OUT_OF_TIME || signal.aborted) return unknown('no time was left to look');
    if (error instanceof RpcError) return unknown(`the daemon says: ${error.message}`);
    if (error instanceof OutsideError) return unknown(wordsOf(error));
    throw error;
  }
}

const OUT_OF_TIME = new Error('out of time');
/** After the signal, for work that ends by the signal itself and has something to say. */
const GRACE_MS = 50;

/** The work's outcome, or a rejection with OUT_OF_TIME for work that the signal does not end. */
async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => {
    timer = setTimeout(() => reject(OUT_OF_TIME), GRACE_MS);
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, over]);
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(timer);
  }
}

function resultOf(check: Check, { remedy, advice, alertname = check.alertname, ...seen }: Seen): CheckResult {
  const wrong = seen.finding.state === 'degraded' || seen.finding.state === 'down';
  const { id, title, costs } = check;
  return { check: id, title, costs, alertname, ...seen, ...(wrong && { remedy, advice }) };
}
