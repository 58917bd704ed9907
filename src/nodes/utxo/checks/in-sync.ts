import { grade } from '../../grade.ts';
import { type Check, type Scene, unknown } from './check.ts';

/** So many blocks may be on their way at any moment: behind by them is a finding only when it was so before. */
const ON_THEIR_WAY = 2;

/** Blocks against the best height its peers or headers tell of. Without peers it cannot know. */
export const inSync: Check = {
  id: 'in-sync',
  title: 'sync',
  costs: 'notarisations',
  alertname: 'OutOfSync',
  async look(scene) {
    const { blocks, tip, connections, downloading, network } = await scene.daemon.chain();
    if (connections === 0) return unknown('no peers to compare with');
    if (tip === undefined) return unknown('it does not know yet how long the chain is');
    const behind = Math.max(0, tip - blocks);
    const facts = { blocks, tip, behind };
    const graded = grade({
      value: behind,
      unit: 'blocks',
      threshold: scene.threshold('in-sync'),
      bad: 'above',
      facts,
      why: () => `${behind} ${behind === 1 ? 'block' : 'blocks'} behind (${blocks} of ${tip})`,
    });
    const { figure } = graded;
    const advice = 'Give it time if it just started; else compare its newest block hash with other nodes.';
    if (behind === 0 && downloading && network !== 'regtest') {
      const why = `is still in its first download, at block ${blocks}`;
      return {
        finding: { state: 'degraded', why, facts },
        figure,
        shown: `${blocks} so far`,
        settling: true,
        advice,
      };
    }
    if (behind <= ON_THEIR_WAY && caughtUpBefore(scene)) {
      return {
        finding: { state: 'up', facts },
        figure,
        shown: behind === 0 ? `${blocks}` : `${blocks} −${behind}`,
      };
    }
    return { ...graded, shown: behind === 0 ? `${blocks}` : `${blocks} −${behind}`, advice };
  },
};

function caughtUpBefore({ earlier }: Scene): boolean {
  const before = earlier?.results.find(({ check }) => check === inSync.id)?.finding;
  return before?.state === 'up' && before.facts['behind'] === 0;
}
