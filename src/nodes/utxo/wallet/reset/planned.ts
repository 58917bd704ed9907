import { UserError } from '#src/domain/errors.ts';
import type { Executors } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments, Plan } from '#src/domain/remedy.ts';

import { spell } from '../../../poll.ts';
import type { Connect } from '../../connect.ts';
import { executorOf } from '../../process/identity.ts';
import { found, plannedStart, plannedStop } from '../../process/life.ts';
import { coins } from '../coins.ts';
import { consolidationGoal } from '../consolidation.ts';
import { sum } from '../funds.ts';
import { requireRoom } from '../place.ts';
import { birthday, survey, wantedHeight } from './ground.ts';
import type { ResetPatience } from './patience.ts';
import { cliOn } from './reach.ts';

interface Planning {
  readonly executors: Executors;
  readonly connect: Connect;
  readonly patience: ResetPatience;
}

/** What a reset would do. Throws UserError where it should not be done. */
export async function planned(
  target: Target,
  args: Arguments,
  { executors, connect, patience }: Planning,
): Promise<Plan> {
  const executor = executorOf(executors, target);
  cliOn(target);
  const goal = consolidationGoal(args);
  wantedHeight(args['height']);
  const was = await found(executor, target);
  if (!was.instance)
    throw new UserError(
      'The daemon does not run: a reset begins with what its wallet holds. Start it first.',
    );
  const rpc = await connect(target, { executor });
  const { ground, held } = await survey({ rpc, target, executor });
  await requireRoom({ target, executor }, ground.place, ground.place.bytes * 2);
  const from = await birthday(rpc, held, { ...args, height: '' });
  const { steps: stopping, bound } = await plannedStop(was, patience);
  const { place, addresses } = ground;
  return {
    steps: [
      `Export the keys of ${addresses.length} addresses on the node itself (tocsin-keys), into a file of mode 600 beside ${place.folder}; they are never shown and never leave it`,
      'Prove each: it signs for its address',
      'Have the daemon copy the wallet, under a new name',
      `Bring unspent outputs together until ${goal.most} are left, for at most ${coins(goal.feeSats)} in fees, and wait for the confirmations`,
      'Note every unspent output; see again that the key of each is exported',
      ...stopping,
      `Move ${place.whole} aside; it is never deleted`,
      ...(await plannedStart(was, patience)),
      `Import the keys into a new wallet, and have it look through the chain from block ${args['height'] || 'the oldest of its funds'} on, at most ${spell(patience.scanMs)}`,
      'See that it has every key, every unspent output and the whole balance; at any doubt put the old wallet back, unless the new one has received something',
    ],
    bound: {
      ...bound,
      wallet: place.whole,
      fee: `at most ${coins(goal.feeSats)}`,
      target: String(goal.most),
      height: args['height'] || 'the oldest of its funds',
    },
    seen: {
      'The file now': `${(place.bytes / 1e6).toFixed(1)} MB`,
      'Unspent outputs': `${held.outputs.length}, ${coins(sum(held.outputs))} in all; mined and not ripe: ${coins(held.immatureSats)}`,
      'Oldest of its funds': `about block ${from}`,
    },
  };
}
