import type { Finding } from '#src/domain/finding.ts';
import { unknown } from '../../check.ts';
import { quorumOf } from '../settings.ts';
import type { WorkerSeen } from '../workers.ts';
import type { Check } from './check.ts';

const REMEDY = 'restart-worker';
const ADVICE = 'Read the end of its node log, and df -h; then start it. In a cluster one after the other.';

/**
 * Whether the notary's workers run, each by its Jolokia agent (`net.corda:name=Status,type=Node`). Fewer than the quorum
 * is down; a worker that is missing while enough others work is degraded.
 */
export const cordaWorkers: Check = {
  id: 'corda-workers',
  title: 'workers',
  costs: 'notarisations',
  alertname: 'CordaNotaryDown',
  otherAlertnames: ['CordaWorkerDown'],
  isMeant: (_, workers) => workers.some(({ jolokia }) => jolokia !== undefined),
  async look({ seenWorkers, settings }) {
    const seen = await seenWorkers();
    const { length: all } = seen;
    const quorum = quorumOf(settings, all);
    const count = (...states: readonly WorkerSeen['state'][]): number =>
      seen.filter(({ state }) => states.includes(state)).length;
    const up = count('up');
    const facts = {
      ...Object.fromEntries(seen.map(({ id, state }) => [`worker ${id}`, state])),
      quorum,
    };
    const limits = [{ at: quorum, severity: 'critical', bad: 'below' } as const];
    const row = {
      shown: `${up} of ${all}`,
      figure: { value: up, unit: 'count', limits } as const,
      ...(count('starting') > 0 && { settling: true }),
    };
    const why = seen.flatMap((one) => wordsOf(one, all)).join('; ');
    const found = (state: 'degraded' | 'down'): Finding => ({ state, why, facts });
    if (up === all) return { ...row, finding: { state: 'up', facts } };
    if (up + count('starting', 'unknown') < quorum)
      return { ...row, finding: found('down'), remedy: REMEDY, advice: ADVICE };
    if (count('down', 'starting') > 0)
      return {
        ...row,
        finding: found('degraded'),
        alertname: 'CordaWorkerDown',
        remedy: REMEDY,
        advice: ADVICE,
      };
    return { ...unknown(why), shown: row.shown };
  },
};

function wordsOf(seen: WorkerSeen, all: number): readonly string[] {
  if (seen.state === 'up') return [];
  const why = 'why' in seen ? seen.why : 'is starting';
  return [all > 1 ? `${seen.id} ${why}` : why];
}
