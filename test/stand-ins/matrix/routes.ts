import { forbidden, notFound, Refusal } from './refusal.ts';
import { newsAfter, syncedSince } from './sync.ts';
import { latestEdit, type MatrixEvent, relationOf, type Room, type World } from './world.ts';

export interface Asked {
  readonly world: World;
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
  /** The parts of the path in round brackets. */
  readonly words: readonly string[];
  /** The client has gone. */
  readonly gone: AbortSignal;
}

type Route = readonly [method: string, path: RegExp, answer: (asked: Asked) => object | Promise<object>];

const word = ({ words }: Asked, at: number): string => words[at] ?? '';

function roomOf(asked: Asked): Room {
  const room = asked.world.rooms.get(word(asked, 0));
  if (room?.members.get(asked.world.bot.userId) !== 'join') throw forbidden('You are not in this room');
  return room;
}

function eventOf(asked: Asked): MatrixEvent {
  const event = asked.world.events.get(word(asked, 1));
  if (!event || event.room_id !== roomOf(asked).id) throw notFound('Event');
  return event;
}

/** As the homeserver gives it back: the latest edit bundled. */
function stored(world: World, event: MatrixEvent): object {
  const edit = latestEdit(world, event);
  const { unsigned } = event;
  if (event.redacted) return { ...event, content: {}, unsigned: { ...unsigned, redacted_because: {} } };
  return edit ? { ...event, unsigned: { ...unsigned, 'm.relations': { 'm.replace': edit } } } : event;
}

/** Once per device, room, type and transaction; nothing awaits in between. */
function send(asked: Asked): object {
  const { world, body } = asked;
  const room = roomOf(asked);
  const key = [world.bot.deviceId, room.id, word(asked, 1), word(asked, 2)].join(' ');
  const known = world.transactions.get(key);
  if (known !== undefined) return { event_id: known };
  if (JSON.stringify(body).length > 65_000) throw new Refusal(413, 'M_TOO_LARGE', 'event too large');
  const made = world.append(room, {
    type: word(asked, 1),
    sender: world.bot.userId,
    content: body,
    unsigned: { transaction_id: word(asked, 2) },
  });
  world.transactions.set(key, made.event_id);
  return { event_id: made.event_id };
}

/** Back from a position, or from the newest; the filter's senders and types only. */
function history(asked: Asked): object {
  const { world, query } = asked;
  const filter = JSON.parse(query.get('filter') ?? '{}') as { senders?: string[]; types?: string[] };
  const before = Number(query.get('from')?.slice(1) ?? Number.POSITIVE_INFINITY);
  const fitting = roomOf(asked)
    .events.filter(({ at }) => at < before)
    .filter(({ event }) => filter.senders?.includes(event.sender) ?? true)
    .filter(({ event }) => filter.types?.includes(event.type) ?? true);
  const limit = Number(query.get('limit') ?? 10);
  const page = fitting.slice(-limit);
  return {
    chunk: page.toReversed().map(({ event }) => stored(world, event)),
    ...(fitting.length > limit && { end: `t${page[0]?.at}` }),
  };
}

function createRoom({ world, body }: Asked): object {
  const room = world.room(body['name'] as string, [world.bot.userId]);
  // Whom the bot invites comes at once: these people are not asked.
  for (const user of (body['invite'] ?? []) as readonly string[]) setMember(world, room, user, 'join');
  return { room_id: room.id };
}

function setMember(world: World, room: Room, user: string, membership: string): void {
  room.members.set(user, membership);
  world.append(room, { type: 'm.room.member', sender: user, state_key: user, content: { membership } });
}

async function sync({ world, query, gone }: Asked): Promise<object> {
  const since = query.has('since') ? Number(query.get('since')?.slice(1)) : undefined;
  const filter = JSON.parse(query.get('filter') ?? '{}') as { room?: { timeline?: { limit?: number } } };
  if (since !== undefined) await newsAfter(world, since, Number(query.get('timeout') ?? 0), gone);
  return syncedSince(world, since, filter.room?.timeline?.limit ?? 10);
}

const reactionsOn = (asked: Asked): object => {
  const about = asked.world.relations.get(eventOf(asked).event_id) ?? [];
  return { chunk: about.filter((one) => relationOf(one).rel_type === 'm.annotation' && !one.redacted) };
};

