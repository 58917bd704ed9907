import { isLive } from '../pods.ts';
import { sharingOf } from '../sharing.ts';
import type { Check } from './check.ts';

/** Two daemons on one data folder break it: pods of a workload that mount one claim, or will in its next rollout. */
export const volume: Check = {
  id: 'volume',
  title: 'volume',
  costs: 'soon',
  alertname: 'VolumeShared',
  applies: async (scene) => (await scene.workload()).claims.length > 0,
  async look(scene) {
    const workload = await scene.workload();
    const live = (await scene.pods()).filter(isLive);
    const holders = workload.claims.map((claim) => ({
      claim,
      pods: live.filter(({ claims }) => claims.includes(claim)).map(({ name }) => name),
    }));
    const shared = holders.find(({ pods }) => pods.length > 1);
    const facts = { claims: workload.claims.join(', ') };
    if (shared) {
      return {
        finding: {
          state: 'down',
          why: `${inFew(shared.pods)} have the same volume ${shared.claim} at once`,
          facts,
        },
        shown: 'shared',
        advice: 'Scale it to one pod at once, and look into the data before you trust it.',
      };
    }
    const risk = sharingOf(workload);
    if (risk === undefined) return { finding: { state: 'up', facts }, shown: 'single' };
    return {
      finding: { state: 'degraded', why: `${risk}: two pods will have ${workload.claims[0]} at once`, facts },
      shown: 'at risk',
      advice:
        'Set its strategy to Recreate and one replica, or make it a StatefulSet with volumeClaimTemplates.',
    };
  },
};

const MOST_NAMED = 4;
const inFew = (names: readonly string[]): string =>
  [
    ...names.slice(0, MOST_NAMED),
    ...(names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : []),
  ].join(' and ');
