import type { Redis } from 'ioredis';

import type { Cause } from '#src/domain/delivery.ts';
import { type Place, placeName, type Urgency } from '#src/domain/room.ts';

import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** Own messages a recipient gets at once; then it takes this long for each further one. */
const OWN = { burst: 5, everyMs: 1_000 } as const;
/** The same for critical ones, which keep their own message longer. */
const OWN_CRITICAL = { burst: 10, everyMs: 500 } as const;
/** A bundle collects for this long, and takes so many. */
export const COLLECT_MS = 2_000;
const MOST_MEMBERS = 5_000;
/** Once something was bundled, what follows within this is bundled too: a burst ends with quiet. */
const CALM_MS = 5_000;
/** How long a verdict is remembered, and how long a bundle can be brought up to date. */
const VERDICT_MS = 24 * 3_600_000;
const MEMBERS_MS = 60 * 24 * 3_600_000;

const base = `${KEY_PREFIX}:bundles`;
const membersKey = (id: string): string => `${base}:members:${id}`;

/**
 * Own message or bundle, for several causes of one recipient, in their order. A verdict stands: asked
 * again, also after a crash, the answer is the same. The clock is Redis's own.
 */
const ADMIT = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 'own', 'critical', 'id', 'since', 'count', 'number')
local own, critical = tonumber(state[1] or 0), tonumber(state[2] or 0)
local id = state[3] ~= '' and state[3]
local since, count, number = tonumber(state[4] or 0), tonumber(state[5] or 0), tonumber(state[6] or 0)
local burst, every, cburst, cevery = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local collect, most, calm = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local verdicts = {}
for i = 2, #KEYS do
  local cause, urgent = ARGV[8 + (i - 1) * 2], ARGV[9 + (i - 1) * 2] == '1'
  local known = redis.call('GET', KEYS[i])
  local verdict = known
  if not known then
    verdict = ''
    local bursting = id and now - since < calm
    own = math.min(math.max(own, now), now + burst * every)
    critical = math.min(math.max(critical, now), now + cburst * cevery)
    if urgent and critical + cevery <= now + cburst * cevery then
      critical = critical + cevery
    elseif not urgent and not bursting and own + every <= now + burst * every then
      own = own + every
    else
      if not id or now - since >= collect or count >= most or since > now then
        number = number + 1
        id = 'b' .. string.sub(redis.sha1hex(KEYS[1] .. ':' .. number .. ':' .. now), 1, 12)
        since, count = now, 0
      end
      count = count + 1
      verdict = id
      redis.call('RPUSH', '%MEMBERS%' .. id, cause)
      if count == 1 then redis.call('PEXPIRE', '%MEMBERS%' .. id, ARGV[8]) end
    end
    redis.call('SET', KEYS[i], verdict, 'PX', ARGV[9])
  end
  verdicts[i - 1] = verdict
end
redis.call('HSET', KEYS[1], 'own', own, 'critical', critical, 'id', id or '', 'since', since, 'count', count, 'number', number)
redis.call('PEXPIRE', KEYS[1], ARGV[8])
return verdicts`.replaceAll('%MEMBERS%', membersKey(''));

export interface Admission {
  readonly cause: Cause;
  readonly to: Place;
  readonly urgency: Urgency;
}

/** Decides what is told by a message of its own, and keeps what is told together. */
export interface Bundles {
  /** For each: the bundle it is in, or undefined = a message of its own. Remembered; one round trip. */
  admit(asked: readonly Admission[]): Promise<readonly (Cause | undefined)[]>;
  members(bundle: Cause): Promise<readonly Cause[]>;
}

const FIGURES = [
  OWN.burst,
  OWN.everyMs,
  OWN_CRITICAL.burst,
  OWN_CRITICAL.everyMs,
  COLLECT_MS,
  MOST_MEMBERS,
  CALM_MS,
  MEMBERS_MS,
  VERDICT_MS,
];

export function createBundles(redis: Redis): Bundles {
  const verdictsOf = script(redis, 'Admit', ADMIT);
  return {
    async admit(asked) {
      if (asked.length === 0) return [];
      const groups = [...Map.groupBy(asked.entries(), ([, { to }]) => placeName(to))];
      const asking = groups.map(([place, group]) => {
        const verdicts = group.map(([, { cause }]) => `${base}:verdict:${place}:${cause}`);
        const words = group.flatMap(([, { cause, urgency }]) => [cause, urgency === 'critical' ? '1' : '0']);
        return verdictsOf([`${base}:at:${place}`, ...verdicts], ...FIGURES, ...words);
      });
      const answers = (await Promise.all(asking)) as (readonly string[])[];
      const found: (Cause | undefined)[] = [];
      for (const [index, [, group]] of groups.entries()) {
        for (const [at, [position]] of group.entries()) {
          const id = answers[index]?.[at];
          found[position] = id ? `bundle:${id}` : undefined;
        }
      }
      return Array.from(asked, (_, at) => found[at]);
    },
    members: async (bundle) =>
      (await redis.lrange(membersKey(bundle.slice('bundle:'.length)), 0, -1)) as Cause[],
  };
}
