import { UserError } from '#src/domain/errors.ts';
import type { Remedy } from '#src/domain/remedy.ts';

import { connect as connectDaemon, type Connect } from '../connect.ts';
import { executorOf } from '../process/identity.ts';
import {
  found,
  identify,
  type Life,
  plannedStart,
  plannedStop,
  start,
  stop,
  verified,
  WAITS,
  type Waits,
} from '../process/life.ts';
import { requireCalm } from '../process/rpc-state.ts';
import { argumentsDigest } from '../process/shown-arguments.ts';
import { inWords } from '../refusal.ts';

export interface RestartOptions extends Partial<Waits> {
  readonly connect?: Connect;
}

/** Restarts a daemon with the arguments it runs with, or ran with when it was last seen; it is asked to stop, never forced. */
export function createRestartChain({ connect = connectDaemon, ...given }: RestartOptions = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'restart-chain',
    summary:
      'Stops the daemon by RPC, waits for it to go, starts it with the same arguments, waits for its RPC',
    risk: 'medium',
    kinds: ['utxo'],
    parameters: [],
    async plan(target, _args, executors) {
      const executor = executorOf(executors, target);
      const was = await found(executor, target);
      if (was.running) await requireCalm(await connect(target, { executor }));
      const { steps, bound } = plannedStop(was, waits);
      return { steps: [...steps, ...plannedStart(was, waits)], bound };
    },
    carryOut: (carrying) =>
      inWords(() => {
        const executor = executorOf(carrying.executors, carrying.target);
        return restart({ carrying, executor, connect, waits });
      }),
  };
}

export const restartChain: Remedy = createRestartChain();

async function restart(life: Life): Promise<string> {
  const { carrying, executor } = life;
  const { node, service } = carrying.target;
  const before = await identify(life);
  const process = await executor.recall(node, service.id);
  if (!process || argumentsDigest(process.argv) !== before.command) {
    throw new UserError('How the daemon was started is not remembered any more as it was: start it by hand.');
  }
  await stop(life, before);
  const blocks = await start(life, before);
  const { pid } = await verified(life, before);
  const was = before.running ? `was ${before.pid}, at block ${before.blocks}` : 'it was down';
  return `Runs again with the same arguments: pid ${pid} (${was}), at block ${blocks}.`;
}
