import { OutsideError } from '#src/domain/errors.ts';
import type { Threshold } from '#src/domain/node.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { grade } from '../../grade.ts';
import { timed } from '../rpc.ts';
import type { Check, Seen } from './check.ts';

/** How long the wallet takes to list its outputs: what iguana waits for at every round. */
export const listunspentTime: Check = {
  id: 'listunspent-time',
  title: 'listunspent',
  costs: 'time',
  alertname: 'ListunspentSlow',
  async look({ daemon, rpc, threshold }) {
    const limits = threshold('listunspent-time');
    const seen = (ms: number, atLeast: boolean): Seen => {
      const took = `${atLeast ? '> ' : ''}${durationInWords(ms)}`;
      const graded = grade({
        value: ms / 1000,
        unit: 'seconds',
        threshold: limits,
        bad: 'above',
        facts: { ms: Math.round(ms) },
        why: (limit) => `listunspent took ${took}, more than ${durationInWords(limit * 1000)}`,
      });
      return { ...graded, shown: took, advice: 'Clean the wallet of old transactions; consolidate dust.' };
    };
    const began = performance.now();
    try {
      const { tookMs } = await daemon.unspent();
      return seen(
        isSuspect(tookMs, limits) ? Math.min(tookMs, (await timed(rpc, 'listunspent')).tookMs) : tookMs,
        false,
      );
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

/** Slow, but not so slow that it cannot be our own machine that was busy: worth a second measure. */
const isSuspect = (ms: number, { warn = Infinity, critical = Infinity }: Threshold): boolean =>
  ms / 1000 > warn && ms / 1000 <= critical;
