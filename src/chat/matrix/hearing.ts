import { z } from 'zod';

import type { Menu } from '#src/domain/menu.ts';

/** An event of a room's timeline, as far as it is listened to. */
export const TimelineEvent = z.looseObject({
  event_id: z.string(),
  type: z.string(),
  sender: z.string(),
  origin_server_ts: z.number(),
  content: z.looseObject({}),
  unsigned: z.looseObject({ age: z.number().optional(), membership: z.string().optional() }).optional(),
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

const Spoken = z.object({
  msgtype: z.literal('m.text'),
  body: z.string(),
  'm.new_content': z.undefined().optional(),
  'm.relates_to': z
    .object({
      rel_type: z.string().optional(),
      'm.in_reply_to': z.looseObject({}).optional(),
    })
    .optional(),
});

export const Reaction = z.object({
  'm.relates_to': z.object({
    rel_type: z.literal('m.annotation'),
    event_id: z.string(),
    key: z.string().max(100),
  }),
});

const MOST_CHARACTERS = 10_000;

/** Whether the bot was in the room, or asked into it, when it was said; so it was where the homeserver does not tell. */
export const wasThere = ({ unsigned }: TimelineEvent): boolean =>
  ['join', 'invite'].includes(unsigned?.membership ?? 'join');

/** How long ago it was said, by the homeserver's clock where it tells. */
export const ageMs = (event: TimelineEvent, nowMs: number): number =>
  event.unsigned?.age ?? nowMs - event.origin_server_ts;

/**
 * The command line of a message, without the prefix; undefined when it is none. In a direct message the prefix may be
 * left out. What bots say (m.notice) and edits are no commands.
 */
export function commandLine(content: unknown, { prefix, direct }: { prefix: string; direct: boolean }) {
  const spoken = Spoken.safeParse(content).data;
  if (spoken === undefined || spoken['m.relates_to']?.rel_type === 'm.replace') return undefined;
  const quoted = spoken['m.relates_to']?.['m.in_reply_to'] !== undefined;
  const body = (quoted ? withoutQuote(spoken.body) : spoken.body).trim().slice(0, MOST_CHARACTERS);
  const [first = '', ...rest] = body.split(/(?=\s)/u);
  if (first.toLowerCase() === prefix.toLowerCase()) return rest.join('').trim() || 'help';
  return direct && body !== '' ? body : undefined;
}

// Older clients repeat what they reply to: lines that begin with '>', then an empty one.
function withoutQuote(body: string): string {
  return body.startsWith('> ') ? body.replace(/^(?:>[^\n]*\n)+\n?/u, '') : body;
}

/** Whether the answer to a line is for the asker's eyes only; however the command is written: `LINK`, `"link"`. */
export function isPrivate(menu: readonly Menu[], line: string): boolean {
  const [word = ''] = line.trim().replaceAll(/["']/gu, '').split(/\s/u, 1);
  return menu.some((command) => command.private && command.name === word.toLowerCase());
}
