import { Cluster, Redis, type RedisOptions } from 'ioredis';

import type { RedisPlace } from '#src/domain/redis.ts';

/**
 * How long a command waits while Redis is away. `patient`: for ever (workers). `steady`: some seconds
 * (records). `prompt`: not at all, so that a producer learns at once that nothing was kept.
 */
export type Temper = 'patient' | 'steady' | 'prompt';

const RECONNECT_MS = 1_000;

/**
 * Tries, 100 ms apart, until a command finds the node that serves its keys while a Cluster sorts itself out. A worker's
 * must end before BullMQ's watchdog looks (1 s after the block of 1 s): upon that, a worker on a Cluster stands still
 * for good (bullmq 6.7); a failure it merely tries again.
 */
const CLUSTER_TRIES: Readonly<Record<Temper, number>> = { patient: 12, steady: 80, prompt: 20 };

const OPTIONS: Readonly<Record<Temper, RedisOptions>> = {
  patient: { maxRetriesPerRequest: null },
  steady: { maxRetriesPerRequest: 20, commandTimeout: 10_000 },
  prompt: { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: 5_000 },
};

/** A connection that comes back by itself. Its errors are given to `onError`, never thrown. */
export function connectRedis(place: RedisPlace, temper: Temper, onError: (error: Error) => void): Redis {
  const options: RedisOptions = {
    ...OPTIONS[temper],
    connectTimeout: 5_000,
    // Still connected to a master that is one no more: connect anew, and say it again there.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    retryStrategy: (times) => Math.min(RECONNECT_MS, 50 * times),
  };
  const redis = open(place, options, temper);
  redis.on('error', onError);
  return redis;
}

function open(place: RedisPlace, options: RedisOptions, temper: Temper): Redis {
  const { username, password } = place;
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
  const tls = 'tls' in place && place.tls ? { tls: {} } : {};
  const common: RedisOptions = { ...options, ...login, ...tls };
  switch (place.kind) {
    case 'single':
      return redis({ ...common, host: place.host, port: place.port, db: place.db });
    case 'socket':
      return redis({ ...common, path: place.path, db: place.db });
    case 'sentinel': {
      const { username: sentinelUsername, password: sentinelPassword } = place.sentinelLogin;
      const sentinelLogin = {
        ...(sentinelUsername !== undefined && { sentinelUsername }),
        ...(sentinelPassword !== undefined && { sentinelPassword }),
      };
      return redis({
        ...common,
        ...sentinelLogin,
        sentinels: [...place.sentinels],
        name: place.name,
        db: place.db,
      });
    }
    case 'cluster':
      // It has every command we use; our keys carry one hash tag, so that scripts may touch several.
      return new Cluster([...place.nodes], {
        enableOfflineQueue: temper !== 'prompt',
        maxRedirections: CLUSTER_TRIES[temper],
        clusterRetryStrategy: (times: number) => Math.min(RECONNECT_MS, 50 * times),
        redisOptions: common as NonNullable<ConstructorParameters<typeof Cluster>[1]>['redisOptions'],
      } as ConstructorParameters<typeof Cluster>[1]) as unknown as Redis;
  }
}

/** The constructor's overloads do not take optional properties that are spread in. */
const redis = (options: RedisOptions): Redis => new Redis({ ...options, replyMapping: 'legacy' });
