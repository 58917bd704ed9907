import { coinsInWords } from '#src/health/in-words.ts';
import { grade } from '../../grade.ts';
import { toSats } from '../payloads.ts';
import type { Check } from './check.ts';

/** The wallet's confirmed coins, compared in satoshis. */
export const balance: Check = {
  id: 'balance',
  title: 'balance',
  costs: 'soon',
  alertname: 'BalanceLow',
  async look({ daemon, threshold }) {
    const sats = await daemon.balanceSats();
    const { warn, critical } = threshold('balance');
    const graded = grade({
      value: sats,
      unit: 'coins',
      scale: 1e-8,
      threshold: { warn: warn && toSats(warn), critical: critical && toSats(critical) },
      bad: 'below',
      facts: { sats },
      why: (limit) => `balance is ${coinsInWords(sats)}, less than ${coinsInWords(limit)}`,
    });
    return {
      ...graded,
      shown: coinsInWords(sats),
      advice: 'Ask for a top-up, or send coins to its address.',
    };
  },
};
