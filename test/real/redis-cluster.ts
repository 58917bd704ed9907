import { Redis } from 'ioredis';

import { freePort } from './port.ts';
import { type RunningRedis, startRedis } from './redis.ts';

const SLOTS = 16_384;
const MASTERS = 3;
const NODE_TIMEOUT_MS = 1_000;

export interface RunningCluster extends AsyncDisposable {
  /** redis+cluster://… */
  readonly url: string;
  /** The node that holds a key's slot now. */
  holderOf(key: string): Promise<RunningRedis>;
  /** Kills the node that holds the key, and resolves when its replica took over. */
  failOver(key: string): Promise<void>;
}

/** Three masters, each with a replica, on loopback; resolves once every slot is served and every replica in step. */
export async function startCluster(): Promise<RunningCluster> {
  await using stack = new AsyncDisposableStack();
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', `${NODE_TIMEOUT_MS}`];
  const nodes: RunningRedis[] = [];
  const buses: number[] = [];
  for (let count = 0; count < MASTERS * 2; count++) {
    // Its usual place, 10,000 above the port, may be taken by anybody's outgoing connection.
    const bus = await freePort();
    const args = [...clustered, '--cluster-port', `${bus}`];
    nodes.push(stack.use(await startRedis({ appendonly: true, args })));
    buses.push(bus);
  }
  const hands = nodes.map(
    ({ url }) => new Redis(url, { retryStrategy: () => 500, maxRetriesPerRequest: null }),
  );
  for (const hand of hands) {
    hand.on('error', () => undefined);
    stack.defer(() => hand.disconnect());
  }

  for (const [index, hand] of hands.entries()) {
    await hand.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (index < MASTERS) await hand.call('CLUSTER', 'ADDSLOTSRANGE', from(index), from(index + 1) - 1);
  }
  for (const [index, { port }] of nodes.entries()) {
    if (index > 0) await hands[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port, buses[index] ?? 0);
  }
  for (const hand of hands) await until(async () => (await seenBy(hand)).length === nodes.length);
  for (const [index, hand] of hands.slice(MASTERS).entries()) {
    const master = String(await hands[index]?.call('CLUSTER', 'MYID'));
    await hand.call('CLUSTER', 'REPLICATE', master);
    await until(async () => /master_link_status:up/.test(await hand.info('replication')));
  }
  for (const hand of hands) await until(async () => isWhole(hand));

  /** Asked of one that lives. */
  async function holderOf(key: string): Promise<RunningRedis> {
    const slot = Number(await Promise.any(hands.map((hand) => quick(hand.call('CLUSTER', 'KEYSLOT', key)))));
    const views = hands.map(async (hand) => {
      const ranges = (await quick(hand.call('CLUSTER', 'SLOTS'))) as [number, number, [string, number]][];
      const range = ranges.find(([first, last]) => first <= slot && slot <= last);
      if (!range) throw new Error('the slot is nobody’s');
      return range[2][1];
    });
    const port = await Promise.any(views);
    return nodes.find((node) => node.port === port) as RunningRedis;
  }

  const running = stack.move();
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    holderOf,
    async failOver(key) {
      const before = await holderOf(key);
      await before.kill('SIGKILL');
      const living = hands.filter((_, index) => nodes[index] !== before);
      for (const hand of living) {
        await until(async () => {
          const [, , [, port]] = (
            (await hand.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
          ).find(([, , [, master]]) => master === before.port) ?? [0, 0, ['', 0]];
          return port !== before.port && (await isWhole(hand));
        });
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const from = (index: number): number => Math.floor((SLOTS / MASTERS) * index);

const seenBy = async (hand: Redis): Promise<readonly string[]> =>
  String(await hand.call('CLUSTER', 'NODES'))
    .trim()
    .split('\n')
    .filter((line) => !line.includes('handshake'));

const isWhole = async (hand: Redis): Promise<boolean> =>
  String(await hand.call('CLUSTER', 'INFO')).includes('cluster_state:ok');

/** A node that was killed never answers. */
async function quick<T>(answer: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer')), 1_000).unref();
  });
  return await Promise.race([answer, late]);
}

async function until(holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const bound = Date.now() + withinMs;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > bound) throw new Error('the cluster did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
