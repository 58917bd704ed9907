import { UserError } from '#src/domain/errors.ts';

import { ANYWAY, found, identify, type Life, start, stop } from '../../process/life.ts';
import { doubted, ended, steady, told } from './doubt.ts';
import { byHand, type Ground, lies } from './ground.ts';
import { move } from './moving.ts';
import type { ResetPatience } from './patience.ts';
import type { Due, Prepared } from './preparing.ts';
import { reached } from './reach.ts';
import { difference, hasNothingNew } from './renewal.ts';

/** Puts the old wallet back, while the new one has nothing that the old one had not. Always throws UserError with what is true then. */
export async function goBack(
  life: Life,
  { ground, due, before, backup }: Prepared,
  { doubt, patience }: { readonly doubt: string; readonly patience: ResetPatience },
): Promise<never> {
  const { carrying } = life;
  const { journal } = carrying;
  const { place, aside, givenUp } = ground;
  const again: Life = { ...life, round: 'for the way back', anyway: true };
  const moved = `${lies(ground, { moved: true, backup })} ${byHand(ground)}`;
  const why = await journal.step(
    'weigh the way back',
    async () =>
      doubted(carrying, async () => {
        await carrying.progress(`${doubt}: seeing whether the old wallet can be put back`);
        const mayGo = await steady(life, patience, () => isGivenUpSafely(life, ground, due));
        return mayGo ? '' : 'the new wallet has received something that the old one never had';
      }),
    ANYWAY,
  );
  if (why !== '')
    throw new UserError(`${ended(doubt)} The old wallet was not put back by itself: ${ended(why)} ${moved}`);
  await told(
    carrying,
    () => `${ended(doubt)} ${moved}`,
    async () => {
      const then = await identify(again);
      await stop(again, then);
      await journal.step('move the new wallet away', () => moveIfThere(life, ground), ANYWAY);
      const back = { from: aside, to: place.whole, name: 'back' };
      await journal.step('put the old wallet back', () => move(life, place, back), ANYWAY);
      await start(again, { ...before, blocks: then.blocks });
    },
  );
  const rpc = await reached(life);
  const left = await doubted(carrying, () => steady(life, patience, () => difference(rpc, ground, due)));
  if (left !== '')
    throw new UserError(
      `${ended(doubt)} The old wallet was put back, but: ${ended(left)} ${lies(ground, { moved: false, backup })}`,
    );
  throw new UserError(
    `${ended(doubt)} The old wallet was put back and runs: it has every key, every output and the whole balance. The new one was given up: ${givenUp}. ${lies(ground, { moved: false, backup })}`,
  );
}

/** Nothing is lost when the new wallet goes: it received nothing, or there is none yet. */
async function isGivenUpSafely(life: Life, { place }: Ground, due: Due): Promise<boolean> {
  const { carrying, executor } = life;
  const { target } = carrying;
  const { instance } = await found(executor, target);
  if (!instance && (await executor.fileBytes(target.node, place.file)) === undefined) return true;
  return hasNothingNew(await reached(life), due);
}

async function moveIfThere(life: Life, { place, givenUp }: Ground): Promise<string> {
  const { carrying, executor } = life;
  if ((await executor.fileBytes(carrying.target.node, place.whole)) === undefined) return 'there was none';
  await move(life, place, { from: place.whole, to: givenUp, name: 'given up' });
  return givenUp;
}
