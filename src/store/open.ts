import type { Redis } from 'ioredis';

import { unstopped, UserError, wordsOf } from '#src/domain/errors.ts';
import { redisName, type RedisPlace } from '#src/domain/redis.ts';

import { connectRedis, type Temper } from './connect.ts';
import { embeddedRedis } from './embedded.ts';

export interface OpenRedis extends AsyncDisposable {
  /** Where it is, in words. */
  readonly name: string;
  /** A further connection; closed with the rest. */
  connect(temper: Temper): Redis;
}

const ANSWER_MS = 8_000;

interface Options {
  /** Undefined: a private redis-server under the data folder. */
  readonly place: RedisPlace | undefined;
  readonly dataDir: string;
  readonly onError: (error: Error) => void;
}

/** Finds or starts Redis, and waits until it answers. Throws UserError. Disposal ends a private one cleanly. */
export async function openRedis({ place, dataDir, onError }: Options): Promise<OpenRedis> {
  const embedded = place === undefined ? await embeddedRedis(dataDir) : undefined;
  const where: RedisPlace = place ?? { kind: 'socket', path: embedded?.path ?? '', db: 0 };
  const connections: Redis[] = [];
  let answered = false;
  const connect = (temper: Temper): Redis => {
    // What goes wrong before the first answer is told by `answer`, once.
    const redis = connectRedis(where, temper, (error) => answered && onError(error));
    connections.push(redis);
    return redis;
  };
  const close = async (): Promise<void> => {
    for (const redis of connections) redis.disconnect();
    await embedded?.stop();
  };
  const name = embedded
    ? `private redis-server${embedded.takenOver ? ', taken over from the last run' : ''}`
    : redisName(where);
  try {
    await answer(connect('steady'), redisName(where));
    answered = true;
    embedded?.guard(onError);
  } catch (error) {
    await close();
    throw error;
  }
  return { name, connect, [Symbol.asyncDispose]: close };
}

/** Waits for the first answer; says what stood in the way. */
async function answer(redis: Redis, name: string): Promise<void> {
  let why = `no answer in ${ANSWER_MS / 1_000} s`;
  redis.on('error', (error) => (why = wordsOf(error)));
  try {
    await connected(redis);
    const policy = await redis.config('GET', 'maxmemory-policy').catch(() => []);
    await redis.ping();
    if (Array.isArray(policy) && policy[1] !== undefined && policy[1] !== 'noeviction') {
      why = `its maxmemory-policy is ${policy[1]}: it must be noeviction, or it drops jobs`;
      throw new Error(why);
    }
  } catch {
    throw new UserError(`Redis at ${name} cannot be used: ${unstopped(why)}. Check REDIS_URL.`);
  }
}

/** Nothing is asked before: a command that waits in vain would keep the process for as long as it waits. */
function connected(redis: Redis): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => reject(new Error('no answer')), ANSWER_MS);
  if (redis.status === 'ready') resolve();
  else redis.once('ready', () => resolve());
  return promise.finally(() => clearTimeout(late));
}
