import pino from 'pino';
import { describe, expect, test, vi } from 'vitest';

import { createReactions } from '#src/chat/matrix/reactions.ts';
import type { Sends, Standing } from '#src/chat/matrix/sends.ts';
import { createTurns } from '#src/chat/matrix/turns.ts';
import type { Ask } from '#src/chat/matrix/wire.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Choice } from '#src/domain/message.ts';

const ROOM = '!room:server';
const ack: Choice = { label: 'Acknowledge', emoji: '👍', words: ['ack', 'a1'] };
const look: Choice = { label: 'Look', emoji: '❤️', words: ['health', 'n1'] };

const standing = (choices: readonly Choice[]): Standing => {
  const content = { 'org.tocsin.choices': choices.map(({ emoji, words }) => ({ emoji, words: [...words] })) };
  const event = { event_id: '$m', type: 'm.room.message', sender: '@tocsin:server', content };
  return { event, latest: '$m', content };
};

interface Faults {
  readonly found?: Standing;
  readonly limitedAtMs?: () => number;
  readonly yieldMs?: number;
  readonly own?: readonly string[];
}

function reactionsWith(options: Faults = {}) {
  const put = vi.fn<Sends['put']>(async () => '$r');
  const ask = vi.fn<Ask>(async () => ({
    chunk: (options.own ?? []).map((key) => ({
      event_id: `$${key}`,
      sender: '@tocsin:server',
      content: { 'm.relates_to': { key } },
    })),
  }));
  const sends: Sends = {
    post: vi.fn(),
    edit: vi.fn(),
    put,
    find: async () => options.found,
    limitedAtMs: options.limitedAtMs ?? (() => 0),
  };
  const wire = { ask, me: async () => '@tocsin:server', digest: async () => undefined, crypto: undefined };
  const ending = new AbortController();
  const reactions = createReactions(
    { wire, sends, turns: createTurns(undefined), yieldMs: options.yieldMs ?? 60_000, ending: ending.signal },
    pino({ level: 'silent' }),
  );
  const keys = () =>
    put.mock.calls.map(([, , content]) => JSON.stringify(content).match(/"key":"([^"]+)"/u)?.[1]);
  return { reactions, put, ask, ending, keys };
}

describe('the bot’s own reactions', () => {
  test('one for each choice, each once per message', async () => {
    const { reactions, put, keys } = reactionsWith();
    reactions.offer(ROOM, '$m', [ack, look]);
    reactions.offer(ROOM, '$m', [ack, look]);
    await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(4));
    expect(keys()).toEqual(['👍', '❤️', '👍', '❤️']);
    const transactions = put.mock.calls.map(([, , , transaction]) => transaction);
    expect(new Set(transactions).size).toBe(2);
  });

  test('after an edit: the new ones are added, the others taken back, and nothing is done when they stay', async () => {
    const { reactions, put, ask, keys } = reactionsWith({ own: ['👍'] });
    reactions.offer(ROOM, '$m', [ack], standing([ack]));
    expect(ask).not.toHaveBeenCalled();
    reactions.offer(ROOM, '$m', [look], standing([ack]));
    await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(1));
    expect(keys()).toEqual(['❤️']);
    expect(ask.mock.calls.map(([method, path]) => `${method} ${decodeURIComponent(path)}`)).toEqual([
      expect.stringContaining('GET '),
      expect.stringContaining('/redact/$👍/'),
    ]);
  });

  test('wait while the homeserver asks for less, and after a failure that passes', async () => {
    const limitedAtMs = Date.now();
    const { reactions, put } = reactionsWith({ limitedAtMs: () => limitedAtMs, yieldMs: 200 });
    const at: number[] = [];
    put.mockImplementation(async () => {
      at.push(Date.now() - limitedAtMs);
      if (at.length === 1) throw new OutsideError('matrix', 'rate-limited', 'slow', { retryAfterMs: 1_100 });
      return '$r';
    });
    reactions.offer(ROOM, '$m', [ack]);
    await vi.waitFor(() => expect(at).toHaveLength(2), { timeout: 5_000 });
    expect(at[0]).toBeGreaterThanOrEqual(199);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_099);
  });

  test('one that is refused does not hold up the next', async () => {
    const { reactions, put } = reactionsWith();
    put.mockRejectedValueOnce(new OutsideError('matrix', 'forbidden', 'no'));
    reactions.offer(ROOM, '$m', [ack]);
    reactions.offer(ROOM, '$n', [look]);
    await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(2));
  });
});

describe('a person’s reaction', () => {
  test('means the words of the choice, however the client writes the emoji', async () => {
    const found = standing([ack, look]);
    const { reactions } = reactionsWith({ found });
    expect(await reactions.picked(ROOM, '$m', '👍')).toEqual({ words: ['ack', 'a1'], on: found });
    expect(await reactions.picked(ROOM, '$m', '\u2764')).toMatchObject({ words: ['health', 'n1'] });
    expect(await reactions.picked(ROOM, '$m', '👎')).toBeUndefined();
  });

  test('on a message that is not the bot’s means nothing', async () => {
    const { reactions } = reactionsWith();
    expect(await reactions.picked(ROOM, '$m', '👍')).toBeUndefined();
  });
});
