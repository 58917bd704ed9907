import type { Redis } from 'ioredis';

import type { Silence, Silences } from '#src/domain/silence.ts';

import { documents } from './documents.ts';

const KEEP = 1_000;

export function createSilences(redis: Redis, now: () => Date): Silences {
  const records = documents<Silence>(redis, 'silences', { keep: KEEP });
  return {
    list: async (at) =>
      (await records.list(KEEP)).filter((silence) => Date.parse(silence.endsAt) > at.getTime()),
    async add(silence) {
      await records.update(silence.id, (current) => current ?? silence);
    },
    async expire(id) {
      let ended = false;
      await records.update(id, (current) => {
        ended = current !== undefined && Date.parse(current.endsAt) > now().getTime();
        return ended && current ? { ...current, endsAt: now().toISOString() } : undefined;
      });
      return ended;
    },
  };
}
