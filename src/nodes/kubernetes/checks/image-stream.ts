import { OutsideError } from '#src/domain/errors.ts';
import { followedBy, readStreamTag, streamResource } from '../image-stream.ts';
import { type Check, unknown } from './check.ts';

/** The image stream that an OpenShift workload follows; nothing where it follows none. */
export const imageStream: Check = {
  id: 'image-stream',
  title: 'stream',
  costs: 'soon',
  alertname: 'ImageStreamImportFailing',
  applies: async (scene) => followedBy(await scene.workload()) !== undefined,
  async look(scene) {
    const trigger = followedBy(await scene.workload());
    if (!trigger) return unknown('it follows no image stream any more');
    const wrong = (why: string) =>
      ({
        finding: { state: 'degraded', why, facts: { follows: trigger.name } },
        shown: 'failing',
        advice: 'Describe the image stream: its registry, its pull secret and the tag that it imports.',
      }) as const;
    let answer: unknown;
    try {
      answer = await scene.ask(streamResource(trigger));
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      // The annotation outlives a move away from OpenShift.
      if (error.reason === 'rejected') return { finding: { state: 'up', facts: {} }, shown: '–' };
      if (error.reason === 'not-found')
        return wrong(`follows an image stream that is not there: ${trigger.name}`);
      throw error;
    }
    const { newest, failing, importedAt } = readStreamTag(answer, trigger);
    if (failing !== undefined) return wrong(`${trigger.name} cannot be imported: ${failing}`);
    if (newest === undefined) return wrong(`${trigger.name} has no image`);
    const digests = (await scene.pods()).flatMap(({ containers }) =>
      containers.flatMap(({ digest }) => digest ?? []),
    );
    const isRunning = digests.includes(newest);
    return {
      finding: {
        state: 'up',
        facts: { follows: trigger.name, newest, isRunning, ...(importedAt !== undefined && { importedAt }) },
      },
      shown: isRunning || digests.length === 0 ? trigger.name : `${trigger.name} (newer)`,
    };
  },
};
