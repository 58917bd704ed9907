import { UserError } from '#src/domain/errors.ts';

import { ANYWAY, type Life, start } from '../../process/life.ts';
import { doubted, ended, told } from './doubt.ts';
import { lies } from './ground.ts';
import { move } from './moving.ts';
import type { Prepared } from './preparing.ts';

/** A step: moves the wallet aside. Where that fails, it is where it was: the daemon is started with it again. Throws UserError. */
export async function moveAside(life: Life, { ground, before, backup }: Prepared): Promise<void> {
  const { carrying } = life;
  const { place, aside } = ground;
  const doubt = await carrying.journal.step(
    'move the wallet aside',
    () =>
      doubted(carrying, async () => {
        await carrying.progress(`moving the wallet to ${aside}`);
        await move(life, place, { from: place.whole, to: aside, name: 'aside' });
      }),
    ANYWAY,
  );
  if (doubt === '') return;
  const where = () => `${ended(doubt)} ${lies(ground, { moved: false, backup })}`;
  await told(carrying, where, () => start(life, before));
  throw new UserError(
    `${ended(doubt)} The daemon runs again with the wallet as it was. ${lies(ground, { moved: false, backup })}`,
  );
}
