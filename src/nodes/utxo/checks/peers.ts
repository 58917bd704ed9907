import { grade } from '../../grade.ts';
import type { Check } from './check.ts';

/** Connections to other daemons of the coin. */
export const peers: Check = {
  id: 'peers',
  title: 'peers',
  costs: 'soon',
  alertname: 'PeersLow',
  async look({ daemon, threshold }) {
    const { connections } = await daemon.chain();
    const count = connections === 0 ? 'no peers' : `${connections} ${connections === 1 ? 'peer' : 'peers'}`;
    const graded = grade({
      value: connections,
      unit: 'count',
      threshold: threshold('peers'),
      bad: 'below',
      facts: { connections },
      why: (limit) => (connections === 0 ? count : `${count}, fewer than ${limit}`),
    });
    const advice = 'Check its network and its p2p port; add peers, or restart it.';
    return { ...graded, shown: `${connections}`, remedy: 'restart-chain', advice };
  },
};
