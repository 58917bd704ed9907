import { Redis } from 'ioredis';
import { inject } from 'vitest';

export interface TestRedis extends AsyncDisposable {
  /** Names a database of its own: queues, stores and connections made from it meet nobody else's keys. */
  readonly url: string;
  readonly connection: Redis;
}

const databases = 4096;

/**
 * A database that no other test of this run uses, emptied on disposal. Publish/subscribe is the
 * exception: Redis shares its channels between all databases.
 */
export async function testRedis(): Promise<TestRedis> {
  const server = inject('redisUrl');
  const counter = new Redis(server);
  const turn = await counter.incr('tocsin:test:databases');
  await counter.quit();
  const url = `${server}/${1 + (turn % (databases - 1))}`;
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  await connection.flushdb();
  return {
    url,
    connection,
    async [Symbol.asyncDispose]() {
      if (connection.status !== 'end') connection.disconnect();
      const sweeper = new Redis(url);
      await sweeper.flushdb();
      await sweeper.quit();
    },
  };
}
