import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Api } from '#src/chat/discord/api.ts';
import { createDirects, type DirectChannels } from '#src/chat/discord/directs.ts';
import { OutsideError } from '#src/domain/errors.ts';

import { failureOf, memoryDirects, silent } from './open.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const pace = { burst: 2, everyMs: 10_000 };

/** Opens the channel `c-HANDLE`, unless told to fail. */
function open(kept: DirectChannels = memoryDirects()) {
  const opened: unknown[] = [];
  const refusals: OutsideError[] = [];
  const api = {
    post: async (_: string, body: unknown) => {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      const { recipient_id: handle } = body as { readonly recipient_id: string };
      opened.push(handle);
      return { id: `c-${handle}` };
    },
  } as unknown as Api;
  const directs = createDirects({ api: async () => api, kept, pace, logger: silent });
  const waitOf = async (handle: string) =>
    ((await failureOf(directs.channelOf(handle))) as OutsideError | undefined)?.retryAfterMs;
  return { directs, opened, refusals, waitOf };
}

test('a burst, then one after another, in the order of asking; who waits keeps the turn', async () => {
  const { waitOf, opened } = open();
  expect([await waitOf('a'), await waitOf('b'), await waitOf('c'), await waitOf('d')]).toEqual([
    undefined,
    undefined,
    10_000,
    20_000,
  ]);
  vi.setSystemTime(Date.now() + 10_000);
  expect([await waitOf('d'), await waitOf('c'), await waitOf('d')]).toEqual([10_000, undefined, 10_000]);
  vi.setSystemTime(Date.now() + 10_000);
  expect(await waitOf('d')).toBeUndefined();
  expect(opened).toEqual(['a', 'b', 'c', 'd']);
});

test('a pause fills the burst again', async () => {
  const { waitOf } = open();
  await Promise.all(['a', 'b'].map(waitOf));
  vi.setSystemTime(Date.now() + 60_000);
  expect([await waitOf('c'), await waitOf('d'), await waitOf('e')]).toEqual([undefined, undefined, 10_000]);
});

test('a known channel needs no turn', async () => {
  const { waitOf, opened, directs } = open(memoryDirects(new Map([['k', 'c-k']])));
  await Promise.all(['a', 'b'].map(waitOf));
  expect(await directs.channelOf('k')).toBe('c-k');
  expect(await directs.channelOf('a')).toBe('c-a');
  expect(opened).toEqual(['a', 'b']);
});

test('when Discord says that it is too fast, nobody opens any for a while', async () => {
  const { waitOf, refusals } = open();
  refusals.push(new OutsideError('discord', 'rate-limited', 'too fast', { retryAfterMs: 60_000 }));
  expect(await waitOf('a')).toBe(60_000);
  expect(await waitOf('b')).toBe(60_000);
  expect(await waitOf('c')).toBe(70_000);
  vi.setSystemTime(Date.now() + 60_000);
  expect(await waitOf('b')).toBeUndefined();
});

test('a store that fails costs a question, not a message', async () => {
  const { directs, opened } = open({
    get: () => Promise.reject(new Error('no Redis')),
    set: () => Promise.reject(new Error('no Redis')),
  });
  expect(await directs.channelOf('a')).toBe('c-a');
  expect(await directs.channelOf('a')).toBe('c-a');
  expect(opened).toEqual(['a']);
});
