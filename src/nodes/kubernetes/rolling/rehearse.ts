import type { Cluster, Operation } from '#src/domain/cluster.ts';
import { OutsideError, UserError } from '#src/domain/errors.ts';
import { resourceOf, type Workload } from '../workload.ts';

const BOUND_MS = 10_000;

/**
 * Has the API check the change in full, our rights and its admission too, without writing it: what would be refused is said
 * before anybody approves it. Throws UserError, or OutsideError where the API does not answer.
 */
export async function rehearse(
  cluster: Cluster,
  workload: Workload,
  operations: readonly Operation[],
): Promise<void> {
  const patch = { what: resourceOf(workload), operations, isRehearsal: true };
  try {
    await cluster.patch(patch, AbortSignal.timeout(BOUND_MS));
  } catch (error) {
    const isRefused =
      error instanceof OutsideError && (error.reason === 'forbidden' || error.reason === 'rejected');
    if (!isRefused) throw error;
    // An admission webhook that cannot rehearse: what it says is known only when it is asked in earnest.
    if (/dry.?run/i.test(error.message)) return;
    throw new UserError(`It would be refused: ${error.message}`);
  }
}
