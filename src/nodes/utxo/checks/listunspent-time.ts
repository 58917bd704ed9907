import { OutsideError } from '#src/domain/errors.ts';
import { durationInWords } from '#src/health/in-words.ts';
import type { Check, Seen } from './check.ts';
import { grade } from './grade.ts';

/** How long the wallet takes to list its outputs: what iguana waits for at every round. */
export const listunspentTime: Check = {
  id: 'listunspent-time',
  title: 'listunspent',
  alertname: 'ListunspentSlow',
  async look({ daemon, threshold }) {
    const limits = threshold('listunspent-time');
    const seen = (ms: number, atLeast: boolean): Seen => {
      const took = `${atLeast ? '> ' : ''}${durationInWords(ms)}`;
      const finding = grade({
        value: ms / 1000,
        threshold: limits,
        bad: 'above',
        facts: { ms: Math.round(ms) },
        why: (limit) => `listunspent took ${took}, more than ${durationInWords(limit * 1000)}`,
      });
      return { finding, shown: took, advice: 'Clean the wallet of old transactions; consolidate dust.' };
    };
    const began = performance.now();
    try {
      return seen((await daemon.unspent()).tookMs, false);
    } catch (error) {
      // No answer in time is a measure too, once it is longer than what is critical.
      const ms = performance.now() - began;
      const { critical = Infinity } = limits;
      const tooLong = error instanceof OutsideError && error.reason === 'timeout' && ms / 1000 > critical;
      if (tooLong) return seen(ms, true);
      throw error;
    }
  },
};
