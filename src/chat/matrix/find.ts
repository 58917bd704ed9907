import { z } from 'zod';

import { postKey, roomPath } from './sends.ts';
import type { Wire } from './wire.ts';

const PAGE = 100;
const MOST_PAGES = 10;
const LOOK_BACK_MS = 24 * 3_600_000;

const History = z.object({
  end: z.string().optional(),
  chunk: z.array(
    z.looseObject({
      event_id: z.string(),
      origin_server_ts: z.number(),
      unsigned: z
        .looseObject({
          transaction_id: z.string().optional(),
          redacted_because: z.unknown().optional(),
        })
        .optional(),
    }),
  ),
});

/**
 * The bot's message in a room that a post with this key left. A homeserver tells the device that sent an event under
 * which transaction it did, encrypted or not. Looks through the newest 1,000 messages of the bot of the last day. Throws
 * OutsideError.
 */
export async function findPost(wire: Wire, roomId: string, key: string): Promise<string | undefined> {
  const filter = JSON.stringify({
    senders: [await wire.me()],
    types: ['m.room.message', 'm.room.encrypted'],
  });
  const oldest = Date.now() - LOOK_BACK_MS;
  const transaction = postKey(key);
  let from: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { dir: 'b', limit: PAGE, filter, ...(from !== undefined && { from }) };
    const { chunk, end } = History.parse(await wire.ask('GET', `${roomPath(roomId)}/messages`, { query }));
    const found = chunk.find(({ unsigned }) => unsigned?.transaction_id === transaction);
    if (found) return found.unsigned?.redacted_because === undefined ? found.event_id : undefined;
    const last = chunk.at(-1);
    if (end === undefined || (last && last.origin_server_ts < oldest)) return undefined;
    from = end;
  }
  return undefined;
}
