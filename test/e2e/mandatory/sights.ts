import { shownMessage } from '#test/chat/discord/shown.ts';
import type { RoomEvent } from '#test/real/matrix-user.ts';
import type { Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { isOn, type Medium, type Person } from './cast.ts';
import { mailOf, type RoomName, type Stage, SUBJECT } from './stage.ts';

/** `other`: answers to what people did, and what Tocsin says of itself. */
export type Kind = 'notice' | 'reminder' | 'coordinators' | 'report' | 'other';

/** A message of the bot's as it lies before whoever looks at it. */
export interface Sight {
  readonly medium: Medium;
  readonly id: string;
  readonly at: number;
  readonly kind: Kind;
  /** Its words when it came, and as they are now. */
  readonly first: string;
  readonly now: string;
  /** It can still be answered with a press. */
  readonly open: boolean;
  /** Where it is, on the medium: a channel, a room. */
  readonly where: string;
}

const kindOf = (words: string): Kind => {
  const headline = words.split('\n').find((line) => line.includes(SUBJECT)) ?? '';
  if (headline.includes('⏰') || headline.includes('📢')) return 'reminder';
  if (headline.includes('📋')) return headline.includes('Report') ? 'report' : 'coordinators';
  return headline.includes('📣 MANDATORY') ? 'notice' : 'other';
};

/** What the bot has written to a person, on every medium, oldest first on each. */
export function sightsOf(stage: Stage, person: Pick<Person, 'id' | 'on'>): readonly Sight[] {
  const { discord, mail, rooms, users } = stage;
  const handle = stage.handles.get(person.id);
  const inRooms = new Set(Object.values(rooms).map(({ matrix }) => matrix));
  const address = mailOf(person.id);
  return [
    ...(handle === undefined ? [] : inDiscord(stage, discord.directMessages(handle))),
    ...inMatrix(
      stage,
      (users.get(person.id)?.timeline() ?? []).filter(({ roomId }) => !inRooms.has(roomId)),
    ),
    ...(isOn(person, 'email') ? mail.mails : [])
      .filter(({ to }) => to.includes(address))
      .map(({ messageId, subject, text }): Sight => {
        const words = `${subject}\n${text}`;
        const kind = kindOf(subject);
        return {
          medium: 'email',
          id: messageId,
          at: 0,
          kind,
          first: words,
          now: words,
          open: false,
          where: address,
        };
      }),
  ];
}

/** What the bot has written into a room, on each platform. */
export function sightsIn(stage: Stage, name: RoomName): readonly Sight[] {
  const { discord, matrix } = stage.rooms[name];
  const dave = stage.users.get('dave');
  return [
    ...inDiscord(stage, stage.discord.messages(discord)),
    ...inMatrix(stage, dave?.timeline(matrix) ?? []),
  ];
}

function inDiscord({ discord }: Stage, messages: readonly StoredMessage[]): readonly Sight[] {
  const own = messages.filter(
    ({ authorId, interactionId }) => authorId === discord.botId && interactionId === undefined,
  );
  return own.map((message): Sight => {
    const first = firstWords(discord, message);
    return {
      medium: 'discord',
      id: message.id,
      at: message.createdAt.getTime(),
      kind: kindOf(first),
      first,
      now: wordsOf(message),
      open: message.components.length > 0,
      where: message.channelId,
    };
  });
}

/** An edit makes another message under the same id. */
const shown = new WeakMap<StoredMessage, string>();
const firstOf = new Map<string, string>();

function wordsOf(message: StoredMessage): string {
  const words = shown.get(message) ?? shownMessage(message);
  shown.set(message, words);
  return words;
}

/** What was sent first; edits may have changed the message since. */
function firstWords(discord: Discord, message: StoredMessage): string {
  const words =
    firstOf.get(message.id) ?? (message.edits.length === 0 ? wordsOf(message) : sentWords(discord, message));
  firstOf.set(message.id, words);
  return words;
}

function sentWords(discord: Discord, message: StoredMessage): string {
  const sent = discord.requests.find(
    ({ method, path, body }) =>
      method === 'POST' &&
      path === `/channels/${message.channelId}/messages` &&
      (body as { nonce?: unknown } | undefined)?.nonce === message.nonce,
  );
  const { content = '', embeds = [], components = [] } = (sent?.body ?? {}) as Partial<StoredMessage>;
  return shownMessage({ content, embeds, components });
}

function inMatrix({ bot }: Stage, timeline: readonly RoomEvent[]): readonly Sight[] {
  const own = timeline.filter(({ sender, type }) => sender === bot && type === 'm.room.message');
  return own
    .filter(({ relation }) => relation === undefined)
    .map((event): Sight => {
      const edits = own.filter(
        ({ relation }) => relation?.kind === 'm.replace' && relation.to === event.eventId,
      );
      const last = edits.at(-1) ?? event;
      const content = (last.content['m.new_content'] ?? last.content) as { 'org.tocsin.choices'?: unknown[] };
      return {
        medium: 'matrix',
        id: event.eventId,
        at: event.sentAtMs,
        kind: kindOf(event.text),
        first: event.text,
        now: last.text,
        open: (content['org.tocsin.choices'] ?? []).length > 0,
        where: event.roomId,
      };
    });
}
