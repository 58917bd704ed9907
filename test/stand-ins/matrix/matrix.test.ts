import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Matrix, startMatrix } from './matrix.ts';

let matrix: Matrix;
beforeAll(async () => void (matrix = await startMatrix()));
afterAll(() => matrix[Symbol.asyncDispose]());

const ask = async (method: string, path: string, body?: object) => {
  const answer = await fetch(`${matrix.url}/_matrix/client/v3/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${matrix.world.bot.accessToken}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const room = () => matrix.world.room('a', [matrix.world.bot.userId]).id;
const words = (body: string) => ({ msgtype: 'm.notice', body });

test('the same transaction is the same event, also when the first answer was cut off', async () => {
  const id = room();
  const path = `rooms/${encodeURIComponent(id)}/send/m.room.message/t1`;
  matrix.faults.add({ match: { method: 'PUT', path: /\/send\// }, kind: 'drop-after', times: 1 });
  await expect(ask('PUT', path, words('one'))).rejects.toThrow();
  expect(await ask('PUT', path, words('one'))).toMatchObject({ status: 200 });
  expect(matrix.messages(id).map(({ body }) => body)).toEqual(['one']);
});

test('an edit is what stands there, and is bundled with the event', async () => {
  const id = room();
  const send = (txn: string, content: object) =>
    ask('PUT', `rooms/${encodeURIComponent(id)}/send/m.room.message/${txn}`, content);
  const { event_id } = (await send('t1', words('before'))).body;
  const relates = { 'm.relates_to': { rel_type: 'm.replace', event_id } };
  await send('t2', { ...words('* after'), 'm.new_content': words('after'), ...relates });
  expect(matrix.messages(id).map(({ body }) => body)).toEqual(['after']);
  const { body } = await ask('GET', `rooms/${encodeURIComponent(id)}/event/${String(event_id)}`);
  expect(JSON.stringify(body['unsigned'])).toContain('"after"');
});

test('a poll ends when somebody says something, and gives just that', async () => {
  const id = room();
  const { body: first } = await ask('GET', 'sync');
  const poll = ask('GET', `sync?since=${String(first['next_batch'])}&timeout=20000`);
  matrix.say(id, '@ada:stand-in.test', 'hello');
  const { rooms } = (await poll).body as { rooms: { join: Record<string, object> } };
  expect(Object.keys(rooms.join)).toEqual([id]);
  expect(JSON.stringify(rooms.join[id])).toContain('hello');
});

test('faults answer what they match, as often as they shall', async () => {
  const fault = matrix.faults.add({
    match: { path: /whoami/ },
    kind: 'rate-limit',
    retryAfterMs: 70,
    times: 1,
  });
  expect(await ask('GET', 'account/whoami')).toMatchObject({
    status: 429,
    body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 70 },
  });
  expect(await ask('GET', 'account/whoami')).toMatchObject({ status: 200 });
  expect(fault.hits).toBe(1);
});

test('cut off, it refuses; restored, it is where it was', async () => {
  await matrix.refuse();
  await expect(ask('GET', 'account/whoami')).rejects.toThrow();
  await matrix.restore();
  expect(await ask('GET', 'account/whoami')).toMatchObject({ status: 200 });
});
