import type { Redis } from 'ioredis';

import type { AccountLink, AccountLinks } from '#src/domain/linking.ts';

import { documents, KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** Far more than wait or stand: only what is over falls out. */
const KEEP = 5_000;
const WINDOW_MS = 10 * 60_000;

const COUNT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

/** Links in Redis; those that stand are listed in the step that writes them. */
export function createLinks(redis: Redis): AccountLinks {
  const records = documents<AccountLink>(redis, 'links', {
    keep: KEEP,
    mayGo: ({ state }) => state !== 'standing' && state !== 'proven',
    tally: () => ({}),
    listed: ({ id, state }) => (state === 'standing' ? id : undefined),
  });
  const count = script(redis, 'Attempt', COUNT);
  return {
    get: (id) => records.get(id),
    list: (limit) => records.list(limit),
    update: (id, change) => records.update(id, change),
    async standing() {
      const found = await records.getMany(await records.names(KEEP));
      // Between the two reads one may have ended.
      return found.filter((link) => link?.state === 'standing') as readonly AccountLink[];
    },
    attempt: async (name) => Number(await count([`${KEY_PREFIX}:attempts:${name}`], WINDOW_MS)),
  };
}
