import { seenWords, standingOf } from '#src/domain/version.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { grade } from '../../grade.ts';
import { type Check, unknown } from './check.ts';

const HOUR_MS = 3_600_000;

/** What runs, against what mandatory notices ask that are open: judged by the same rule as the roll call's proof. */
export const version: Check = {
  id: 'version',
  title: 'version',
  costs: 'soon',
  alertname: 'VersionOutdated',
  async look({ daemon, mandates, now, threshold }) {
    if (!mandates) return { ...unknown('which notices are open is not known'), aside: true };
    const { version: runs, commit } = await daemon.chain();
    const seen = { version: runs, commit };
    const shown = seenWords(seen);
    const judged = mandates.map((mandate) => ({ mandate, ...standingOf(mandate, seen) }));
    const [older] = judged
      .filter(({ standing }) => standing === 'older')
      .toSorted((a, b) => dueMs(a.mandate.dueAt) - dueMs(b.mandate.dueAt));
    if (older) {
      const { mandate, words } = older;
      const leftMs = dueMs(mandate.dueAt) - now.getTime();
      const facts = { notice: mandate.notice, ...(mandate.dueAt && { due: mandate.dueAt.toISOString() }) };
      const left = leftMs < 0 ? `overdue by ${durationInWords(-leftMs)}` : `${durationInWords(leftMs)} left`;
      const { finding, figure } = grade({
        value: leftMs / HOUR_MS,
        unit: 'seconds',
        scale: HOUR_MS / 1000,
        threshold: threshold('version'),
        bad: 'below',
        facts,
        why: () => `${words}: ${mandate.subject}, ${left}`,
      });
      const advice = `Update it as notice ${mandate.notice} says, then restart it.`;
      return { finding, shown, advice, ...(Number.isFinite(leftMs) && { figure }) };
    }
    const unclear = judged.find(({ standing }) => standing === 'unknown');
    if (unclear) return unknown(unclear.words);
    return { finding: { state: 'up', facts: { runs: shown } }, shown };
  },
};

const dueMs = (dueAt: Date | undefined): number => dueAt?.getTime() ?? Infinity;
