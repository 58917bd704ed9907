import { grade } from '../../grade.ts';
import type { Check } from './check.ts';

/** Every output that the wallet has to go through: dust, sent or left over, slows it down until notarising stops. */
export const utxoCount: Check = {
  id: 'utxo-count',
  title: 'outputs',
  costs: 'time',
  alertname: 'UtxosDust',
  async look({ daemon, threshold }) {
    const count = (await daemon.unspent()).outputs.length;
    const graded = grade({
      value: count,
      unit: 'count',
      threshold: threshold('utxo-count'),
      bad: 'above',
      facts: { count },
      why: (limit) =>
        `the wallet has ${count.toLocaleString('en-US')} unspent outputs, more than ${limit.toLocaleString('en-US')}`,
    });
    return {
      ...graded,
      shown: `${count}`,
      advice: 'Consolidate: send the small ones to its own address, some hundred at a time.',
    };
  },
};
