import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';
import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Choice } from '#src/domain/message.ts';

import { CHOICES_KEY } from './content.ts';
import { type Sends, type Standing, roomPath } from './sends.ts';
import type { Turns } from './turns.ts';
import type { Wire } from './wire.ts';

/** The bot's reactions on its own messages, there to be clicked, and what a person's reaction means. */
export interface Reactions {
  /**
   * Has the choices put under a message in the background, one after another, when nothing more urgent waits: the
   * words under the message say the same. `before` is how it stood before an edit.
   */
  offer(roomId: string, eventId: string, choices: readonly Choice[], before?: Standing): void;
  /** The words of the choice that a reaction picks, and the message it is on; undefined when it picks none. Throws OutsideError. */
  picked(roomId: string, eventId: string, emoji: string): Promise<Picked | undefined>;
}

export interface Picked {
  readonly words: readonly string[];
  readonly on: Standing;
}

interface Options {
  readonly wire: Wire;
  readonly sends: Sends;
  readonly turns: Turns;
  /** After the homeserver asked to send more slowly, reactions leave the room to messages for this long. */
  readonly yieldMs: number;
  readonly ending: AbortSignal;
}

interface Task {
  readonly roomId: string;
  readonly eventId: string;
  readonly emojis: readonly string[];
  readonly before: Standing | undefined;
}

const MOST_WAITING = 200;

const Annotations = z.object({
  chunk: z.array(
    z.looseObject({
      event_id: z.string(),
      sender: z.string(),
      content: z.looseObject({ 'm.relates_to': z.looseObject({ key: z.string() }) }),
    }),
  ),
});

// Clients add or leave out the variation selector that asks for the coloured form.
const bare = (emoji: string): string => emoji.replaceAll('\ufe0f', '');

export function createReactions({ wire, sends, turns, yieldMs, ending }: Options, logger: Logger): Reactions {
  const waiting: Task[] = [];
  let working = false;

  async function work(): Promise<void> {
    while (waiting.length > 0 && !ending.aborted) {
      const waitMs = sends.limitedAtMs() + yieldMs - Date.now();
      if (waitMs > 0) {
        await pause(waitMs, undefined, { signal: ending });
        continue;
      }
      const task = waiting[0] as Task;
      const retryMs = await attempt(task);
      if (retryMs === undefined) waiting.shift();
      else await pause(retryMs, undefined, { signal: ending });
    }
  }

  /** The wait before the next attempt; undefined when none is needed. */
  async function attempt(task: Task): Promise<number | undefined> {
    try {
      await put(task);
      return undefined;
    } catch (error) {
      if (error instanceof OutsideError && error.retryable && waiting.length < MOST_WAITING) {
        return Math.max(error.retryAfterMs ?? 0, 1_000);
      }
      const { roomId, eventId } = task;
      logger.warn({ err: error, roomId, eventId }, 'reactions could not be added');
      return undefined;
    }
  }

  async function put({ roomId, eventId, emojis, before }: Task): Promise<void> {
    const there = before === undefined ? [] : await own(roomId, eventId);
    for (const { id, emoji } of there.filter((one) => !emojis.includes(one.emoji))) {
      const path = `${roomPath(roomId)}/redact/${encodeURIComponent(id)}/${keyOf('unreact', id)}`;
      await turns.reaction(() => wire.ask('PUT', path, { body: {} }));
      logger.debug({ roomId, eventId, emoji }, 'took a reaction back');
    }
    for (const emoji of emojis.filter((emoji) => !there.some((one) => one.emoji === emoji))) {
      const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: emoji } };
      // Of the replaced edit, too: a reaction that was taken back may be added again.
      const key = keyOf('react', eventId, emoji, before?.latest ?? '');
      await turns.reaction(() => sends.put(roomId, 'm.reaction', content, key));
    }
  }

  async function own(roomId: string, eventId: string) {
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(eventId)}`;
    const me = await wire.me();
    const { chunk } = Annotations.parse(
      await wire.ask('GET', `${path}/m.annotation/m.reaction`, { query: { limit: 100 } }),
    );
    return chunk
      .filter(({ sender }) => sender === me)
      .map((event) => ({ id: event.event_id, emoji: event.content['m.relates_to'].key }));
  }

  return {
    offer(roomId, eventId, choices, before) {
      const emojis = [...new Set(choices.map(({ emoji }) => emoji))];
      const had = before?.content[CHOICES_KEY]?.map(({ emoji }) => emoji) ?? [];
      if (emojis.length === had.length && emojis.every((emoji) => had.includes(emoji))) return;
      if (waiting.length >= MOST_WAITING) waiting.splice(1, 1);
      waiting.push({ roomId, eventId, emojis, before });
      if (working) return;
      working = true;
      void work()
        .catch((error: unknown) => logger.debug({ err: error }, 'reactions were interrupted'))
        .finally(() => (working = false));
    },
    async picked(roomId, eventId, emoji) {
      const on = await sends.find(roomId, eventId);
      const choice = on?.content[CHOICES_KEY]?.find((one) => bare(one.emoji) === bare(emoji));
      return on && choice && { words: choice.words, on };
    },
  };
}
