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
import { whyNotHere } from '../process/supervisor.ts';
import { inWords } from '../refusal.ts';

export interface RestartOptions extends Partial<Waits> {
  readonly connect?: Connect;
}

/** Restarts a daemon with the arguments it runs with, or ran with when it was last seen; it is asked to stop, never forced. */
export function createRestartChain({ connect = connectDaemon, ...given }: RestartOptions = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'restart-chain',
    summary: 'Stops the daemon by RPC, waits for its end, starts it as it was, waits for its RPC',
    risk: 'medium',
    takesDown: true,
    kinds: ['utxo'],
    parameters: [],
    notHere: whyNotHere,
    async plan(target, _args, executors) {
      const executor = executorOf(executors, target);
      const was = await found(executor, target);
      if (was.instance) await requireCalm(await connect(target, { executor }));
      const { steps, bound } = await plannedStop(was, waits, STAYS);
      return { steps: [...steps, ...(await plannedStart(was, waits))], bound };
    },
    carryOut: (carrying) =>
      inWords(() => {
        const executor = executorOf(carrying.executors, carrying.target);
        return restart({ carrying, executor, connect, waits });
      }),
  };
}

export const restartChain: Remedy = createRestartChain();

/** A supervisor that brings it back by itself may. */
const STAYS = false;

async function restart(life: Life): Promise<string> {
  const before = await identify(life);
  await stop(life, before, STAYS);
  const blocks = await start(life, before);
  const { words } = await verified(life, before);
  const was = before.running
    ? `was ${before.words.replace(/^pid /, '')}, at block ${before.blocks}`
    : 'it was down';
  return `Runs again with the same arguments: ${words} (${was}), at block ${blocks}.`;
}
