import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Redis } from 'ioredis';

import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type RunningRedis, startRedis } from './redis.ts';
import { type Service, startService } from './service.ts';

/** A master whose Sentinels wait this long for it before they choose another. */
const DOWN_AFTER_MS = 1_000;
const NAME = 'bell';
const SENTINELS = 3;

export interface RunningSentinels extends AsyncDisposable {
  /** redis+sentinel://… */
  readonly url: string;
  /** Port of the master as the Sentinels see it now. */
  masterPort(): Promise<number>;
  /** Kills the master and resolves when another one is it. */
  failOver(): Promise<void>;
  /** Makes the replica the master while the old one lives, and resolves when it is. */
  handOver(): Promise<void>;
}

/** Two redis-servers, the second a replica, and three Sentinels that watch them; all on loopback. */
export async function startSentinels(): Promise<RunningSentinels> {
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await startRedis({ appendonly: true }));
  const replicaOf = ['--replicaof', '127.0.0.1', `${first.port}`];
  const second = stack.use(await startRedis({ appendonly: true, args: replicaOf }));
  const servers = [first, second] as const;
  const ports = await Promise.all(Array.from({ length: SENTINELS }, freePort));
  for (const port of ports) stack.use(await startSentinel(port, first.port));

  const asked = new Redis({ port: ports[0] ?? 0, host: '127.0.0.1', maxRetriesPerRequest: null });
  asked.on('error', () => undefined);
  stack.defer(() => asked.disconnect());
  const masterPort = async (): Promise<number> => {
    const answer = (await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string];
    return Number(answer[1]);
  };
  await until(async () => {
    const [replicas, others] = (await Promise.all([
      asked.call('SENTINEL', 'REPLICAS', NAME),
      asked.call('SENTINEL', 'SENTINELS', NAME),
    ])) as [unknown[], unknown[]];
    return replicas.length === 1 && others.length === SENTINELS - 1 && (await inSync(first));
  });

  const running = stack.move();
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    masterPort,
    async failOver() {
      const before = await masterPort();
      await servers.find(({ port }) => port === before)?.kill('SIGKILL');
      await until(async () => (await masterPort()) !== before);
    },
    async handOver() {
      const before = await masterPort();
      await until(async () => (await asked.call('SENTINEL', 'FAILOVER', NAME)) === 'OK');
      await until(async () => (await masterPort()) !== before);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startSentinel(port: number, master: number): Promise<Service> {
  const folder = temporaryFolder('sentinel');
  const file = join(folder.path, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder.path}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 4000`,
    `sentinel parallel-syncs ${NAME} 1`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return startService({
    name: 'redis-sentinel',
    argv: ['redis-server', file, '--sentinel'],
    ready: async () => answersPing(port),
    endBy: 'kill',
    cleanUp: () => folder[Symbol.dispose](),
  });
}

async function answersPing(port: number): Promise<boolean> {
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } finally {
    redis.disconnect();
  }
}

async function inSync({ url }: RunningRedis): Promise<boolean> {
  const redis = new Redis(url);
  try {
    return /slave0:.*state=online/.test(await redis.info('replication'));
  } finally {
    redis.disconnect();
  }
}

async function until(holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const bound = Date.now() + withinMs;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > bound) throw new Error('the Sentinels did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
