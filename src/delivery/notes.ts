import type { Compose, Post } from '#src/domain/delivery.ts';
import { type Fleets, ROOM_NOTARIES, ROOM_OPS } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Message } from '#src/domain/message.ts';
import type { Note } from '#src/domain/note.ts';
import type { RoomId } from '#src/domain/room.ts';

interface NotesNeeds {
  readonly notes: {
    get(id: string): Promise<Note | undefined>;
    update(id: string, change: (current: Note | undefined) => Note | undefined): Promise<Note | undefined>;
  };
  readonly post: Post;
  readonly fleets: Fleets;
}

interface Notes {
  /** Says it in a room, room ops when none is given, once per key. */
  tell(key: readonly string[], message: Message, room?: RoomId): Promise<void>;
  readonly compose: Compose;
}

/** What Tocsin has to say about itself. */
export const createNotes = ({ notes, post, fleets }: NotesNeeds): Notes => ({
  async tell(key, message, given) {
    const id = keyOf('note', ...key);
    await notes.update(id, (current) => current ?? { message });
    const usual = fleets.current().room(ROOM_OPS) ? ROOM_OPS : ROOM_NOTARIES;
    const room = given ?? usual;
    await post.send(`note:${id}`, [{ kind: 'room', room }], 'warning');
  },
  async compose(cause) {
    const note = await notes.get(cause.slice('note:'.length));
    return note && { message: note.message, revision: 1 };
  },
});
