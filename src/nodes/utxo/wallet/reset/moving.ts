import { OutsideError, UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';

import { type Life, requireDown } from '../../process/life.ts';
import { fileIn, type Place } from '../place.ts';

interface FromTo {
  readonly from: string;
  readonly to: string;
}

interface Move extends FromTo {
  /** Tells it apart from other moves of the run. */
  readonly name: string;
}

/** Never over what is there. */
export const moving = ({ from, to }: FromTo): readonly [string, ...string[]] => ['mv', '-n', '--', from, to];

/**
 * Moves a wallet to another name, never over anything, while the daemon is down; seen afterwards by the file in it.
 * It looks first, so it may be asked again. Resolves with the bytes of the wallet's file. Throws UserError.
 */
export async function move(life: Life, place: Place, { from, to, name }: Move): Promise<number> {
  const { executor, carrying } = life;
  const { target, request, signal } = carrying;
  const look = async (): Promise<readonly [number | undefined, number | undefined]> => [
    await executor.fileBytes(target.node, fileIn(place, from)),
    await executor.fileBytes(target.node, fileIn(place, to)),
  ];
  const [there, already] = await look();
  if (there === undefined && already !== undefined) return already;
  if (there === undefined) throw new UserError(`There is no wallet at ${from}: nothing was moved.`);
  if ((await executor.fileBytes(target.node, to)) !== undefined) {
    throw new UserError(`${to} is there already: nothing was moved, nothing overwritten.`);
  }
  await requireDown(life);
  const why = await executor
    .runOnce(target.node, keyOf(request, 'move', name), moving({ from, to }), { signal })
    .then(
      ({ exitCode, stderr }) => (exitCode === 0 ? 'mv said nothing' : stderr.trim().slice(0, 300)),
      (error: unknown) => {
        // Whatever came of it stands on the disk.
        if (error instanceof OutsideError && !signal.aborted) return error.message;
        throw error;
      },
    );
  const [left, arrived] = await look();
  if (left === undefined && arrived === there) return arrived;
  throw new UserError(
    `${from} could not be moved to ${to} (${why}); ${left === undefined ? 'it is not there any more' : 'it is where it was'}, ${arrived === undefined ? 'nothing is at the new place' : `at the new place are ${arrived} bytes of ${there}`}.`,
  );
}
