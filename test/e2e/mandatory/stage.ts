import { type MatrixUser, startMatrixUser } from '#test/real/matrix-user.ts';
import { startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type Discord, startDiscord } from '#test/stand-ins/discord/discord.ts';
import { type MailServer, startMailServer } from '#test/stand-ins/mail/mail.ts';

import { CAST, isOn, PEOPLE, type Person } from './cast.ts';

/** Dave sends the notice, Carol closes it. */
export const COORDINATORS = ['carol', 'dave'] as const;
export const ROOMS = ['notaries', 'ops'] as const;
export type RoomName = (typeof ROOMS)[number];

/** Stands in the headline of every message about the notice. */
export const SUBJECT = 'Komodo 0.9.2 for season 9';

/** Discord refuses more new direct-message channels than this in so many ms: a sixtieth of its ten minutes, and some less. */
export const NEW_DIRECTS = { count: 30, perMs: 8_000 };
/** Tocsin's own default, sixty times as fast: 26 in that time, if no kill gives it a new burst; what is late by 2 s still fits. */
const BUDGET = '10 + 1 per 0.5s';

/** One step of each kind comes before the deadline, all within forty seconds of the sending. */
const LADDER = {
  reminders: ['30s'],
  personal: '20s',
  backups: '20s',
  coordinators: '20s',
  room: '20s',
  overdue: '5m',
};
export const DUE_MS = 60_000;

/** Everything the mandatory update is played with. */
export interface Stage extends AsyncDisposable {
  readonly discord: Discord;
  readonly mail: MailServer;
  readonly tocsin: RunningTocsin;
  /** The bot's account in Matrix. */
  readonly bot: string;
  readonly rooms: Readonly<Record<RoomName, { readonly discord: string; readonly matrix: string }>>;
  /** By person. */
  readonly handles: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, MatrixUser>;
}

export const mailOf = (person: string): string => `${person}@example.org`;

export async function openStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const [synapse, discord, mail] = await Promise.all([
    startSynapse(),
    startDiscord({ limits: { newDirectMessages: NEW_DIRECTS } }),
    startMailServer(),
  ]);
  for (const one of [synapse, discord, mail]) stack.use(one);

  const inDiscord = [...PEOPLE.filter((person) => isOn(person, 'discord')), ...COORDINATORS.map(coordinator)];
  const handles = new Map(
    inDiscord.map(({ id, closed }) => [id, discord.user({ name: id, closedDms: closed }).id]),
  );

  const bot = await synapse.user('tocsin');
  const inMatrix = [...PEOPLE.filter((person) => isOn(person, 'matrix')), ...COORDINATORS.map(coordinator)];
  const users = new Map(
    await Promise.all(
      inMatrix.map(async ({ id }): Promise<[string, MatrixUser]> => {
        const account = await synapse.user(id);
        return [id, await startMatrixUser({ url: synapse.url, account })];
      }),
    ),
  );
  for (const user of users.values()) stack.use(user);
  const carol = users.get('carol') as MatrixUser;
  const open = async (name: RoomName, members: readonly MatrixUser[]) => {
    const others = members.flatMap(({ userId }) => (userId === carol.userId ? [] : [userId]));
    const matrix = await carol.createRoom({ name, invite: [bot.userId, ...others] });
    return { discord: discord.channel({ name }).id, matrix };
  };
  const rooms = {
    notaries: await open('notaries', [...users.values()]),
    ops: await open(
      'ops',
      COORDINATORS.map((id) => users.get(id) as MatrixUser),
    ),
  };

  const whereOf = ({ id, on }: Pick<Person, 'id' | 'on'>) => ({
    ...(on.includes('discord') && { discord: handles.get(id) }),
    ...(on.includes('matrix') && { matrix: users.get(id)?.userId }),
    ...(on.includes('email') && { email: mailOf(id) }),
  });
  const tocsin = stack.use(
    await startTocsin({
      env: {
        DISCORD_TOKEN: discord.token,
        DISCORD_GUILD_ID: discord.guildId,
        DISCORD_API_URL: discord.api,
        DISCORD_NEW_DMS: BUDGET,
        MATRIX_HOMESERVER_URL: synapse.url,
        MATRIX_ACCESS_TOKEN: bot.accessToken,
        SMTP_URL: mail.url,
        MAIL_FROM: 'Tocsin <tocsin@example.org>',
      },
      fleet: {
        network: 'season',
        rooms: ROOMS.map((id) => ({ id, ...rooms[id] })),
        routes: [{ rooms: ['ops'] }],
        teams: [
          {
            id: 'council',
            operators: COORDINATORS.map((id) => ({ id, role: 'coordinator', ...whereOf(coordinator(id)) })),
          },
          ...CAST.map(({ id, region, people }) => ({
            id: `team-${id}`,
            operators: people.map((person) => ({
              id: person.id,
              role: 'notary',
              ...(person.backup && { backup: true }),
              ...whereOf(person),
            })),
            seats: [{ id, region }],
          })),
        ],
        nodes: [],
        notices: LADDER,
      },
    }),
  );
  await discord.until(
    () => discord.commands().global.length > 0 && discord.commands().guild.length > 0,
    30_000,
    'the commands',
  );
  const all = stack.move();
  return {
    discord,
    mail,
    tocsin,
    bot: bot.userId,
    rooms,
    handles,
    users,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const coordinator = (id: string) => ({ id, closed: false, on: ['discord', 'matrix'] as const });
