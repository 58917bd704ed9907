import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';

import { type Content, DIGEST_KEY, type Relation, StoredEdit, StoredEvent, replyTo } from './content.ts';
import type { Encryption } from './encryption.ts';
import { orNothing } from './errors.ts';
import { createUploads } from './media.ts';
import { type Rendered, silent } from './render.ts';
import type { Wire } from './wire.ts';

/** One of the bot's own messages, and its latest edit. */
export interface Standing {
  readonly event: StoredEvent;
  /** The event that shows it now: the message itself or its latest edit. */
  readonly latest: string;
  /** What it shows now. */
  readonly content: StoredEvent['content'];
}

/** Sends events. All throw OutsideError. */
export interface Sends {
  /** Sends once per room and key, attachments included, and resolves with the message's event id. */
  post(roomId: string, rendered: Rendered, key: string, relation?: Relation): Promise<string>;
  /** Replaces a message's content and resolves with how it stood before; `not-found` when it is gone. */
  edit(roomId: string, eventId: string, rendered: Rendered): Promise<Standing>;
  /** A message of the bot itself; undefined when it is not there (any more) or somebody else's. */
  find(roomId: string, eventId: string): Promise<Standing | undefined>;
  /** One event of any type; the same `txnId` again gives the same event for a day. */
  put(roomId: string, type: string, content: object, txnId: string): Promise<string>;
  /** When the homeserver last asked to send more slowly, in ms since 1970. */
  limitedAtMs(): number;
}

const Sent = z.object({ event_id: z.string() });

/** The transaction under which a message with this key is sent. */
export const postKey = (key: string): string => keyOf('post', key);

export const roomPath = (roomId: string): string => `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;

/**
 * Deduplication is the homeserver's: a transaction id belongs to the account's device, and Synapse keeps it
 * for 24 hours, also over its own restart. Another access token is another device: it starts anew.
 */
export function createSends(wire: Wire, encryption: Encryption): Sends {
  const { ask, crypto } = wire;
  const uploads = createUploads(wire);
  let limitedAtMs = 0;

  async function put(roomId: string, type: string, content: object, txnId: string): Promise<string> {
    const encrypt = (await encryption.required(roomId)) && type !== 'm.reaction' ? crypto : undefined;
    const body = encrypt ? await encrypt.encrypt(roomId, type, content) : content;
    const path = `${roomPath(roomId)}/send/${encrypt ? 'm.room.encrypted' : type}/${txnId}`;
    try {
      return Sent.parse(await ask('PUT', path, { body })).event_id;
    } catch (error) {
      if (error instanceof OutsideError && error.reason === 'rate-limited') limitedAtMs = Date.now();
      throw error;
    }
  }

  async function attach(roomId: string, eventId: string, { whole, images }: Rendered, key: string) {
    const sealed = await encryption.required(roomId);
    const relation = replyTo(eventId);
    const contents = [
      ...(whole === undefined ? [] : [() => uploads.text('message.txt', whole, sealed)]),
      ...images.map((image) => () => uploads.image(image, sealed)),
    ];
    for (const [index, content] of contents.entries()) {
      const body = { ...(await content()), 'm.mentions': {}, 'm.relates_to': relation };
      await put(roomId, 'm.room.message', body, keyOf('attachment', key, index));
    }
  }

  async function find(roomId: string, eventId: string): Promise<Standing | undefined> {
    const event = await fetched(roomId, eventId);
    if (event === undefined || event.sender !== (await wire.me())) return undefined;
    const unsigned = event.unsigned ?? {};
    if (unsigned.redacted_because !== undefined || event.type !== 'm.room.message') return undefined;
    const bundled = await readable(roomId, unsigned['m.relations']?.['m.replace']);
    const edit = StoredEdit.safeParse(bundled).data;
    return edit?.sender === event.sender
      ? { event, latest: edit.event_id, content: edit.content['m.new_content'] }
      : { event, latest: event.event_id, content: event.content };
  }

  async function fetched(roomId: string, eventId: string): Promise<StoredEvent | undefined> {
    const path = `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`;
    const event = await orNothing(ask('GET', path));
    return StoredEvent.safeParse(await readable(roomId, event)).data;
  }

  async function readable(roomId: string, event: unknown): Promise<unknown> {
    const sealed = z.looseObject({ type: z.literal('m.room.encrypted') }).safeParse(event).data;
    return sealed && crypto ? crypto.decrypt(roomId, sealed) : event;
  }

  return {
    put,
    find,
    limitedAtMs: () => limitedAtMs,
    async post(roomId, rendered, key, relation) {
      const content = { ...digested(rendered.content), ...(relation && { 'm.relates_to': relation }) };
      const eventId = await put(roomId, 'm.room.message', content, postKey(key));
      await attach(roomId, eventId, rendered, key);
      return eventId;
    },
    async edit(roomId, eventId, rendered) {
      const before = await find(roomId, eventId);
      if (before === undefined) {
        throw new OutsideError('matrix', 'not-found', `The message ${eventId} is no longer in ${roomId}.`);
      }
      const content = digested(silent(rendered.content));
      if (before.content[DIGEST_KEY] === content[DIGEST_KEY]) return before;
      // Of what it replaces, too: a message may come back to what it once showed.
      const key = keyOf('edit', eventId, before.latest, content[DIGEST_KEY]);
      // Readers keep seeing the kind of message it was; the edit itself is a notice, which notifies nobody.
      const shown = before.content['msgtype'] === 'm.text' ? { ...content, msgtype: 'm.text' } : content;
      await put(roomId, 'm.room.message', replacement(eventId, content.body, shown), key);
      await attach(roomId, eventId, rendered, key);
      return before;
    },
  };
}

type Digested = Content & { readonly [DIGEST_KEY]: string };

// The digest leaves the pings out: the post and an edit to the same words show the same.
const digested = (content: Content): Digested => ({
  ...content,
  [DIGEST_KEY]: keyOf(JSON.stringify(silent(content))),
});

const replacement = (eventId: string, words: string, content: object): object => ({
  msgtype: 'm.notice',
  body: `* ${words.slice(0, 500).toWellFormed()}`,
  'm.mentions': {},
  'm.new_content': content,
  'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
});
