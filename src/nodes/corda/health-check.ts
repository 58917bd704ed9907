import { OutsideError } from '#src/domain/errors.ts';
import { type Get, isRefused } from './http.ts';
import { readMBean } from './jolokia.ts';
import { type Counted, countedIn } from './notary-checks.ts';
import { Metrics } from './payloads.ts';

/** As the app registers them in the node's metrics; as an app with a domain of its own would. */
const PATTERNS = ['net.corda:type=notaryhealthcheck,*/Count', 'net.corda.notaryhealthcheck:*/Count'];

/** What the notary health check app counts, by the Jolokia agent of its node. Throws OutsideError. */
export async function countedAt(agent: string, get: Get): Promise<readonly Counted[]> {
  try {
    for (const pattern of PATTERNS) {
      const found = await readMBean(agent, pattern, { get, as: Metrics });
      if (found) return countedIn(found);
    }
    return [];
  } catch (error) {
    if (!isRefused(error)) throw error;
    const words = `the node that checks the notary does not run, so nothing is known of the notary by it: ${(error as OutsideError).message}`;
    throw new OutsideError('corda', 'unavailable', words);
  }
}
