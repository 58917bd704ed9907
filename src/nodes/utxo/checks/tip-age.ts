import { durationInWords } from '#src/health/in-words.ts';
import { type Check, MOST_AHEAD_MS, unknown } from './check.ts';
import { grade } from '../../grade.ts';

const MINUTE_MS = 60_000;

/** Time since the newest block that the daemon has. */
export const tipAge: Check = {
  id: 'tip-age',
  title: 'tip age',
  costs: 'soon',
  alertname: 'TipOld',
  async look({ daemon, threshold, now }) {
    const { tipTime } = await daemon.chain();
    if (tipTime === undefined) return unknown('it does not tell the time of its newest block');
    const aheadMs = tipTime * 1000 - now.getTime();
    if (aheadMs > MOST_AHEAD_MS) return unknown('its newest block is from the future: is a clock wrong?');
    // Miners' clocks may be ahead of ours.
    const ms = Math.max(0, -aheadMs);
    const graded = grade({
      value: ms / MINUTE_MS,
      unit: 'seconds',
      scale: 60,
      threshold: threshold('tip-age'),
      bad: 'above',
      facts: { tipAt: new Date(tipTime * 1000).toISOString() },
      why: (limit) =>
        `newest block is ${durationInWords(ms)} old, more than ${durationInWords(limit * MINUTE_MS)}`,
    });
    const advice = 'Compare with an explorer: if the chain moves on elsewhere, restart this daemon.';
    return { ...graded, shown: durationInWords(ms), remedy: 'restart-chain', advice };
  },
};
