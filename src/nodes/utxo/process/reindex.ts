import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';

import { poll, spell } from '../../poll.ts';
import { isWarmingUp } from '../rpc-error.ts';
import type { Before, Life } from './life.ts';
import { syncOf } from './rpc-state.ts';
import { keeperOf } from './supervisor.ts';

/** The start that reads the blocks anew. */
export const REINDEX = { once: ['-reindex'] };

/** A run can be cancelled between two of these. */
const MARKS = [
  [0.25, 'reindex to a quarter'],
  [0.5, 'reindex to a half'],
  [0.75, 'reindex to three quarters'],
  [1, 'reindex to its end'],
] as const;

/**
 * Steps: follows a reindex until the daemon has at least the blocks it had; one that did not run, until it is in sync.
 * Resolves with its height; `copies` = where the wallet's are, for words. Throws UserError.
 */
export async function followReindex(
  life: Life,
  before: Before,
  followMs: number,
  copies: string,
): Promise<number> {
  const { carrying, executor, connect, waits } = life;
  const { target, journal, signal } = carrying;
  const began = performance.now();
  let seen = 0;

  const look = async (share: number): Promise<number | undefined> => {
    try {
      const { blocks, downloading } = await syncOf(await connect(target, { executor, signal }));
      seen = blocks;
      if (before.running ? blocks >= share * before.blocks : share < 1 || !downloading) return blocks;
      await carrying.progress(`reindexing: block ${blocks}${shareOf(blocks, before)}`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OutsideError) && !isWarmingUp(error)) throw error;
      await carrying.progress(`reindexing: ${wordsOf(error)}`);
      if (error instanceof OutsideError && !(await keeperOf(executor, target).isThere(REINDEX))) {
        throw new UserError(
          `It ended while it reindexed, at block ${seen}: its own log (debug.log) says why. The wallet’s copy: ${copies}.`,
        );
      }
    }
    return undefined;
  };

  let blocks = 0;
  for (const [share, name] of MARKS) {
    blocks = await journal.step(name, async () => {
      const withinMs = Math.max(0, followMs - (performance.now() - began));
      const reached = await poll(() => look(share), { everyMs: waits.everyMs, withinMs, signal });
      if (reached !== undefined) return reached;
      throw new UserError(
        `Still reindexing after ${spell(followMs)}, at block ${seen}${shareOf(seen, before)}. It goes on by itself, and nothing more is to be done: health shows when it is in sync. Whether its blocks are those of the others was not seen yet. The wallet’s copy: ${copies}.`,
      );
    });
  }
  return blocks;
}

const shareOf = (blocks: number, { running, blocks: all }: Before): string =>
  running && all > 0 ? ` of ${all} (${Math.floor((100 * blocks) / all)} %)` : '';
