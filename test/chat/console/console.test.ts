import { afterEach, beforeEach, expect, test } from 'vitest';

import { choiceId, type ConsolePost } from '#src/domain/console.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Choice, choices, type Message } from '#src/domain/message.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { type OpenPage, openPage } from '#test/http/dashboard/open-page.ts';

const alice = 'alice' as OperatorId;
const bob = 'bob' as OperatorId;
const OPS = 'room:ops';
const approve: Choice = { label: 'Approve', emoji: '✅', words: ['approve', 'r1', 'two words'] };
const say = (title: string, ...list: readonly Choice[]): Message => ({
  tone: 'neutral',
  title,
  blocks: [choices(...list)],
});

let page: OpenPage;

beforeEach(async () => {
  page = await openPage();
});
afterEach(() => page[Symbol.asyncDispose]());

const titles = (posts: readonly ConsolePost[]): readonly string[] =>
  posts.flatMap(({ body }) => (body.kind === 'message' ? [body.message.title] : []));

test('a line is heard with who said it and where; what people put before commands elsewhere is dropped', async () => {
  await page.console.say(alice, OPS, ' /health ');
  await page.console.say(bob, 'direct:bob', '!tocsin ack a1');
  expect(page.heard.map(({ handle, direct, room, said }) => ({ handle, direct, room, said }))).toEqual([
    { handle: 'alice', direct: false, room: 'ops', said: { line: 'health' } },
    { handle: 'bob', direct: true, room: undefined, said: { line: 'ack a1' } },
  ]);
  expect(new Set(page.heard.map(({ id }) => id)).size).toBe(2);
});

test('the answer to a private command is seen by the asker only', async () => {
  await page.console.say(alice, OPS, 'help');
  await page.heard[0]?.answer(say('for alice'));
  await page.console.say(alice, OPS, 'health');
  await page.heard[1]?.answer(say('for all'));
  expect(titles(await page.console.read(alice, OPS))).toEqual(['for alice', 'for all']);
  expect(titles(await page.console.read(bob, OPS))).toEqual(['for all']);
});

test.each([
  ['direct messages of another', 'direct:alice'],
  ['a room that is not there', 'room:nowhere'],
  ['nonsense', 'nonsense'],
])('%s cannot be read or written', async (_what, channel) => {
  await expect(page.console.read(bob, channel)).rejects.toBeInstanceOf(UserError);
  await expect(page.console.say(bob, channel, 'help')).rejects.toBeInstanceOf(UserError);
  await expect(page.console.press(bob, channel, 'x', 'y')).rejects.toBeInstanceOf(UserError);
  expect(page.heard).toEqual([]);
});

test('a pressed button says its words, kept together as they were', async () => {
  const posted = await page.console.post({ kind: 'room', id: 'ops' }, say('request', approve), 'k');
  await page.console.press(bob, OPS, posted.id, choiceId(approve));
  expect(page.heard[0]).toMatchObject({ handle: 'bob', said: { line: 'approve r1 "two words"' } });
});

test('a button that an edit took away does nothing, wherever another stands now', async () => {
  const posted = await page.console.post({ kind: 'room', id: 'ops' }, say('request', approve), 'k');
  const deny: Choice = { ...approve, words: ['deny', 'r1'] };
  await page.console.edit(posted, say('request', deny));
  await expect(page.console.press(bob, OPS, posted.id, choiceId(approve))).rejects.toThrow('no longer there');
  expect(page.heard).toEqual([]);
});

test('followers are told of what is said, answered and edited, until they leave', async () => {
  const told: [string, number][] = [];
  const leave = page.console.follow(({ body, revision }) => told.push([body.kind, revision]));
  await page.console.say(alice, OPS, 'health');
  const posted = await page.console.post({ kind: 'room', id: 'ops' }, say('one'), 'k');
  await page.console.edit(posted, say('two'));
  leave();
  await page.console.edit(posted, say('three'));
  expect(told).toEqual([
    ['line', 1],
    ['message', 1],
    ['message', 2],
  ]);
});

test('an empty line and an endless one are refused in words', async () => {
  await expect(page.console.say(alice, OPS, '   ')).rejects.toThrow('Type a command');
  await expect(page.console.say(alice, OPS, 'x'.repeat(2_001))).rejects.toThrow('at most 2000');
});
