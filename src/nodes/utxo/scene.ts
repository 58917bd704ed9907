import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Voice } from '#src/domain/voice.ts';
import type { Reach } from '#src/health/look.ts';
import type { Scene } from './checks/check.ts';
import type { Marking } from './chain.ts';
import { connect } from './connect.ts';
import { createDaemon } from './daemon.ts';
import type { Rpc } from './rpc.ts';
import { thresholdOf } from './thresholds.ts';
import { notaryKey } from './wallet/notary-key.ts';

/** Longest a single call may take within a look. */
const CALL_MS = 5_000;
const DEPTH = 6;

/** How a look gets to a daemon. */
export type Reaching = (target: Target, by: Executor | undefined, signal: AbortSignal) => Promise<Rpc>;

export const reach: Reaching = (target, executor, signal) =>
  connect(target, { executor, signal, timeoutMs: CALL_MS });

interface Around extends Reach {
  readonly reaching: Reaching;
  readonly signal: AbortSignal;
}

/** What the checks of one look share; a string says why there is no way to look. */
export async function sceneOf(target: Target, around: Around): Promise<Scene | string> {
  const { reaching, signal, executor, earlier, now } = around;
  try {
    const rpc = await reaching(target, executor, signal);
    // Without them the checks that need them know nothing; the others do.
    const [voices, mandates] = await Promise.all([
      voicesOf(target, around).catch(() => undefined),
      around.mandates?.of(target).catch(() => undefined),
    ]);
    const { critical: depth = DEPTH } = thresholdOf(target, undefined, 'fork-depth');
    const own = voices?.find(({ node, service }) => node === target.node.id && service === target.service.id);
    const daemon = createDaemon(rpc, {
      ...(voices && { marking: { depth, ...saidBefore(own) } }),
      addressOn: (chain) => notaryKey(target, chain)?.address,
    });
    let network: string | undefined;
    void daemon.chain().then(
      (chain) => (network = chain.network),
      () => undefined,
    );
    return {
      target,
      executor,
      earlier,
      now,
      rpc,
      daemon,
      voices,
      mandates,
      threshold: (id) => thresholdOf(target, network, id),
      async fellow(of) {
        const found = around.fellow?.(of);
        return found && (await reaching(found.target, found.executor, signal));
      },
    };
  } catch (error) {
    if (error instanceof OutsideError) return error.message;
    throw error;
  }
}

/** What the daemon itself said at the last look. */
const saidBefore = (own: Voice | undefined): Omit<Marking, 'depth'> => ({
  known: own?.marks ?? [],
  best: own?.best,
  tipTime: own?.tipAt === undefined ? undefined : Date.parse(own.tipAt) / 1_000,
});

async function voicesOf({ service }: Target, { voices }: Reach): Promise<readonly Voice[] | undefined> {
  return service.coin === undefined ? undefined : await voices?.hear(service.coin);
}
