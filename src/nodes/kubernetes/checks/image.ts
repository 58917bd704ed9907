import { imageInWords, imageOf, seenInTag } from '../image.ts';
import { isLive, type Pod } from '../pods.ts';
import type { Workload } from '../workload.ts';
import { type Check, unknown } from './check.ts';

/**
 * Which image runs, as its tag says. A version stands in the facts, for whoever compares it with a notice, only while
 * every pod runs the one image that the workload asks for.
 */
export const image: Check = {
  id: 'image',
  title: 'image',
  costs: 'soon',
  alertname: 'ImageMixed',
  async look(scene) {
    const workload = await scene.workload();
    const asked = containerOf(workload, scene.container);
    if (!asked)
      return unknown(`its pods have no container ${scene.container}: see the fleet file's container`);
    const live = (await scene.pods()).filter((pod) => isLive(pod) && pod.deletedAt === undefined);
    const running = live.filter((pod) => runs(pod, asked.name));
    const wanted = imageOf(asked.image);
    const words = imageInWords(wanted);
    const facts = { image: asked.image.slice(0, 300), container: asked.name };
    const isAll = running.length > 0 && running.length === live.length;
    if (!isAll) return { finding: { state: 'up', facts }, shown: words };
    const others = new Set(running.map((pod) => pod.images[asked.name] ?? ''));
    if (others.size > 1 || !others.has(asked.image))
      return { finding: { state: 'up', facts }, shown: `→ ${words}` };
    const digests = new Set(running.flatMap((pod) => digestOf(pod, asked.name) ?? []));
    if (digests.size > 1) {
      return {
        finding: {
          state: 'degraded',
          why: `pods run ${digests.size} different images under the one name ${words}`,
          facts,
        },
        shown: words,
        advice:
          'Somebody pushed another image under the same tag: name images by version or digest, and roll out again.',
      };
    }
    const [digest] = digests;
    return {
      finding: { state: 'up', facts: { ...facts, ...seenInTag(wanted.tag), ...(digest && { digest }) } },
      shown: words,
    };
  },
};

/** The one that the fleet names, else kubectl's default, else the first. */
function containerOf({ containers, defaultContainer }: Workload, named: string | undefined) {
  const find = (name: string | undefined) => containers.find((one) => one.name === name);
  return named === undefined ? (find(defaultContainer) ?? containers[0]) : find(named);
}

const statusOf = (pod: Pod, name: string) => pod.containers.find((one) => one.name === name);
const runs = (pod: Pod, name: string): boolean => statusOf(pod, name)?.running ?? false;
const digestOf = (pod: Pod, name: string): string | undefined => statusOf(pod, name)?.digest;
