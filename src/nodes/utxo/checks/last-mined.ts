import { profileOf } from '#src/domain/profile.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { type Check, unknown } from './check.ts';
import { grade } from '../../grade.ts';

const MINUTE_SECONDS = 60;
const MINUTE_MS = 60_000;

/**
 * How long ago the notary mined a block, counted in blocks: as the daemon tells it, else by the newest mined output of the
 * wallet, which cannot be spent for a hundred blocks. Of daemons that know themselves as a notary's, and where the fleet
 * file sets a threshold.
 */
export const lastMined: Check = {
  id: 'last-mined',
  title: 'mined',
  costs: 'soon',
  alertname: 'MinedOld',
  applies: ({ target, chain }) =>
    chain.lastMined !== undefined || target.thresholds['last-mined'] !== undefined,
  async look({ daemon, target, threshold }) {
    const { blocks, lastMined: last } = await daemon.chain();
    const ago = last === undefined ? await youngestMined() : blocks - last;
    if (ago === undefined)
      return unknown('it has not mined since it was started, and its wallet has nothing mined');
    if (ago < 0) return unknown('it tells of a mined block that it does not have yet');
    const seconds = ago * (profileOf(target.profile)?.blockSeconds ?? MINUTE_SECONDS);
    const words = durationInWords(seconds * 1000);
    const graded = grade({
      value: seconds / MINUTE_SECONDS,
      unit: 'seconds',
      scale: MINUTE_SECONDS,
      threshold: threshold('last-mined'),
      bad: 'above',
      facts: { blocksAgo: ago, inLast100: ago < 100, ...(last !== undefined && { height: last }) },
      why: (limit) =>
        `mined its last block ${ago} blocks ago, about ${words}, longer than ${durationInWords(limit * MINUTE_MS)}`,
    });
    return {
      ...graded,
      shown: words,
      advice: 'See whether it was started with -gen and -genproclimit, and whether it is in sync.',
    };

    async function youngestMined(): Promise<number | undefined> {
      const mined = (await daemon.unspent()).outputs.filter(({ generated }) => generated);
      return mined.length > 0 ? Math.min(...mined.map(({ confirmations }) => confirmations)) : undefined;
    }
  },
};
