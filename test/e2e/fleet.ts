import { type Discord, startDiscord } from '#test/stand-ins/discord/discord.ts';
import { type MatrixUser, startMatrixUser } from '#test/real/matrix-user.ts';
import type { Account, RunningSynapse } from '#test/real/synapse.ts';

/** Who is who: two notaries of one team, one of another, two coordinators. */
export const PEOPLE = ['alice', 'bob', 'frank', 'carol', 'dave'] as const;
export type PersonName = (typeof PEOPLE)[number];
export const ROOMS = ['notaries', 'ops'] as const;
type RoomName = (typeof ROOMS)[number];

/** Where the people and the rooms of the fleet are on one platform. */
interface Side {
  readonly handles: Readonly<Record<PersonName, string>>;
  readonly rooms: Readonly<Record<RoomName, string>>;
}

const byName = <Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Record<Name, Value> =>
  Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;

/** The stand-in with everybody and the rooms in it. */
export interface DiscordStage extends Side, AsyncDisposable {
  readonly discord: Discord;
  readonly env: Readonly<Record<string, string>>;
  /** Resolves once the program is connected and its commands can be used. */
  ready(): Promise<void>;
}

export async function openDiscordStage(): Promise<DiscordStage> {
  const discord = await startDiscord();
  return {
    discord,
    handles: byName(PEOPLE, (name) => discord.user({ name }).id),
    rooms: byName(ROOMS, (name) => discord.channel({ name }).id),
    env: {
      DISCORD_TOKEN: discord.token,
      DISCORD_GUILD_ID: discord.guildId,
      DISCORD_API_URL: discord.api,
    },
    async ready() {
      await discord.gateway.ready();
      const registered = () => discord.commands().global.length > 0 && discord.commands().guild.length > 0;
      await discord.until(registered, 15_000, 'the commands');
    },
    [Symbol.asyncDispose]: () => discord[Symbol.asyncDispose](),
  };
}

/** A homeserver's accounts for everybody, each at a client of their own, and the rooms with all of them and the bot. */
export interface MatrixStage extends Side, AsyncDisposable {
  readonly people: Readonly<Record<PersonName, MatrixUser>>;
  readonly bot: Account;
  readonly env: Readonly<Record<string, string>>;
}

export async function openMatrixStage(synapse: RunningSynapse): Promise<MatrixStage> {
  const bot = await synapse.user('tocsin');
  const users = await Promise.all(
    PEOPLE.map(async (name) => startMatrixUser({ url: synapse.url, account: await synapse.user(name) })),
  );
  const people = byName(PEOPLE, (name) => users[PEOPLE.indexOf(name)] as MatrixUser);
  const invite = [bot.userId, ...users.map(({ userId }) => userId)].filter(
    (id) => id !== people.carol.userId,
  );
  const rooms = await Promise.all(ROOMS.map((name) => people.carol.createRoom({ name, invite })));
  return {
    people,
    bot,
    handles: byName(PEOPLE, (name) => people[name].userId),
    rooms: byName(ROOMS, (name) => rooms[ROOMS.indexOf(name)] as string),
    env: { MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: bot.accessToken },
    async [Symbol.asyncDispose]() {
      await Promise.all(users.map((user) => user[Symbol.asyncDispose]()));
    },
  };
}

/** Regtest has few peers, no notary UTXOs and an old tip: no alert comes of it but those a test asks for. */
const CALM = {
  peers: { warn: 0, critical: 0 },
  'tip-age': { warn: 1e9, critical: 1e9 },
  balance: { warn: 0, critical: 0 },
  'notary-utxos': { warn: 0, critical: 0 },
  'listunspent-time': { warn: 1e3, critical: 1e3 },
  'wallet-size': { warn: 1e3, critical: 1e3 },
};

interface FleetParts {
  readonly discord?: Side;
  readonly matrix?: Side;
  readonly nodes?: readonly object[];
  readonly patrol?: string;
}

/** A fleet file's content. Critical alerts go to room ops and to the seat's operators, others to room notaries. */
export function fleetFile({ discord, matrix, nodes = [], patrol = '1h' }: FleetParts) {
  const operator = (id: PersonName, role: string) => ({
    id,
    role,
    ...(discord && { discord: discord.handles[id] }),
    ...(matrix && { matrix: matrix.handles[id] }),
  });
  return {
    network: 'test-season',
    rooms: ROOMS.map((id) => ({
      id,
      ...(discord && { discord: discord.rooms[id] }),
      ...(matrix && { matrix: matrix.rooms[id] }),
    })),
    routes: [{ match: { severity: 'critical' }, rooms: ['ops'], direct: true }, { rooms: ['notaries'] }],
    coins: [{ id: 'LTC', profile: 'litecoin', thresholds: CALM }],
    teams: [
      {
        id: 'alright',
        operators: [operator('alice', 'notary'), operator('bob', 'notary')],
        seats: [{ id: 'alright_DEV', region: 'DEV' }],
      },
      {
        id: 'harbor',
        operators: [operator('frank', 'notary')],
        seats: [{ id: 'harbor_AR', region: 'AR' }],
      },
      { id: 'council', operators: [operator('carol', 'coordinator'), operator('dave', 'coordinator')] },
    ],
    nodes,
    patrol: { every: patrol },
  };
}

interface Daemon {
  readonly rpcUrl: string;
  readonly user: string;
  readonly password: string;
}

/** A node on this machine with one daemon, LTC. */
export const nodeOf = (id: string, seat: string, { rpcUrl: url, user, password }: Daemon) => ({
  id,
  seat,
  access: { kind: 'local' },
  services: [{ id: 'LTC', kind: 'utxo', coin: 'LTC', rpc: { url, user, password } }],
});
