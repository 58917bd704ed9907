import { imageInWords, imageOf } from '../image.ts';
import type { Check } from './check.ts';

const MOST_SHOWN = 5;

/** The revisions that a rollout can be undone to, with their images. */
export const revisions: Check = {
  id: 'revisions',
  title: 'revision',
  costs: 'time',
  alertname: 'RevisionHistoryEmpty',
  async look(scene) {
    const kept = await scene.revisions();
    const current = kept.find(({ isCurrent }) => isCurrent);
    const listed = kept.slice(0, MOST_SHOWN).map(({ revision, containers, isCurrent }) => {
      const named = containers.map(({ image }) => imageInWords(imageOf(image)));
      return `${revision}: ${named.join(', ')}${isCurrent ? ' (now)' : ''}`;
    });
    const facts = {
      ...(current && { revision: current.revision }),
      kept: kept.length,
      revisions: listed.join('; '),
    };
    const seen = {
      shown: current ? `${current.revision}` : '–',
      figure: { value: kept.length, unit: 'count' },
    } as const;
    // The first revision has none before it.
    if (kept.length > 1 || (current?.revision ?? 1) === 1)
      return { ...seen, finding: { state: 'up', facts } };
    return {
      ...seen,
      finding: {
        state: 'degraded',
        why: `only revision ${current?.revision} is kept: a rollout cannot be undone`,
        facts,
      },
      advice:
        'Set its revisionHistoryLimit to some revisions, and keep the name of the image that ran before.',
    };
  },
};
