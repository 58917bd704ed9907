import type { Operation } from '#src/domain/cluster.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Arguments, Plan, Remedy } from '#src/domain/remedy.ts';
import { spell } from '../../poll.ts';
import { imageOf, imagesInWords } from '../image.ts';
import { followedBy } from '../image-stream.ts';
import { isOfRevision } from '../pods.ts';
import type { Revision } from '../revisions.ts';
import { daemonsAnswer } from '../rolling/answers.ts';
import {
  boundTo,
  DEPRECATED,
  nameOf,
  replacedInWords,
  requireQuiet,
  requireRollable,
} from '../rolling/preconditions.ts';
import { rehearse } from '../rolling/rehearse.ts';
import { clusterOf, notInCluster, rollingOf, sceneNow, WAITS, type Waits } from '../rolling/rolling.ts';
import { heldBackBy, note, rolledOut } from '../rolling/wait.ts';
import { write } from '../rolling/write.ts';
import type { Scene } from '../scene.ts';
import { differences, ownTemplate, templateDigest } from '../template.ts';
import type { Workload } from '../workload.ts';

/** Gives a workload the template of a revision that it had before, and sees that its pods become ready. */
export function createRolloutUndo(given: Partial<Waits> = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'rollout-undo',
    summary: 'Goes back to an earlier revision of a workload, whole template; its daemon may need a reindex',
    risk: 'medium',
    kinds: ['kubernetes'],
    takesDown: true,
    notHere: notInCluster,
    parameters: [
      { name: 'to', summary: 'Number of the revision, as health and kubectl rollout history show it' },
      { name: 'image', summary: 'In place of it: a tag that the workload ran before' },
    ],
    async plan(target, args, executors) {
      const cluster = clusterOf(executors, target);
      const scene = sceneNow(target, cluster);
      const workload = await scene.workload();
      const revision = await revisionFor(scene, args);
      const template = ownTemplate(workload.kind, revision.held);
      const differing = differences(workload.template, template);
      if (differing.length === 0)
        throw new UserError(
          `${nameOf(workload)} has the template of revision ${revision.revision} already: there is nothing to undo.`,
        );
      requireRollable({ ...workload, claims: [...workload.claims, ...revision.claims] }, cluster.namespace);
      requireNotFollowing(workload, revision);
      const pods = await scene.pods();
      requireQuiet(workload, pods, { evenStuck: true });
      await rehearse(cluster, workload, undo(template));
      const held = heldBackBy({ ...workload, revision: revision.name }, pods);
      return {
        steps: [
          `Give ${nameOf(workload)} (namespace ${cluster.namespace}) the whole template of revision ${revision.revision}, ${imagesInWords(revision)}; once, and only while nobody else changes it`,
          ...(held
            ? [
                `Pod ${held.name} never became ready, and a StatefulSet does not replace such a one: delete it by hand then, kubectl -n ${cluster.namespace} delete pod ${held.name}`,
              ]
            : []),
          `${replacedInWords(workload)}; wait until the new are available and the old are gone, at most ${spell(waits.rolloutMs)}`,
          "See that the node's daemons answer in the new pod, where they are looked at inside it",
        ],
        bound: {
          ...boundTo(workload, cluster.namespace),
          revision: revision.name,
          template: templateDigest(template),
          images: imagesInWords(revision),
        },
        seen: {
          'Image now': imagesInWords(workload),
          'Differs in': differing.join(', '),
          Beware: 'an earlier daemon may not read what a later one has written: it may need a reindex, hours',
          ...(workload.kind === 'deploymentconfig' && { Note: DEPRECATED }),
        },
      };
    },
    async carryOut(carrying) {
      const rolling = rollingOf(carrying, waits);
      const before = await note(rolling, (pod) => isOfRevision(pod, carrying.bound['revision'] ?? ''));
      const written = await write(rolling, {
        operations: async (scene) => undo(await approvedTemplate(scene, carrying.bound)),
        isThere: (workload) => imagesInWords(workload) === carrying.bound['images'],
      });
      const words = await rolledOut(rolling, before, written);
      const daemons = await daemonsAnswer(rolling);
      return `Undone: ${words}${daemons === '' ? '' : `; ${daemons} answers`}.`;
    },
  };
}

export const rolloutUndo: Remedy = createRolloutUndo();

const undo = (template: object): readonly Operation[] => [
  { op: 'replace', path: '/spec/template', value: template },
];

/** The template as it was approved, read anew: it is kept nowhere, it may hold secrets. Throws UserError. */
async function approvedTemplate(scene: Scene, bound: Plan['bound']): Promise<object> {
  const { kind } = await scene.workload();
  const kept = (await scene.revisions()).find(({ name }) => name === bound['revision']);
  const template = kept && ownTemplate(kind, kept.held);
  if (template && templateDigest(template) === bound['template']) return template;
  throw new UserError(
    `Revision ${bound['revision']} is no longer kept as it was approved: nothing was written. Request it again`,
  );
}

/** The revision that is meant. Throws UserError with those there are. */
async function revisionFor(scene: Scene, { to, image }: Arguments): Promise<Revision> {
  if ((to === undefined) === (image === undefined))
    throw new UserError(
      'Say to which revision: to=NUMBER, or image=TAG of one that ran before. One of the two.',
    );
  const kept = await scene.revisions();
  const fits = (one: Revision): boolean =>
    to === undefined
      ? one.containers.some((container) => imageOf(container.image).tag === image)
      : String(one.revision) === to;
  const found = kept.filter((one) => !one.isCurrent).find(fits);
  if (found) return found;
  const what = to === undefined ? `an image ${image} that it ran before` : `a revision ${to}`;
  const why = kept.some(fits) ? 'That is what it has now.' : `It has not kept ${what}.`;
  const offered = kept
    .filter((one) => !one.isCurrent)
    .slice(0, MOST_OFFERED)
    .map((one) => `${one.revision}: ${imagesInWords(one)}`);
  throw new UserError(`${why} Kept are: ${offered.join('; ') || 'none but the present one'}.`);
}
const MOST_OFFERED = 8;

/** What follows an image stream would be given its newest image again. Throws UserError. */
function requireNotFollowing(workload: Workload, revision: Revision): void {
  const followed = followedBy(workload);
  if (!followed?.isAutomatic || imagesInWords(workload) === imagesInWords(revision)) return;
  const { kind, name } = workload;
  throw new UserError(
    `${nameOf(workload)} follows the image stream tag ${followed.name}, which would bring its newest image back. Point the tag to the earlier image, or switch the trigger off first: oc set triggers ${kind}/${name} --manual.`,
  );
}
