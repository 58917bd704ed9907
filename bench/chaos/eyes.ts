import type { StoredMessage } from '#test/stand-ins/discord/discord.ts';
import type { Standing } from '#test/stand-ins/matrix/matrix.ts';

import type { Episode, Fired } from './book.ts';
import type { Eyes } from './load.ts';
import type { Stage } from './stage.ts';

/** A message of the bot as a person sees it now. */
export interface Sight {
  readonly platform: 'discord' | 'matrix';
  /** `room:ops` or `op:3`. */
  readonly place: string;
  readonly id: string;
  readonly text: string;
  readonly at: number;
  readonly edited: boolean;
  /** The episode that it is about, when it is about one. */
  readonly token: string | undefined;
  /** In a bundle: a line per alert. A digest repeats what was told elsewhere, and counts for nothing here. */
  readonly rows: readonly { readonly name: string; readonly line: string }[];
}

const TOKEN = /\bT\d+e\d+\b/;
const TOGETHER = /bundle b[0-9a-f]{12}/;
/** A line of a table that begins with an alert's id, with the columns that a narrow one puts below. */
const ROW = /^\W{0,4}a[0-9a-z]{9}\b.*(?:\n {2}\w+: .*)*/gm;

export interface Watch extends Eyes, Disposable {
  /** All there is to see now. */
  look(): readonly Sight[];
  /** When an episode was first seen in its room, on any platform. */
  seenAt(episode: Episode): number | undefined;
}

/** Looks at the chats from outside, again and again. */
export function openEyes(stage: Stage, alerts: readonly Fired[]): Watch {
  const { discord, matrix, rooms, operators } = stage;
  const read = new Map<string, { readonly version: string; readonly sight: Sight }>();
  const first = new Map<string, number>();

  const known = (key: string, version: string, make: () => Sight): Sight => {
    const before = read.get(key);
    if (before?.version === version) return before.sight;
    const sight = make();
    read.set(key, { version, sight });
    return sight;
  };
  const ofDiscord = (place: string, messages: readonly StoredMessage[]): Sight[] =>
    messages
      .filter(({ authorId, interactionId }) => authorId === discord.botId && interactionId === undefined)
      .map((message) =>
        known(message.id, `${message.edits.length}`, () => ({
          platform: 'discord',
          place,
          id: message.id,
          at: message.createdAt.getTime(),
          edited: message.edits.length > 0,
          ...readText(discordText(message)),
        })),
      );
  const ofMatrix = (place: string, messages: readonly Standing[]): Sight[] =>
    messages.map(({ event, body, edits }) =>
      known(event.event_id, `${edits}`, () => ({
        platform: 'matrix',
        place,
        id: event.event_id,
        at: event.origin_server_ts,
        edited: edits > 0,
        ...readText(body),
      })),
    );

  function look(): readonly Sight[] {
    const bot = matrix.world.bot.userId;
    const sights: Sight[] = [];
    const fleetRooms = new Set<string>();
    for (const [name, where] of rooms) {
      fleetRooms.add(where.matrix ?? '');
      sights.push(...ofDiscord(`room:${name}`, discord.messages(where.discord)));
      sights.push(...ofMatrix(`room:${name}`, matrix.messages(where.matrix ?? '')));
    }
    const direct = [...matrix.world.rooms.values()].filter(({ id }) => !fleetRooms.has(id));
    for (const [index, where] of operators.entries()) {
      sights.push(...ofDiscord(`op:${index}`, discord.directMessages(where.discord)));
      const theirs = direct.filter(({ members }) => members.has(where.matrix ?? '') && members.has(bot));
      for (const { id } of theirs) sights.push(...ofMatrix(`op:${index}`, matrix.messages(id)));
    }
    return sights;
  }

  let own = new Map<string, Sight>();
  function scan(): void {
    const byName = new Map(alerts.map((alert) => [alert.name, alert]));
    const found = new Map<string, Sight>();
    for (const sight of look()) {
      if (!sight.place.startsWith('room:')) continue;
      if (sight.token !== undefined) {
        if (!first.has(sight.token)) first.set(sight.token, sight.at);
        if (sight.platform === 'discord') found.set(sight.token, sight);
      }
      for (const { name } of sight.rows) {
        const token = byName
          .get(name)
          ?.episodes.findLast(({ acceptedAt }) => acceptedAt !== undefined)?.token;
        if (token !== undefined && !first.has(token)) first.set(token, sight.edited ? Date.now() : sight.at);
      }
    }
    own = found;
  }
  const timer = setInterval(scan, 500);

  return {
    look,
    own: (_, { token }) => own.get(token)?.id,
    isSeen: (_, { token }) => first.has(token),
    showsEnd: (_, { token }) => own.get(token)?.text.includes('Resolved:') ?? false,
    seenAt: ({ token }) => first.get(token),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function readText(text: string): Pick<Sight, 'text' | 'token' | 'rows'> {
  if (!TOGETHER.test(text)) return { text, token: TOKEN.exec(text)?.[0], rows: [] };
  const rows = [...text.matchAll(ROW)].flatMap(([line]) => {
    const name = /\bChaos\d+\b/.exec(line)?.[0];
    return name === undefined ? [] : [{ name, line }];
  });
  return { text, token: undefined, rows };
}

/** What does not fit is attached whole: then that is read. */
function discordText({ content, embeds, attachments }: StoredMessage): string {
  const whole = attachments.find(({ filename }) => filename === 'message.txt');
  const shown = embeds.flatMap(({ title, description, fields = [], footer }) => [
    title,
    description,
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    footer?.text,
  ]);
  return whole
    ? `${whole.bytes.toString('utf8')}\n${shown.at(-1) ?? ''}`
    : [content, ...shown].filter(Boolean).join('\n');
}
