import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createInvitations } from '#src/chat/matrix/invitations.ts';
import type { Ask } from '#src/chat/matrix/wire.ts';
import { OutsideError } from '#src/domain/errors.ts';

const ROOM = '!room:server';
let ending: AbortController;
beforeEach(() => {
  ending = new AbortController();
});
afterEach(() => ending.abort());

/** A homeserver at which joining fails as given, one after another, and then works. */
function world(...failures: readonly OutsideError[]) {
  return strangely(
    async () => false,
    () => true,
    ...failures,
  );
}

function strangely(
  expects: () => Promise<boolean>,
  knows: () => boolean,
  ...failures: readonly OutsideError[]
) {
  const left = [...failures];
  const joins = vi.fn();
  const ask: Ask = async (method, path) => {
    if (path.endsWith('/joined_rooms')) return { joined_rooms: [] };
    joins(method, decodeURIComponent(path));
    const failure = left.shift();
    if (failure) throw failure;
    return {};
  };
  const adopted = vi.fn(async () => undefined);
  const directs = { adopt: adopted } as unknown as Parameters<typeof createInvitations>[0]['directs'];
  const options = { ask, directs, rooms: () => [ROOM], knows, expects, ending: ending.signal };
  return { joins, adopted, invitations: createInvitations(options, pino({ level: 'silent' })) };
}
const failure = (reason: 'rate-limited' | 'forbidden') =>
  new OutsideError('matrix', reason, reason, { retryAfterMs: 30 });

test('a fleet’s room whose joining is rate-limited at the start is joined when it may be, by one attempt at a time', async () => {
  const { joins, invitations } = world(
    failure('rate-limited'),
    failure('rate-limited'),
    failure('rate-limited'),
  );
  expect(await invitations.joinAll([ROOM])).toEqual([]);
  expect(await invitations.joinAll([ROOM])).toEqual([]);
  await vi.waitUntil(() => joins.mock.calls.length === 4, { timeout: 5_000, interval: 5 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(joins).toHaveBeenCalledTimes(4);
});

test('one that does not let the bot in is not asked again and again', async () => {
  const { joins, invitations } = world(failure('rate-limited'), failure('forbidden'));
  await invitations.joinAll([ROOM]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(joins).toHaveBeenCalledTimes(2);
});

test('a stranger’s direct conversation is opened only while a code waits to be typed', async () => {
  const invited = { sender: '@mallory:x', content: { is_direct: true } };
  let isAwaited = false;
  const asked = vi.fn(async () => isAwaited);
  const { joins, adopted, invitations } = strangely(asked, () => false);
  invitations.take('!theirs:x', invited);
  invitations.take('!group:x', { ...invited, content: {} });
  await vi.waitUntil(() => asked.mock.calls.length === 1);
  isAwaited = true;
  invitations.take('!group:x', { ...invited, content: {} });
  invitations.take('!mine:x', invited);
  await vi.waitUntil(() => joins.mock.calls.length === 1, { timeout: 5_000 });
  expect(joins.mock.calls).toEqual([['POST', '/_matrix/client/v3/join/!mine:x']]);
  expect(adopted.mock.calls).toEqual([['@mallory:x', '!mine:x']]);
});
