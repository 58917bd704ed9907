import { afterEach, beforeEach, expect, test } from 'vitest';

import type { ConsolePost } from '#src/domain/console.ts';
import type { Message } from '#src/domain/message.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { createConsolePosts } from '#src/store/console-posts.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';

let redis: TestRedis;

beforeEach(async () => {
  redis = await testRedis();
});
afterEach(() => redis[Symbol.asyncDispose]());

const say = (title: string): Message => ({ tone: 'neutral', title, blocks: [] });
const post = (id: string, second: number, message = say(id)): ConsolePost => ({
  id,
  channel: 'room:ops',
  at: new Date(second * 1000).toISOString(),
  body: { kind: 'message', message },
  revision: 1,
});

test('the first under an id stands, whoever comes at the same time', async () => {
  const posts = createConsolePosts(redis.connection);
  const added = await Promise.all(
    [1, 2, 3, 4].map((turn) => posts.add(post('a', turn, say(`turn ${turn}`)))),
  );
  expect(new Set(added.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(await posts.list('room:ops')).toEqual([added[0]]);
});

test('stands in the order of writing, whatever is edited; is there after a restart', async () => {
  const posts = createConsolePosts(redis.connection);
  for (const [index, id] of ['a', 'b', 'c'].entries()) await posts.add(post(id, index));
  const edited = await posts.edit('room:ops', 'a', say('new'));
  expect(edited).toMatchObject({ id: 'a', revision: 2, body: { message: { title: 'new' } } });
  const again = createConsolePosts(redis.connection);
  expect((await again.list('room:ops')).map(({ id, revision }) => [id, revision])).toEqual([
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]);
});

test('an edit of what is not there changes nothing', async () => {
  const posts = createConsolePosts(redis.connection);
  expect(await posts.edit('room:ops', 'none', say('x'))).toBeUndefined();
  expect(await posts.list('room:ops')).toEqual([]);
});

test('each place keeps the latest only', async () => {
  const posts = createConsolePosts(redis.connection, 3);
  for (let turn = 0; turn < 6; turn++) await posts.add(post(`p${turn}`, turn));
  await posts.add({ ...post('elsewhere', 1), channel: 'direct:alice', only: 'alice' as OperatorId });
  expect((await posts.list('room:ops')).map(({ id }) => id)).toEqual(['p3', 'p4', 'p5']);
  expect(await posts.list('direct:alice')).toHaveLength(1);
});

test('pictures come back byte by byte', async () => {
  const posts = createConsolePosts(redis.connection);
  const png = Uint8Array.from([137, 80, 78, 71, 0, 255]);
  await posts.add(post('a', 1, { ...say('x'), blocks: [{ kind: 'image', name: 'n', alt: 'a', png }] }));
  const [found] = await posts.list('room:ops');
  const body = found?.body;
  const block = body?.kind === 'message' ? body.message.blocks[0] : undefined;
  expect(block?.kind === 'image' && Array.from(block.png)).toEqual([...png]);
});
