import type { Redis } from 'ioredis';

import type { Voice, Voices } from '#src/domain/voice.ts';
import { KEY_PREFIX } from './documents.ts';
import { script } from './script.ts';

/** What nobody said again for so long is dropped. */
const KEEP_MS = 86_400_000;
/** So long what was heard is taken to be the same: the services of a coin are looked at one after the other. */
const SAME_MS = 2_000;
/** Or longer, so much for each of them: what reading takes does not grow with the fleet. */
const SAME_MS_EACH = 10;

interface Heard {
  until: number;
  readonly voices: Promise<readonly Voice[]>;
}

const SAY = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`;

/** A hash per coin, a field per service. */
export function createVoices(redis: Redis, now: () => Date): Voices {
  const say = script(redis, 'SayVoice', SAY);
  const heard = new Map<string, Heard>();
  const keyOf = (coin: string): string => `${KEY_PREFIX}:voices:${coin}`;

  async function read(coin: string): Promise<readonly Voice[]> {
    const key = keyOf(coin);
    const fields = await redis.hgetall(key);
    const oldest = now().getTime() - KEEP_MS;
    const all = Object.entries(fields).map(([field, json]) => [field, JSON.parse(json) as Voice] as const);
    const isKept = ({ at }: Voice): boolean => Date.parse(at) >= oldest;
    const gone = all.filter(([, voice]) => !isKept(voice)).map(([field]) => field);
    if (gone.length > 0) await redis.hdel(key, ...gone);
    return all.map(([, voice]) => voice).filter(isKept);
  }

  return {
    async tell(coin, voice) {
      const key = keyOf(coin);
      const field = JSON.stringify([voice.node, voice.service]);
      const said = JSON.stringify(voice);
      await say([key], field, said, KEEP_MS);
    },
    async hear(coin) {
      const at = now().getTime();
      const before = heard.get(coin);
      if (before && at < before.until) return await before.voices;
      const next: Heard = { until: at + SAME_MS, voices: read(coin) };
      heard.set(coin, next);
      try {
        const voices = await next.voices;
        next.until = at + Math.max(SAME_MS, voices.length * SAME_MS_EACH);
        return voices;
      } catch (error) {
        // Asked again at the next look, not kept for as long as it is wrong.
        if (heard.get(coin) === next) heard.delete(coin);
        throw error;
      }
    },
  };
}
