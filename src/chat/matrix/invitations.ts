import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';
import { z } from 'zod';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';

import type { Directs } from './directs.ts';
import type { Ask } from './wire.ts';

/** Joins rooms: those of the fleet, and those into which its people invite. */
export interface Invitations {
  /** An invitation arrived: accepted in the background, when it is one to accept. */
  take(roomId: string, event: unknown): void;
  /** Throws OutsideError. */
  join(roomId: string): Promise<void>;
  /**
   * Joins those of the rooms that the bot is not in, where it may, and resolves with all it is in; one that can be joined
   * later is tried again in the background. Throws OutsideError.
   */
  joinAll(roomIds: readonly string[]): Promise<readonly string[]>;
}

interface Options {
  readonly ask: Ask;
  readonly directs: Directs;
  readonly rooms: () => readonly string[];
  readonly knows: (handle: string) => boolean;
  /** See Listener. */
  readonly expects: () => Promise<boolean>;
  readonly ending: AbortSignal;
}

const Invitation = z.looseObject({
  sender: z.string(),
  content: z.looseObject({ is_direct: z.boolean().optional().catch(undefined) }),
});

const Joined = z.object({ joined_rooms: z.array(z.string()) });

const ATTEMPTS_AFTER_MS = [0, 1_000, 5_000, 30_000];
/** Where the homeserver does not say how long to wait. */
const JOIN_AGAIN_MS = 30_000;

const isPassing = (error: unknown): error is OutsideError => error instanceof OutsideError && error.retryable;

export function createInvitations(
  { ask, directs, rooms, knows, expects, ending }: Options,
  logger: Logger,
): Invitations {
  const join = async (roomId: string): Promise<void> => {
    await ask('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, { body: {} });
  };

  const later = new Set<string>();

  /** Until it is joined, or cannot be. Never rejects. */
  async function joinLater(roomId: string, refusal: OutsideError): Promise<void> {
    if (later.has(roomId)) return;
    later.add(roomId);
    try {
      for (let failure: unknown = refusal; isPassing(failure);) {
        await pause(failure.retryAfterMs ?? JOIN_AGAIN_MS, undefined, { signal: ending });
        failure = await join(roomId).catch((error: unknown) => error);
        if (failure === undefined) logger.info({ roomId }, 'joined a room of the fleet');
        else logger.warn({ roomId, why: wordsOf(failure) }, 'a room of the fleet could not be joined');
      }
    } catch {
      // Tocsin is leaving Matrix.
    } finally {
      later.delete(roomId);
    }
  }

  async function accept(roomId: string, by: string, direct: boolean): Promise<void> {
    for (const afterMs of ATTEMPTS_AFTER_MS) {
      await pause(afterMs, undefined, { signal: ending });
      try {
        // Noted first: what is said in the room right after the joining is already heard.
        if (direct) await directs.adopt(by, roomId);
        await join(roomId);
        logger.info({ roomId, by, direct }, 'joined a room by invitation');
        return;
      } catch (error) {
        const last = !(error instanceof OutsideError && error.retryable);
        logger.warn({ err: error, roomId, by }, 'an invitation could not be accepted');
        if (last) return;
      }
    }
  }

  return {
    join,
    async joinAll(roomIds) {
      const { joined_rooms } = Joined.parse(await ask('GET', '/_matrix/client/v3/joined_rooms'));
      for (const roomId of roomIds.filter((one) => !joined_rooms.includes(one))) {
        try {
          await join(roomId);
          joined_rooms.push(roomId);
        } catch (error) {
          logger.warn({ roomId, why: wordsOf(error) }, 'a room of the fleet could not be joined');
          if (isPassing(error)) void joinLater(roomId, error);
        }
      }
      return joined_rooms;
    },
    take(roomId, event) {
      const invitation = Invitation.safeParse(event).data;
      if (invitation === undefined) return;
      const { sender, content } = invitation;
      const direct = content.is_direct === true && !rooms().includes(roomId);
      const answer = async (): Promise<void> => {
        const isWelcome = knows(sender) || rooms().includes(roomId) || (direct && (await expects()));
        if (isWelcome) await accept(roomId, sender, direct);
        else logger.info({ roomId, by: sender }, 'left an invitation by a stranger alone');
      };
      void answer().catch((error: unknown) => {
        logger.debug({ err: error, roomId }, 'accepting an invitation was interrupted');
      });
    },
  };
}
