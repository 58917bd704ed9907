import { type MatrixUser, startMatrixUser } from '#test/real/matrix-user.ts';
import { openPassage, type Passage } from '#test/real/passage.ts';
import { type Account, startSynapse } from '#test/real/synapse.ts';

/** Synapse with the limits it is installed with, a room with many notaries in it, and a fleet in which they hold the seats. */
export interface Crowd extends AsyncDisposable {
  readonly bot: Account;
  readonly notaries: readonly Account[];
  /** Two coordinators; dave watches the room. */
  readonly dave: MatrixUser;
  readonly room: string;
  readonly env: Readonly<Record<string, string>>;
  readonly fleet: object;
  /** What the homeserver answered to the bot. */
  readonly passed: Passage['passed'];
  /** The rooms to which a notary is invited, as the homeserver tells them. */
  invitations(notary: Account): Promise<readonly string[]>;
}

const roomPath = (roomId: string): string => `rooms/${encodeURIComponent(roomId)}`;

export async function gatherCrowd(count: number): Promise<Crowd> {
  await using stack = new AsyncDisposableStack();
  const synapse = stack.use(await startSynapse({ defaultLimits: true }));
  const passage = stack.use(await openPassage(synapse.url));
  const admin = await synapse.user('root', { admin: true });
  const bot = await synapse.user('tocsin');
  const notaries: Account[] = [];
  for (let index = 0; index < count; index++) notaries.push(await synapse.user(`notary${index}`));
  const people = [await synapse.user('carol'), await synapse.user('dave')];

  async function call(account: Account, method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${synapse.url}/${path}`, {
      method,
      headers: { authorization: `Bearer ${account.accessToken}` },
      ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
    });
    if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
  const join = (account: Account, roomId: string): Promise<unknown> =>
    call(account, 'POST', `_matrix/client/v3/${roomPath(roomId)}/join`);

  // Whom the stage moves about is spared by the limits; the bot is not.
  for (const { userId } of [...people, ...notaries]) {
    const path = `_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit`;
    await call(admin, 'POST', path, { messages_per_second: 0, burst_count: 0 });
  }
  const users: MatrixUser[] = [];
  for (const account of people) users.push(stack.use(await startMatrixUser({ url: synapse.url, account })));
  const [carol, dave] = users as [MatrixUser, MatrixUser];
  const invite = [bot.userId, dave.userId];
  const created = await carol.call('POST', 'createRoom', { name: 'notaries', preset: 'public_chat', invite });
  const room = created['room_id'] as string;
  // First of all: those who are spared use up what the room allows in a while.
  await join(bot, room);
  for (const account of notaries) await join(account, room);

  const held = stack.move();
  return {
    bot,
    notaries,
    dave,
    room,
    env: { MATRIX_HOMESERVER_URL: passage.url, MATRIX_ACCESS_TOKEN: bot.accessToken },
    fleet: {
      network: 'default-limits',
      rooms: ['notaries', 'ops'].map((id) => ({ id, matrix: room })),
      routes: [{ rooms: ['notaries'] }],
      teams: [
        {
          id: 'council',
          operators: users.map(({ userId }, at) => ({
            id: ['carol', 'dave'][at],
            role: 'coordinator',
            matrix: userId,
          })),
        },
        ...notaries.map(({ userId }, index) => ({
          id: `team${index}`,
          operators: [{ id: `op${index}`, role: 'notary', matrix: userId }],
          seats: [{ id: `seat${index}`, region: 'EU' }],
        })),
      ],
      nodes: [],
    },
    passed: passage.passed,
    async invitations(notary) {
      const { rooms } = (await call(notary, 'GET', '_matrix/client/v3/sync?timeout=0')) as {
        rooms?: { invite?: object };
      };
      return Object.keys(rooms?.invite ?? {});
    },
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}
