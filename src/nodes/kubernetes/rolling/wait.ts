import { OutsideError, UserError } from '#src/domain/errors.ts';
import { poll, spell } from '../../poll.ts';
import { isLive, type Pod } from '../pods.ts';
import { DEADLINE_EXCEEDED, rolloutOf } from '../rollout.ts';
import type { Scene } from '../scene.ts';
import { templateDigest } from '../template.ts';
import { troubleOf } from '../trouble.ts';
import type { Workload } from '../workload.ts';
import { nameOf } from './preconditions.ts';
import type { Rolling } from './rolling.ts';
import { whyStuck, worstOf } from './stuck.ts';
import type { Written } from './write.ts';

/** How it was before. A type, not an interface: it is kept as JSON. */
export type Before = {
  readonly at: string;
  /** Uids of its pods that are to be gone afterwards. */
  readonly pods: readonly string[];
  /** When an earlier rollout had failed: its condition stays until the new one gets on, and is no verdict on it. */
  readonly failedAt: string | null;
};

/** A step: notes what is to be gone afterwards: its pods, but for those that may stay. */
export function note(
  { carrying, look }: Rolling,
  mayStay: (pod: Pod) => boolean = () => false,
): Promise<Before> {
  return carrying.journal.step('note its pods', async (): Promise<Before> => {
    const scene = look();
    const pods = (await scene.pods()).filter((pod) => isLive(pod) && !mayStay(pod)).map(({ uid }) => uid);
    return { at: new Date().toISOString(), pods, failedAt: failedAt(await scene.workload()) };
  });
}

/** A step: waits until every pod is of the new template, available, and none of before is left. Throws UserError. */
export async function rolledOut(rolling: Rolling, before: Before, written: Written): Promise<string> {
  const { carrying, waits, look } = rolling;
  const { journal, signal } = carrying;
  return journal.step('wait for the rollout', async () => {
    let words = 'its controller has not seen the change yet';
    let hopelessSince: number | undefined;
    const once = async (): Promise<string | undefined> => {
      const scene = look();
      const workload = await scene.workload();
      // An answer to what somebody asked before the change was made.
      if (workload.generation < written.generation) return undefined;
      requireOurs(workload, written);
      const now = rolloutOf(workload);
      const pods = (await scene.pods()).filter(isLive);
      if (now.state === 'complete') {
        const old = pods.filter(({ uid }) => before.pods.includes(uid));
        if (old.length === 0) return doneInWords(workload, pods);
        words = `pod ${old[0]?.name} of before is still there`;
        await carrying.progress(words);
        return undefined;
      }
      words = now.left;
      if (now.state === 'paused')
        throw new UserError(
          `${nameOf(workload)}: somebody paused its rollout: ${now.left}. Resume it, or undo it`,
        );
      if (now.state === 'failed' && failedAt(workload) !== before.failedAt)
        throw new UserError(
          `The rollout failed (${DEADLINE_EXCEEDED}): ${await whyStuck(rolling, scene, now.left)}`,
        );
      const trouble = worstOf(pods, workload.revision);
      hopelessSince = trouble?.isHard ? (hopelessSince ?? performance.now()) : undefined;
      const isHopeless = hopelessSince !== undefined && performance.now() - hopelessSince > waits.hopelessMs;
      // A StatefulSet has no deadline, and a Deployment that goes back under Recreate is not held to its own.
      if (isHopeless)
        throw new UserError(
          `The rollout does not get on for ${spell(waits.hopelessMs)}: ${await whyStuck(rolling, scene, now.left)}`,
        );
      await carrying.progress(goingOn(workload, pods, { left: now.left, trouble: trouble?.why, scene }));
      return undefined;
    };
    const done = await poll(() => patiently(rolling, once), {
      everyMs: waits.everyMs,
      withinMs: waits.rolloutMs,
      signal,
    });
    if (done !== undefined) return done;
    const why = await whyStuck(rolling, look(), words).catch((error: unknown) => {
      if (error instanceof OutsideError) return `${words}; ${error.message}`;
      throw error;
    });
    throw new UserError(`The rollout is not over after ${spell(waits.rolloutMs)}: ${why}`);
  });
}

/** A cluster that does not answer for a while is no reason to give up: the rollout goes on without us. */
async function patiently<T>({ carrying }: Rolling, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    carrying.signal.throwIfAborted();
    if (!(error instanceof OutsideError)) throw error;
    if (!error.retryable)
      throw new UserError(
        `${error.message}. The change is written, and Kubernetes goes on with it; how far it came is not known here: kubectl rollout status`,
      );
    await carrying.progress(`${error.message}; asking again`);
    return undefined;
  }
}

function requireOurs(workload: Workload, { template }: Written): void {
  if (templateDigest(workload.template) === template) return;
  throw new UserError(
    `${nameOf(workload)}: somebody else changed its template while it was rolled out: Tocsin's change was replaced. Look at it: kubectl rollout history and status`,
  );
}

function failedAt({ progressing }: Workload): string | null {
  if (progressing?.reason !== DEADLINE_EXCEEDED) return null;
  return progressing.lastUpdateTime ?? progressing.lastTransitionTime ?? null;
}

interface Situation {
  readonly left: string;
  readonly trouble: string | undefined;
  readonly scene: Scene;
}

function goingOn(workload: Workload, pods: readonly Pod[], { left, trouble, scene }: Situation): string {
  const held = heldBackBy(workload, pods);
  if (held === undefined) return trouble === undefined ? left : `${left}; ${trouble}`;
  return `${left}; pod ${held.name} is of the old template and does not become ready, and a StatefulSet leaves it so: kubectl -n ${scene.namespace} delete pod ${held.name}`;
}

/** A broken pod that its StatefulSet waits for instead of replacing it; https://github.com/kubernetes/kubernetes/issues/67250 */
export const heldBackBy = ({ kind, revision }: Workload, pods: readonly Pod[]): Pod | undefined =>
  pods.find(
    (pod) =>
      kind === 'statefulset' &&
      pod.revision !== undefined &&
      pod.revision !== revision &&
      pod.deletedAt === undefined &&
      troubleOf(pod)?.isHard === true,
  );

function doneInWords({ replicas, revision, kind }: Workload, pods: readonly Pod[]): string {
  const names = pods.map(({ name }) => name);
  const few = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
  const of = revision !== undefined && kind !== 'deployment' ? `, revision ${revision}` : '';
  return `${replicas} of ${replicas} pods have the new template and are available (${few}${of})`;
}
