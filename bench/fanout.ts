import { setTimeout as wait } from 'node:timers/promises';

import { Redis } from 'ioredis';

import { startRedis } from '#test/real/redis.ts';
import { startTocsin } from '#test/real/tocsin.ts';
import { startDiscord } from '#test/stand-ins/discord/discord.ts';
import { openDirectChannel } from '#test/stand-ins/discord/world.ts';

import { asked, wholes } from './asked.ts';
import { table } from './figures.ts';

/**
 * A notice to many, against a Discord that refuses more than 50 requests a second: how close to that it goes, with one
 * process that delivers and with four. The channels to the people are known: how fast new ones may be opened is a budget of its own.
 */
const PER_SECOND = 50;
const { sizes, workers: workerCounts } = asked('bench:fanout', {
  sizes: wholes([64, 1_000, 10_000], 'recipients'),
  workers: wholes([1, 4], 'processes that deliver'),
});
/** The largest ratio that passes. */
const most = (size: number): number => (size >= 1_000 ? 1.05 : 1.15);

interface Figures {
  readonly size: number;
  readonly workers: number;
  readonly requests: number;
  /** From the first request to the last message. */
  readonly tookS: number;
  /** From the approval to the first request. */
  readonly waitS: number;
  readonly ratio: number;
  /** Answers of 429, by route. */
  readonly refused: ReadonlyMap<string, number>;
  readonly once: boolean;
}

async function fanOut(size: number, workers: number): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const discord = stack.use(await startDiscord({ limits: { globalPerSecond: PER_SECOND } }));
  const people = Array.from({ length: size }, (_, index) => discord.user({ name: `op${index}` }).id);
  const coordinator = discord.user({ name: 'dave' }).id;
  const room = discord.channel({ name: 'notaries' }).id;
  const records = new Redis(redis.url);
  stack.defer(() => records.disconnect());
  const known = people.flatMap((id) => [id, openDirectChannel(discord.state, id).id]);
  await records.hset('{tocsin}:directs:discord', ...known);

  const fleet = {
    network: 'fanout',
    rooms: [{ id: 'notaries', discord: room }],
    routes: [],
    teams: [
      { id: 'staff', operators: [{ id: 'dave', role: 'coordinator', discord: coordinator }] },
      ...people.map((id, index) => ({
        id: `team${index}`,
        operators: [{ id: `op${index}`, role: 'notary', discord: id }],
        seats: [{ id: `seat${index}` }],
      })),
    ],
    patrol: { every: '1h' },
  };
  const env = {
    REDIS_URL: redis.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_GUILD_ID: discord.guildId,
    DISCORD_API_URL: discord.api,
    LOG_LEVEL: 'warn',
  };
  const tocsin = stack.use(await startTocsin({ env, fleet }));
  for (let more = 1; more < workers; more++) {
    stack.use(await startTocsin({ env: { ...env, ROLES: 'worker,web' }, fleet }));
  }
  await discord.until(
    () => discord.commands().guild.length > 0 && discord.commands().global.length > 0,
    30_000,
  );

  const notice = await tocsin.ingress('notices', { subject: 'Fan out', text: 'To everybody.' });
  const { id } = notice.body as { readonly id: string };
  const calls = { count: 0, firstAt: 0, lastAt: 0 };
  const touched = new Set<string>();
  const pending = new Set(known.filter((_, at) => at % 2 === 1));
  // Counts what the limit counts, and lets all of it through.
  const when = ({ method, path }: { readonly method: string; readonly path: string }): false => {
    if (/^\/(interactions|webhooks)\//.test(path)) return false;
    calls.count += 1;
    calls.firstAt ||= Date.now();
    const channel = method === 'POST' ? /^\/channels\/(\d+)\/messages$/.exec(path)?.[1] : undefined;
    if (channel !== undefined && pending.has(channel)) touched.add(channel);
    return false;
  };
  discord.faults.add({ kind: 'drop-before', match: { when } });
  await discord.as(coordinator).slash('/approve', { id }, { dm: true });
  const askedAt = Date.now();
  const giveUpAt = askedAt + 60_000 + (size / PER_SECOND) * 2_000;
  let requests = 0;
  while (pending.size > 0 && Date.now() < giveUpAt) {
    await wait(10);
    for (const channel of touched) {
      const [message] = discord.messages(channel);
      if (!message) continue;
      touched.delete(channel);
      pending.delete(channel);
      calls.lastAt = message.createdAt.getTime();
      requests = calls.count;
    }
  }
  await wait(1_500);
  const counts = known.filter((_, at) => at % 2 === 1).map((channel) => discord.messages(channel).length);
  const tookS = (calls.lastAt - calls.firstAt) / 1_000;
  return {
    size,
    workers,
    requests,
    tookS,
    waitS: (calls.firstAt - askedAt) / 1_000,
    ratio: tookS / (requests / PER_SECOND),
    refused: new Map(discord.limits.given),
    once: counts.every((count) => count === 1),
  };
}

const found: Figures[] = [];
for (const size of sizes) for (const workers of workerCounts) found.push(await fanOut(size, workers));

const rows = found.map(({ size, workers, requests, tookS, waitS, ratio, refused, once }) => [
  `${size}`,
  `${workers}`,
  `${requests}`,
  `${tookS.toFixed(2)} s`,
  `${waitS.toFixed(2)} s`,
  `${ratio.toFixed(3)} (≤ ${most(size)})`,
  refused.size === 0 ? '0' : [...refused].map(([route, count]) => `${count} of ${route}`).join(', '),
  once ? 'yes' : 'no',
]);
const head = [
  'recipients',
  'workers',
  'requests',
  'took',
  'began after',
  'took ÷ (requests ÷ 50/s)',
  '429',
  'each once',
];
process.stdout.write(`${table(head, rows)}\n`);
process.stdout.write(
  'Channels to the people were known; requests of the room and of the roll call among it count too.\n',
);
const fails = found.some(({ size, ratio, refused, once }) => ratio > most(size) || refused.size > 0 || !once);
process.exitCode = fails ? 1 : 0;
