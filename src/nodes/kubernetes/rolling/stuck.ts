import type { Cluster, LogTail } from '#src/domain/cluster.ts';
import { OutsideError } from '#src/domain/errors.ts';
import { imagesInWords } from '../image.ts';
import { isLive, type Pod } from '../pods.ts';
import { bestEarlier, type Revision } from '../revisions.ts';
import type { Scene } from '../scene.ts';
import { type Trouble, troubleOf } from '../trouble.ts';
import type { Rolling } from './rolling.ts';

const LINES_SHOWN = 5;
const LINES_KEPT = 100;

/** What keeps pods from becoming ready, the plainest first; those of the newest template where their marks tell. */
export function worstOf(pods: readonly Pod[], revision?: string): Trouble | undefined {
  const live = pods.filter(isLive);
  const newest = live.filter((pod) => revision !== undefined && pod.revision === revision);
  return (newest.length > 0 ? newest : live)
    .flatMap((pod) => troubleOf(pod) ?? [])
    .toSorted((a, b) => Number(b.isHard) - Number(a.isHard))[0];
}

/** Why a rollout is not finished, what the pod said last, and what to do, for a person. The log keeps more of what it said. */
export async function whyStuck(rolling: Rolling, scene: Scene, left: string): Promise<string> {
  const workload = await scene.workload();
  const trouble = worstOf(await scene.pods(), workload.revision);
  const undo = `Undo it: ${await undoing(rolling, scene)}`;
  if (!trouble) return `${left}. ${undo}`;
  const said = await lastWords(rolling, trouble);
  const words = `${left}; pod ${trouble.pod}: ${trouble.why}`;
  return [`${words}.`, said, `${trouble.advice} ${undo}`].join(said.includes('\n') ? '\n' : ' ');
}

async function lastWords(
  { carrying, cluster }: Rolling,
  { pod, container, ended }: Trouble,
): Promise<string> {
  const secrets = carrying.target.node.services.flatMap(({ rpc }) =>
    rpc && 'password' in rpc && rpc.password !== undefined ? [rpc.password] : [],
  );
  const tail = { pod, container, lines: LINES_KEPT, secrets };
  try {
    // One that ended has said why in its run before; the present one may not have begun.
    const before = ended ? await lastRun(cluster, tail, carrying.signal) : [];
    const lines = before.length > 0 ? before : await cluster.log(tail, carrying.signal);
    if (lines.length === 0) return 'It said nothing.';
    await carrying.log([`Last lines of ${pod}:`, ...lines].join('\n'));
    return ['The last that it said:', ...lines.slice(-LINES_SHOWN)].join('\n');
  } catch (error) {
    carrying.signal.throwIfAborted();
    if (!(error instanceof OutsideError)) throw error;
    // An image that was never there has no log, and the answer says so.
    return `What it said is not known: ${error.message}.`;
  }
}

/** None where the API says that there was no such run, or that it is no longer kept. */
async function lastRun(cluster: Cluster, tail: LogTail, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return await cluster.log({ ...tail, previous: true }, signal);
  } catch (error) {
    if (error instanceof OutsideError && error.reason === 'rejected') return [];
    throw error;
  }
}

async function undoing({ carrying }: Rolling, scene: Scene): Promise<string> {
  const { node, service } = carrying.target;
  const command = (to: string): string => `\`remedy run rollout-undo ${node.id} ${service.id} to=${to}\``;
  let kept: readonly Revision[];
  try {
    kept = await scene.revisions();
  } catch (error) {
    carrying.signal.throwIfAborted();
    if (!(error instanceof OutsideError)) throw error;
    return `${command('NUMBER')}; which revisions are kept is not known: ${error.message}.`;
  }
  const best = bestEarlier(kept);
  if (!best) return 'no earlier revision is kept; apply a template that works.';
  return `${command(String(best.revision))} (${imagesInWords(best)}).`;
}
