import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

import { Redis } from 'ioredis';

import { kinds } from '#src/nodes/kinds.ts';
import { startRedis } from '#test/real/redis.ts';
import { recorded } from '#test/stand-ins/daemon/recorded.ts';
import { startDiscord } from '#test/stand-ins/discord/discord.ts';

import { asked, whole, wholes } from './asked.ts';
import { percentile, print, progress, shown, table } from './figures.ts';
import { startProgram } from './program.ts';
import { usageOf } from './usage.ts';

/**
 * A sweep of the patrol: all services of a fleet due at one moment, of which some hang and some drip. Each service has an
 * address of its own in this machine's loopback network; one server answers at all of them.
 */
const {
  nodes: sizes,
  services: SERVICES,
  sweeps: SWEEPS,
  workers: WORKERS,
} = asked('bench:patrol', {
  nodes: wholes([64, 640], 'nodes'),
  services: whole(40, 'services of each'),
  sweeps: whole(3, 'sweeps, of which the median is told'),
  workers: whole(1, 'processes that patrol'),
});
/** Of one look: src/health/look-at.ts. */
const LIMIT_MS = 5_000;
const SWEEP_WITHIN = 1.2;
/** From the last byte of a daemon's last answer until its turn is over and what was seen is on record. */
const RECORD_MS = 1_000;
const LINEAR_WITHIN = 1.2;
/** Of 20 services, 2 hang and 1 drips. */
const faultOf = (index: number): 'hang' | 'drip' | undefined =>
  index % 20 < 2 ? 'hang' : index % 20 === 2 ? 'drip' : undefined;
const DRIP_MS = 250;
/** The turns to come, and those of services that hung. */
const [DUE, HUNG] = ['{tocsin}:patrol:due', '{tocsin}:patrol:hung'];

const results = new Map(recorded('litecoin').map(([method, answer]) => [method, answer([])] as const));

interface Call {
  readonly method: string;
  readonly params?: readonly unknown[];
  readonly id: unknown;
}

function answerTo({ method, params = [], id }: Call): object {
  if (method === 'getblockhash')
    return { result: Number(params[0]).toString(16).padStart(64, '0'), error: null, id };
  const result = results.get(method);
  if (result === undefined)
    return { result: null, error: { code: -32_601, message: 'Method not found' }, id };
  if (method !== 'getblockheader') return { result, error: null, id };
  return { result: { ...(result as object), time: Math.floor(Date.now() / 1_000) }, error: null, id };
}

/** When the last answer had left, by address. */
const answered = new Map<string, number>();
let requests = 0;
const server = createServer((request, response) => void serve(request, response));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  requests++;
  const address = (request.socket.localAddress ?? '').replace('::ffff:', '');
  const fault = faultOf(indexOf(address));
  const body = await text(request);
  if (fault === 'hang') return;
  if (fault === 'drip') return drip(response);
  const calls = JSON.parse(body) as Call | readonly Call[];
  const answer = Array.isArray(calls) ? calls.map(answerTo) : answerTo(calls as Call);
  response.once('finish', () => answered.set(address, performance.now()));
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const drop = setInterval(() => response.write(' '), DRIP_MS);
  response.on('close', () => clearInterval(drop));
}

/** 127.1.0.1 and on: all of 127.0.0.0/8 is this machine. */
const addressOf = (index: number): string =>
  `127.${1 + Math.floor(index / 60_000)}.${Math.floor((index % 60_000) / 240)}.${1 + (index % 240)}`;
function indexOf(address: string): number {
  const [, high = 0, middle = 0, low = 0] = address.split('.').map(Number);
  return (high - 1) * 60_000 + middle * 240 + low - 1;
}

const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
const nameOf = (index: number): string =>
  JSON.stringify([`node${Math.floor(index / SERVICES)}`, `C${index % SERVICES}`]);

/** What was recorded is well by these. */
const WELL = {
  peers: { warn: 0, critical: 0 },
  balance: { warn: 0, critical: 0 },
  'notary-utxos': { warn: 0, critical: 0 },
  'listunspent-time': { warn: 60, critical: 60 },
  disk: { warn: 0, critical: 0 },
};
/** Nothing of what is seen becomes an alert here: bench:alerts tells what alerts cost. */
const calm = Object.fromEntries(
  kinds
    .flatMap(({ checks }) => checks.flatMap(({ alertnames }) => alertnames))
    .map((name) => [name, { looks: 20, of: 20, for: '24h' }]),
);

const fleetWith = (nodes: number, port: number, room: string) => ({
  network: 'bench',
  rooms: [{ id: 'notaries', discord: room }],
  coins: count(SERVICES).map((index) => ({ id: `C${index}`, profile: 'litecoin', thresholds: WELL })),
  teams: [{ id: 'team', seats: count(nodes).map((node) => ({ id: `seat${node}` })) }],
  nodes: count(nodes).map((node) => ({
    id: `node${node}`,
    seat: `seat${node}`,
    // Looked at by RPC alone: what a node's machine tells has costs of its own.
    access: { kind: 'kubernetes' },
    services: count(SERVICES).map((service) => ({
      id: `C${service}`,
      kind: 'utxo',
      coin: `C${service}`,
      rpc: {
        // As IPv6, so that it is taken for an address elsewhere.
        url: `http://[::ffff:${addressOf(node * SERVICES + service)}]:${port}`,
        user: 'u',
        password: 'p',
      },
    })),
  })),
  patrol: { every: '24h', damping: calm },
});

interface Sweep {
  readonly tookMs: number;
  /** Until the last of those that answer was on record, and of each, from its last answer. */
  readonly healthyMs: number;
  readonly recordMs: readonly number[];
  readonly cpuMs: number;
  readonly requests: number;
}

