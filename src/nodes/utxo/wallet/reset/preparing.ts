import { UserError } from '#src/domain/errors.ts';

import { type Before, identify, type Life } from '../../process/life.ts';
import type { Rpc } from '../../rpc.ts';
import { ownAddresses } from '../addresses.ts';
import { backUp } from '../backup.ts';
import { bundled } from '../bundling.ts';
import { consolidationGoal } from '../consolidation.ts';
import { type Held, readHoldings, requireSettled } from '../holdings.ts';
import { exportKeys, proveKeys } from '../keys.ts';
import { told } from './doubt.ts';
import { birthday, type Ground, lies } from './ground.ts';
import type { ResetPatience } from './patience.ts';
import { ringOf } from './reach.ts';

/** What the new wallet must come to hold. A type, not an interface: it is kept as JSON. */
export type Due = {
  readonly outputs: readonly Held[];
  readonly immatureSats: number;
  /** The block from which on it looks for that. */
  readonly from: number;
};

/** All that is done, and known, before the daemon is stopped. */
export interface Prepared {
  readonly ground: Ground;
  /** Of the exported keys. */
  readonly digest: string;
  /** The daemon's own copy of the wallet. */
  readonly backup: string;
  readonly feeSats: number;
  readonly due: Due;
  readonly before: Before;
}

/** Steps: keys exported and proven, the wallet copied, small outputs together, all it holds noted. Throws UserError, with the wallet as it was. */
export async function prepare(
  life: Life,
  rpc: Rpc,
  { ground, patience }: { readonly ground: Ground; readonly patience: ResetPatience },
): Promise<Prepared> {
  const { carrying, executor } = life;
  const { target, journal } = carrying;
  const { addresses } = ground;
  const ring = ringOf(life, ground.keys);
  let backup: string | undefined;
  const intact = (): string =>
    `Nothing was stopped, nothing was moved. ${lies(ground, { moved: false, backup })}`;
  return told(carrying, intact, async () => {
    const digest = await journal.step('export keys', async () => {
      await carrying.progress(`exporting the keys of ${addresses.length} addresses, on the node`);
      return exportKeys(ring, addresses);
    });
    await journal.step('prove keys', async () => {
      await carrying.progress('proving each of them');
      if ((await proveKeys(ring, addresses)) === digest) return digest;
      throw new UserError('The file of exported keys was changed since they were exported.');
    });
    await carrying.log(`The exported keys lie at ${ground.keys} on ${target.node.id}.`);
    const { path } = await journal.step('back up', async () => {
      await carrying.progress('copying the wallet');
      return backUp({ rpc, target, executor }, ground.place);
    });
    backup = path;
    await carrying.log(`A copy of the wallet is at ${path}.`);
    const goal = consolidationGoal(carrying.args);
    const { feeSats } = await bundled(rpc, carrying, { goal, patience });
    const due = await journal.step('note', () => noted(life, rpc, ground));
    return { ground, digest, backup: path, feeSats, due, before: await identify(life) };
  });
}

/** What the wallet holds at the last moment, and that the key of all of it is exported. */
async function noted({ carrying }: Life, rpc: Rpc, { addresses }: Ground): Promise<Due> {
  await carrying.progress('noting every unspent output');
  const held = await readHoldings(rpc);
  await requireSettled(rpc, held);
  const known = new Set(addresses);
  const other = (await ownAddresses(rpc, carrying.target, held)).find((address) => !known.has(address));
  if (other !== undefined) {
    throw new UserError(
      `The wallet has a new address since its keys were exported (${other}): request it again.`,
    );
  }
  const from = await birthday(rpc, held, carrying.args);
  return { outputs: held.outputs, immatureSats: held.immatureSats, from };
}
