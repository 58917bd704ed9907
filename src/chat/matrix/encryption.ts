import { OutsideError } from '#src/domain/errors.ts';

import { orNothing } from './errors.ts';
import type { Ask } from './wire.ts';

/** Which rooms are encrypted; plaintext is never written into one that is. */
export interface Encryption {
  /** Whether an event for this room must be encrypted. Throws OutsideError: `forbidden` where it must and cannot be. */
  required(roomId: string): Promise<boolean>;
  isEncrypted(roomId: string): Promise<boolean>;
  /** The room was seen to be encrypted, which cannot be undone. */
  learn(roomId: string): void;
  /** What was known of a room (of all of them) may be out of date. */
  forget(roomId?: string): void;
}

interface Options {
  readonly ask: Ask;
  /** Whether this process can encrypt. */
  readonly able: () => boolean;
  /** Whether changes in the rooms are being followed, so that what is known stays true. */
  readonly following: () => boolean;
}

export function createEncryption({ ask, able, following }: Options): Encryption {
  const known = new Map<string, boolean>();

  async function isEncrypted(roomId: string): Promise<boolean> {
    const kept = known.get(roomId);
    if (kept === true || (kept === false && following())) return kept;
    const encrypted = await look(roomId);
    // An event that arrived meanwhile knows better.
    known.set(roomId, encrypted || known.get(roomId) === true);
    return known.get(roomId) === true;
  }

  async function look(roomId: string): Promise<boolean> {
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    return (await orNothing(ask('GET', `${room}/state/m.room.encryption/`))) !== undefined;
  }

  return {
    isEncrypted,
    async required(roomId) {
      const encrypted = await isEncrypted(roomId);
      if (encrypted && !able()) {
        throw new OutsideError(
          'matrix',
          'forbidden',
          `The room ${roomId} is encrypted and this process cannot encrypt (without Matrix’s library for it, or as one that only ` +
            'sends): nothing is written there in plain text. Use a room without encryption.',
        );
      }
      return encrypted;
    },
    learn: (roomId) => void known.set(roomId, true),
    forget(roomId) {
      if (roomId === undefined) known.clear();
      else known.delete(roomId);
    },
  };
}