interface Watched {
  readonly redis: Redis;
  readonly total: number;
  readonly cpuMs: () => number;
}

/** Services whose next turn is to come. */
const toCome = async (redis: Redis, from = 1): Promise<readonly string[]> =>
  (await Promise.all([DUE, HUNG].map((key) => redis.zrangebyscore(key, from, '+inf')))).flat();

async function sweep({ redis, total, cpuMs }: Watched): Promise<Sweep> {
  const open = new Map(count(total).map((index) => [nameOf(index), index]));
  const names = [...open.keys()];
  answered.clear();
  const before = { cpuMs: cpuMs(), requests };
  const began = performance.now();
  for (let from = 0; from < total; from += 1_000) {
    const now = names.slice(from, from + 1_000).flatMap((name) => [0, name]);
    await Promise.all([DUE, HUNG].map((key) => redis.zadd(key, 'XX', ...now)));
  }
  const recordMs: number[] = [];
  let healthyMs = 0;
  while (open.size > 0) {
    // Those whose next turn is to come: this one is over.
    const over = await toCome(redis);
    const now = performance.now();
    for (const name of over) {
      const index = open.get(name);
      if (index === undefined) continue;
      open.delete(name);
      if (faultOf(index) !== undefined) continue;
      recordMs.push(now - (answered.get(addressOf(index)) ?? Number.NaN));
      healthyMs = now - began;
    }
    await wait(100);
  }
  const tookMs = performance.now() - began;
  const used = { cpuMs: cpuMs() - before.cpuMs, requests: requests - before.requests };
  return { tookMs, healthyMs, recordMs, ...used };
}

interface Figures {
  readonly total: number;
  readonly sweeps: readonly Sweep[];
  readonly residentMiB: number;
  readonly peakMiB: number;
}

async function measure(nodes: number, port: number): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await startRedis());
  const discord = stack.use(await startDiscord());
  const redis = new Redis(store.url);
  stack.defer(() => redis.disconnect());
  const total = nodes * SERVICES;
  progress(`${nodes} nodes × ${SERVICES} services: the first look at each`);
  const env = {
    REDIS_URL: store.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_GUILD_ID: discord.guildId,
    DISCORD_API_URL: discord.api,
  };
  const fleet = fleetWith(nodes, port, discord.channelId);
  const workers = await Promise.all(
    count(WORKERS).map((at) => startProgram(at === 0 ? env : { ...env, ROLES: 'worker,web' }, fleet)),
  );
  for (const worker of workers) stack.use(worker);
  const usage = () => usageOf(...workers.map(({ pid }) => pid));
  // The very first ones compile.
  while ((await toCome(redis, Date.now() + 3_600_000)).length < total) await wait(500);
  const cpuMs = (): number => usage().cpuS * 1_000;
  const sweeps: Sweep[] = [];
  for (let turn = 0; turn <= SWEEPS; turn++) {
    progress(turn === 0 ? 'a sweep that does not count' : `sweep ${turn} of ${SWEEPS}`);
    const one = await sweep({ redis, total, cpuMs });
    if (turn > 0) sweeps.push(one);
    await wait(2_000);
  }
  const { residentMiB, peakMiB } = usage();
  return { total, sweeps, residentMiB, peakMiB };
}

server.listen(0, '0.0.0.0');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as AddressInfo;
const measured: Figures[] = [];
for (const nodes of sizes) measured.push(await measure(nodes, port));
server.close();
server.closeAllConnections();

const median = ({ sweeps }: Figures, of: (sweep: Sweep) => number): number => percentile(sweeps.map(of), 0.5);
const tookOf = (one: Figures): number => median(one, ({ tookMs }) => tookMs);
const recordOf = (one: Figures, share: number): number =>
  median(one, ({ recordMs }) => percentile(recordMs, share));
const cpuOf = (one: Figures): number => median(one, ({ cpuMs }) => cpuMs) / one.total;
const rows: readonly (readonly [string, (one: Figures) => number])[] = [
  ['sweep, ms', tookOf],
  ['sweep ÷ limit of a look', (one) => tookOf(one) / LIMIT_MS],
  ['healthy all on record, ms', (one) => median(one, ({ healthyMs }) => healthyMs)],
  ['last answer → on record p50, ms', (one) => recordOf(one, 0.5)],
  ['last answer → on record max, ms', (one) => recordOf(one, 1)],
  ['requests to daemons a look', (one) => median(one, (each) => each.requests) / one.total],
  ['processor time a look, ms', cpuOf],
  ['resident, MiB', ({ residentMiB }) => residentMiB],
  ['highest resident, MiB', ({ peakMiB }) => peakMiB],
];
print(
  table(
    ['endpoints', ...measured.map(({ total }) => String(total))],
    rows.map(([what, of]) => [what, ...measured.map((one) => shown(of(one)))]),
  ),
);
const [first, last] = [measured[0], measured.at(-1)];
if (!first || !last) process.exit(2);
const [sweeps, record] = [tookOf(first) / LIMIT_MS, recordOf(first, 1)];
print(`\n${first.total} endpoints: a sweep takes ${shown(sweeps)} × a look's limit; wanted: ${SWEEP_WITHIN}`);
print(`what the healthy answer is on record ${shown(record)} ms later at most; wanted: ${RECORD_MS}`);
let isReached = sweeps <= SWEEP_WITHIN && record <= RECORD_MS;
if (last !== first) {
  const growth = cpuOf(last) / cpuOf(first);
  print(
    `${last.total} endpoints take ${shown(growth)} × the processor time for each; wanted: ${LINEAR_WITHIN}`,
  );
  isReached &&= growth <= LINEAR_WITHIN;
}
if (!isReached) process.exitCode = 1;
