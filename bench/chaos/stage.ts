import { Redis } from 'ioredis';

import { type RunningRedis, startRedis } from '#test/real/redis.ts';
import { type Answer, type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type Discord, startDiscord } from '#test/stand-ins/discord/discord.ts';
import { openDirectChannel } from '#test/stand-ins/discord/world.ts';
import { type Matrix, startMatrix } from '#test/stand-ins/matrix/matrix.ts';

export const OPERATORS = 64;
/** So many of them are on Matrix too. */
const ON_MATRIX = 16;
/** So many have no direct-message channel yet: it is opened in the storm. */
const NEW_CHANNELS = 3;
export const AREAS = 4;
/** Leader and standby, with all roles each; killed apart from each other. */
const TWINS = 2;
/** A producer waits no longer before it asks the other one. */
const ANSWER_MS = 4_000;
const ROOMS = ['notaries', 'ops', ...count(AREAS).map((area) => `area${area}`)];

export function count(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Where a room or a person is on each platform. */
interface Sides {
  readonly discord: string;
  readonly matrix: string | undefined;
}

/** Everything the run is played with. */
export interface Stage extends AsyncDisposable {
  readonly discord: Discord;
  readonly matrix: Matrix;
  readonly redis: RunningRedis;
  /** The judge's own look into Redis. */
  readonly records: Redis;
  readonly twins: readonly RunningTocsin[];
  readonly rooms: ReadonlyMap<string, Sides>;
  readonly operators: readonly Sides[];
  /** Confirms notices. */
  readonly coordinator: string;
  /** POST /ingress/<path> to one of them, to each in turn. */
  ingress(path: string, body: unknown): Promise<Answer>;
}

/** Redis with everything on disk before it answers, both chats, 64 seats, and the program twice, ready. */
export async function openStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  // A job that was accepted is not Redis's to lose in this run.
  const redis = stack.use(await startRedis({ appendonly: true, args: ['--appendfsync', 'always'] }));
  const records = new Redis(redis.url, { maxRetriesPerRequest: null });
  records.on('error', () => undefined);
  stack.defer(() => records.disconnect());
  const discord = stack.use(await startDiscord());
  const matrix = stack.use(await startMatrix());
  const { world } = matrix;

  const people = count(OPERATORS).map((index): Sides => {
    const onMatrix = index < ON_MATRIX ? `@op${index}:${world.serverName}` : undefined;
    return { discord: discord.user({ name: `op${index}` }).id, matrix: onMatrix };
  });
  const onMatrix = people.flatMap(({ matrix: handle }) => handle ?? []);
  const rooms = new Map(
    ROOMS.map((name): [string, Sides] => [
      name,
      { discord: discord.channel({ name }).id, matrix: world.room(name, [world.bot.userId, ...onMatrix]).id },
    ]),
  );
  const coordinator = discord.user({ name: 'dave' }).id;
  for (const { discord: handle } of people.slice(0, OPERATORS - NEW_CHANNELS)) {
    const { id } = openDirectChannel(discord.state, handle);
    await records.hset('{tocsin}:directs:discord', handle, id);
  }

  const env = {
    REDIS_URL: redis.url,
    DISCORD_TOKEN: discord.token,
    DISCORD_GUILD_ID: discord.guildId,
    DISCORD_API_URL: discord.api,
    MATRIX_HOMESERVER_URL: matrix.url,
    MATRIX_ACCESS_TOKEN: world.bot.accessToken,
    LOG_LEVEL: 'info',
  };
  const fleet = fleetOf(rooms, people, coordinator);
  const twins: RunningTocsin[] = [];
  for (const _ of count(TWINS)) {
    const options = { env, fleet, readyWithinMs: 60_000 };
    twins.push(stack.use(await startTocsin(options)));
  }
  const registered = (): boolean =>
    discord.commands().guild.length > 0 && discord.commands().global.length > 0;
  await discord.until(registered, 30_000, 'the commands');
  let turn = 0;
  const all = stack.move();
  return {
    discord,
    matrix,
    redis,
    records,
    twins,
    rooms,
    operators: people,
    coordinator,
    ingress(path, body) {
      const twin = twins[turn++ % TWINS] as RunningTocsin;
      return twin.request(`/ingress/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${twin.ingressToken}` },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function fleetOf(rooms: ReadonlyMap<string, Sides>, people: readonly Sides[], coordinator: string): object {
  const sides = ({ discord, matrix }: Sides) => ({ discord, ...(matrix !== undefined && { matrix }) });
  return {
    network: 'chaos',
    rooms: [...rooms].map(([id, where]) => ({ id, ...sides(where) })),
    routes: [
      { match: { severity: 'critical' }, rooms: ['ops'], direct: true },
      ...count(AREAS).map((area) => ({ match: { area: `${area}` }, rooms: [`area${area}`] })),
      { rooms: ['notaries'] },
    ],
    teams: [
      { id: 'staff', operators: [{ id: 'dave', role: 'coordinator', discord: coordinator }] },
      ...people.map((where, index) => ({
        id: `team${index}`,
        operators: [{ id: `op${index}`, role: 'notary', ...sides(where) }],
        seats: [{ id: `seat${index}`, region: 'EU' }],
      })),
    ],
    patrol: { every: '1h' },
  };
}
