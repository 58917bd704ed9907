import { z } from 'zod';

/** Where an event keeps the words of its reactions: they must be known after a restart too. */
export const CHOICES_KEY = 'org.tocsin.choices';

/** Where an event keeps a digest of what it shows: the homeserver may order the rest in its own way. */
export const DIGEST_KEY = 'org.tocsin.digest';

/** Hangs an event on another one: as a reply, and in a thread where it has a root. */
export interface Relation {
  readonly 'm.in_reply_to': { readonly event_id: string };
  readonly rel_type?: 'm.thread';
  readonly event_id?: string;
  readonly is_falling_back?: true;
}

export const replyTo = (eventId: string): Relation => ({ 'm.in_reply_to': { event_id: eventId } });

/** In the thread of an event; a thread's own event leads to the same thread, for threads do not nest. */
export function threadOn(event: { readonly event_id: string; readonly content: unknown }): Relation {
  const threaded = InThread.safeParse(event.content).data;
  return {
    ...replyTo(event.event_id),
    rel_type: 'm.thread',
    event_id: threaded?.['m.relates_to'].event_id ?? event.event_id,
    is_falling_back: true,
  };
}

const InThread = z.object({
  'm.relates_to': z.object({ rel_type: z.literal('m.thread'), event_id: z.string() }),
});

/** The content of an m.room.message event as Tocsin writes it. */
export interface Content {
  /** Push rules never notify anybody of a notice, not even in a direct message or when it mentions: what must ring is a text. */
  readonly msgtype: 'm.notice' | 'm.text';
  readonly body: string;
  readonly format?: 'org.matrix.custom.html';
  readonly formatted_body?: string;
  readonly 'm.mentions': { readonly user_ids?: readonly string[] };
  readonly [CHOICES_KEY]?: readonly OfferedChoice[];
  readonly 'm.relates_to'?: Relation;
}

export const OfferedChoice = z.object({ emoji: z.string(), words: z.array(z.string()) });
export type OfferedChoice = z.infer<typeof OfferedChoice>;

const Written = z.looseObject({
  [CHOICES_KEY]: z.array(OfferedChoice).optional().catch(undefined),
  [DIGEST_KEY]: z.string().optional().catch(undefined),
});

/** An event as the homeserver gives it back, the latest edit bundled. */
export const StoredEvent = z.looseObject({
  event_id: z.string(),
  type: z.string(),
  sender: z.string(),
  content: Written,
  unsigned: z
    .looseObject({
      redacted_because: z.unknown().optional(),
      'm.relations': z.looseObject({ 'm.replace': z.unknown().optional() }).optional(),
    })
    .optional(),
});
export type StoredEvent = z.infer<typeof StoredEvent>;

/** An edit: what it makes of the message stands in `m.new_content`. */
export const StoredEdit = z.looseObject({
  event_id: z.string(),
  sender: z.string(),
  content: z.looseObject({ 'm.new_content': Written }),
});
export type StoredEdit = z.infer<typeof StoredEdit>;
