import { setTimeout as pause } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Message } from '#src/domain/message.ts';
import type { Heard } from '#src/domain/platform.ts';

import type { Relation } from './content.ts';
import type { Directs } from './directs.ts';
import type { Reactions } from './reactions.ts';
import type { Rendered } from './render.ts';
import type { Sends } from './sends.ts';

/** What an answer answers. */
export interface Asked {
  readonly id: string;
  readonly handle: string;
  readonly roomId: string;
  readonly direct: boolean;
  /** Its answer is for the asker's eyes only. */
  readonly secret: boolean;
  /** Where in the room the answer hangs; none in a direct message. */
  readonly relation: Relation | undefined;
}

interface Options {
  readonly sends: Sends;
  readonly directs: Directs;
  readonly reactions: Reactions;
  readonly rendered: (message: Message) => Rendered;
  readonly knows: (handle: string) => boolean;
  readonly ending: AbortSignal;
}

/** No queue stands behind what is heard and answered: these are further attempts, and the longest wait before one. */
const RETRIES = 4;
const LONGEST_WAIT_MS = 30_000;

const ELSEWHERE: Message = { tone: 'neutral', title: 'I answered you in a direct message.', blocks: [] };

/** Does what is safe to repeat, again where the homeserver may answer in a while; until `ending`. */
export async function patiently<T>(
  act: () => Promise<T>,
  ending: AbortSignal,
  retries = RETRIES,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof OutsideError) || !error.retryable || retries === 0) throw error;
    const waitMs = Math.max(error.retryAfterMs ?? 0, 1_000);
    if (waitMs > LONGEST_WAIT_MS) throw error;
    await pause(waitMs, undefined, { signal: ending }).catch(() => {
      throw error;
    });
    return patiently(act, ending, retries - 1);
  }
}

/**
 * Makes the `answer` of what was heard: in a thread on it, or, Matrix having nothing that only one person of a room
 * sees, by direct message. The same event answered again gives the same messages.
 */
export function createAnswers({ sends, directs, reactions, rendered, knows, ending }: Options) {
  async function say(to: string, message: Message, key: string, hangs?: Relation): Promise<void> {
    const form = rendered(message);
    const eventId = await sends.post(to, form, key, hangs);
    reactions.offer(to, eventId, form.choices);
  }

  return (asked: Asked): Heard['answer'] => {
    const { id, handle, roomId, direct, secret, relation } = asked;
    let count = 0;
    return async (message) => {
      const key = keyOf('answer', id, count++);
      // Safe to repeat: the key makes it one message.
      if (direct || !secret || !knows(handle)) {
        return patiently(() => say(roomId, message, key, relation), ending);
      }
      const privately = await patiently(() => directs.roomFor(handle), ending);
      await patiently(() => say(privately, message, key), ending);
      return patiently(() => say(roomId, ELSEWHERE, keyOf('elsewhere', id), relation), ending);
    };
  };
}
