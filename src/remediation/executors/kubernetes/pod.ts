import { z } from 'zod';

import type { Cluster } from '#src/domain/cluster.ts';
import { OutsideError } from '#src/domain/errors.ts';

const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().nullish() }),
      status: z.object({ phase: z.string() }),
    }),
  ),
});

/** The name of the one running pod that the selector matches. Throws OutsideError: with two, nobody knows which is meant. */
export async function podOf(
  cluster: Cluster,
  selector: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const failed = (reason: 'rejected' | 'unavailable' | 'unreadable', words: string): OutsideError =>
    new OutsideError('kubernetes', reason, words);
  if (selector === undefined)
    throw failed(
      'rejected',
      'the fleet file does not say which pod it is: add pod (a label selector) to its access',
    );
  const listed = await cluster.get({ group: '', resource: 'pods', labelSelector: selector }, signal);
  const pods = Pods.safeParse(listed);
  if (!pods.success)
    throw failed('unreadable', 'the Kubernetes API answers with something that is no list of pods');
  const running = pods.data.items.filter(
    ({ metadata, status }) => status.phase === 'Running' && !metadata.deletionTimestamp,
  );
  const [only, ...others] = running;
  if (!only) throw failed('unavailable', `no pod runs that matches ${selector}`);
  if (others.length > 0)
    throw failed(
      'rejected',
      `${running.length} pods match ${selector}: the pod of the fleet file must match one`,
    );
  return only.metadata.name;
}
