import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { findPost } from '#src/chat/matrix/find.ts';
import { postKey } from '#src/chat/matrix/sends.ts';
import { openWire, type Wire } from '#src/chat/matrix/wire.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { type Matrix, startMatrix } from '#test/stand-ins/matrix/matrix.ts';

let matrix: Matrix;
let wire: Wire;
let room: string;
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(async () => {
  matrix = await startMatrix();
  folder = temporaryFolder('matrix');
  const { accessToken, userId } = matrix.world.bot;
  const options = { homeserverUrl: matrix.url, accessToken, storageDir: folder.path, withinMs: 5_000 };
  wire = await openWire({ ...options, ending: new AbortController().signal }, pino({ level: 'silent' }));
  room = matrix.world.room('ops', [userId]).id;
});
afterEach(async () => {
  await matrix[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const send = async (transaction: string, body: string): Promise<unknown> =>
  wire.ask('PUT', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${transaction}`, {
    body: { msgtype: 'm.notice', body },
  });

test('a message whose answer was cut off is found under its key, behind pages of others', async () => {
  matrix.faults.add({ match: { method: 'PUT', path: /\/send\// }, kind: 'drop-after', times: 1 });
  await expect(send(postKey('k1'), 'one')).rejects.toThrow();
  for (let at = 0; at < 150; at++) await send(`other${at}`, 'another');
  const [first] = matrix.messages(room);
  expect(await findPost(wire, room, 'k1')).toBe(first?.event.event_id);
  expect(await findPost(wire, room, 'k2')).toBeUndefined();
});

test('what was taken back stands there no more', async () => {
  const { event_id } = (await send(postKey('k1'), 'one')) as { event_id: string };
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/redact/${encodeURIComponent(event_id)}/r1`;
  await wire.ask('PUT', path, { body: {} });
  expect(await findPost(wire, room, 'k1')).toBeUndefined();
});