function redact(asked: Asked): object {
  eventOf(asked).redacted = true;
  const { world } = asked;
  const made = world.append(roomOf(asked), {
    type: 'm.room.redaction',
    sender: world.bot.userId,
    content: {},
  });
  return { event_id: made.event_id };
}

/** What the bot calls, and what the SDK's library for encryption calls beside it. */
export const ROUTES: readonly Route[] = [
  [
    'GET',
    /^client\/v3\/account\/whoami$/,
    ({ world: { bot } }) => ({ user_id: bot.userId, device_id: bot.deviceId, is_guest: false }),
  ],
  ['GET', /^client\/v3\/sync$/, sync],
  [
    'GET',
    /^client\/v3\/joined_rooms$/,
    ({ world }) => ({
      joined_rooms: [...world.rooms.values()]
        .filter(({ members }) => members.get(world.bot.userId) === 'join')
        .map(({ id }) => id),
    }),
  ],
  ['POST', /^client\/v3\/createRoom$/, createRoom],
  [
    'POST',
    /^client\/v3\/join\/([^/]+)$/,
    (asked) => {
      const room = asked.world.rooms.get(word(asked, 0));
      if (!room?.members.has(asked.world.bot.userId)) throw forbidden('You are not invited to this room');
      setMember(asked.world, room, asked.world.bot.userId, 'join');
      return { room_id: room.id };
    },
  ],
  [
    'POST',
    /^client\/v3\/rooms\/([^/]+)\/invite$/,
    (asked) => {
      setMember(asked.world, roomOf(asked), String(asked.body['user_id']), 'join');
      return {};
    },
  ],
  [
    'GET',
    /^client\/v3\/rooms\/([^/]+)\/state\/m\.room\.member\/([^/]+)$/,
    (asked) => {
      const membership = roomOf(asked).members.get(word(asked, 1));
      if (membership === undefined) throw notFound('Event');
      return { membership };
    },
  ],
  [
    'GET',
    /^client\/v3\/rooms\/([^/]+)\/state\/[^/]+\/?$/,
    (asked) => {
      roomOf(asked);
      throw notFound('Event');
    },
  ],
  ['PUT', /^client\/v3\/rooms\/([^/]+)\/send\/([^/]+)\/([^/]+)$/, send],
  ['PUT', /^client\/v3\/rooms\/([^/]+)\/redact\/([^/]+)\/([^/]+)$/, redact],
  ['PUT', /^client\/v3\/rooms\/([^/]+)\/typing\/([^/]+)$/, () => ({})],
  ['GET', /^client\/v3\/rooms\/([^/]+)\/messages$/, history],
  ['GET', /^client\/v3\/rooms\/([^/]+)\/event\/([^/]+)$/, (asked) => stored(asked.world, eventOf(asked))],
  ['GET', /^client\/v1\/rooms\/([^/]+)\/relations\/([^/]+)\/m\.annotation\/m\.reaction$/, reactionsOn],
  [
    'GET',
    /^client\/v3\/user\/[^/]+\/account_data\/([^/]+)$/,
    (asked) => {
      const data = asked.world.accountData.get(word(asked, 0));
      if (data === undefined) throw notFound('Account data');
      return data.content as object;
    },
  ],
  [
    'PUT',
    /^client\/v3\/user\/[^/]+\/account_data\/([^/]+)$/,
    (asked) => {
      asked.world.setAccountData(word(asked, 0), asked.body);
      return {};
    },
  ],
  [
    'POST',
    /^media\/v3\/upload$/,
    ({ world }) => ({ content_uri: `mxc://${world.serverName}/${Date.now()}` }),
  ],
  ['POST', /^client\/(v3|r0)\/keys\/upload$/, () => ({ one_time_key_counts: { signed_curve25519: 50 } })],
  ['POST', /^client\/(v3|r0)\/keys\/query$/, () => ({ device_keys: {}, failures: {} })],
  ['POST', /^client\/(v3|r0)\/keys\/claim$/, () => ({ one_time_keys: {}, failures: {} })],
  ['PUT', /^client\/(v3|r0)\/sendToDevice\/.*$/, () => ({})],
];
