import pino from 'pino';
import { expect, test, vi } from 'vitest';

import { createPulse } from '#src/chat/matrix/pulse.ts';
import { follow } from '#src/chat/matrix/sync.ts';

/** A homeserver whose syncs are `s1`, `s2` …, each asked for by the test. */
function following(heeded: (sync: number) => Promise<unknown> | undefined) {
  const stopping = new AbortController();
  const polls: PromiseWithResolvers<undefined>[] = [];
  let sync = 0;
  const saved: string[] = [];
  const done = follow(
    {
      wire: {
        me: async () => '@tocsin:server',
        digest: async () => undefined,
        crypto: undefined,
        async ask() {
          const poll = Promise.withResolvers<undefined>();
          polls.push(poll);
          await poll.promise;
          return { next_batch: `s${++sync}` };
        },
      },
      prepare: async () => ({ take: () => () => undefined, heeded: () => heeded(sync) }),
      gap: () => undefined,
      pulse: createPulse(5_000),
      homeserverUrl: 'https://matrix.example.org',
      followed: { load: async () => undefined, save: async (_, token) => void saved.push(token) },
      pollMs: 1,
      signal: stopping.signal,
    },
    pino({ level: 'silent' }),
  );
  const answered = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      await vi.waitFor(() => expect(polls.length).toBeGreaterThan(0));
      const before = polls.length;
      polls.at(-1)?.resolve(undefined);
      await vi.waitFor(() => expect(polls.length).toBeGreaterThan(before));
    }
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    polls.at(-1)?.resolve(undefined);
    await done;
  };
  return { saved, answered, stop };
}

test('how far was read is kept only after all before it was heeded, and in order', async () => {
  const working = Promise.withResolvers<undefined>();
  const { saved, answered, stop } = following((sync) => (sync === 2 ? working.promise : undefined));
  await answered(4);
  expect(saved).toEqual(['s1']);
  working.resolve(undefined);
  await vi.waitFor(() => expect(saved).toEqual(['s1', 's2', 's3', 's4']));
  await stop();
});

test('what was not heeded before the end is read again by the next start', async () => {
  const working = Promise.withResolvers<undefined>();
  const { saved, answered, stop } = following((sync) => (sync === 2 ? working.promise : undefined));
  await answered(3);
  await stop();
  working.resolve(undefined);
  await new Promise(setImmediate);
  expect(saved).toEqual(['s1']);
});
