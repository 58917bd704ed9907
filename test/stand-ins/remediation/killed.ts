import type { Executor } from '#src/domain/executor.ts';
import type { Service } from '#src/domain/node.ts';
import type { Arguments, Remedy, Request } from '#src/domain/remedy.ts';
import type { Rpc } from '#src/nodes/utxo/rpc.ts';

import { mortal, usedBy } from './mortal.ts';
import { fleetWith, fullyApproved, memoryLeases, memoryRequests, node, remediationWorld } from './world.ts';

/** What a run meets in the world. */
export interface Stage {
  readonly executor: Executor;
  readonly rpc: Rpc;
  readonly service: Service;
}

/**
 * Carries a remedy out again and again, each time in a new world, in which the first process dies one moment later and
 * the next one takes it up; `ended` is told how each run ended. Resolves with the number of moments.
 */
export async function killedAtEveryMoment<S extends Stage>(
  stage: () => S,
  remedyOf: (rpc: Rpc) => Remedy,
  ended: (request: Request | undefined, stage: S, moment: number) => void,
  args: Arguments = {},
): Promise<number> {
  for (let diesAt = 1; ; diesAt++) {
    const set = stage();
    const [requests, leases] = [memoryRequests(), memoryLeases()];
    const remedies = [remedyOf(set.rpc)];
    const world = remediationWorld({ remedies, requests, leases, executors: () => set.executor });
    world.fleet = fleetWith(node([set.service]));
    const { id } = await fullyApproved(world, remedies[0]?.id, args);
    const process = mortal(diesAt);
    const killed = world.another({
      remedies: [remedyOf(usedBy(process, set.rpc))],
      requests: usedBy(process, requests),
      leases: usedBy(process, leases),
      executors: () => usedBy(process, set.executor),
    });
    await killed(id).catch(() => undefined);
    if (!process.dead) return diesAt - 1;
    leases.steal('remedy:alpha-main');
    await world.carryOut(id);
    ended(await world.requests.get(id), set, diesAt);
  }
}
