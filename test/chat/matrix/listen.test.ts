import pino from 'pino';
import { describe, expect, test, vi } from 'vitest';

import { createListening } from '#src/chat/matrix/listen.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Heard } from '#src/domain/platform.ts';
import { createListenerProbe, saidWords } from '#test/conformance/listener-probe.ts';

const ROOM = '!notaries:server';
const DIRECT = '!direct:server';
const ME = '@tocsin:server';

function listening(hear?: (heard: Heard) => Promise<void>) {
  const listener = { ...createListenerProbe(), ...(hear && { hear }) };
  const parts = {
    wire: {
      ask: vi.fn(async () => ({})),
      me: async () => ME,
      digest: async () => undefined,
      crypto: undefined,
    },
    encryption: { required: vi.fn(), isEncrypted: vi.fn(), learn: vi.fn(), forget: vi.fn() },
    directs: {
      roomFor: vi.fn(),
      isDirect: (roomId: string) => roomId === DIRECT,
      adopt: vi.fn(),
      load: vi.fn(),
      learn: vi.fn(),
      doubt: vi.fn(),
    },
    reactions: { offer: vi.fn(), picked: vi.fn(async () => undefined) },
    invitations: { take: vi.fn(), join: vi.fn(), joinAll: vi.fn() },
  };
  const ending = new AbortController();
  const { take, heeded } = createListening(
    {
      ...parts,
      me: ME,
      prefix: '!tocsin',
      rooms: () => [ROOM],
      answers: () => async () => undefined,
      listener,
      ending: ending.signal,
    },
    pino({ level: 'silent' }),
  );
  return { ...parts, listener, take, heeded, ending };
}

let count = 0;
const says = (body: string, more: object = {}) => ({
  event_id: `$${count++}`,
  type: 'm.room.message',
  sender: '@alice:server',
  origin_server_ts: Date.now(),
  content: { msgtype: 'm.text', body },
  ...more,
});
const lines = (heard: readonly Heard[]) => heard.map(({ said }) => saidWords(said).join(' '));

describe('what is heard', () => {
  test('a line of a known room and of a direct message, by whom and where', () => {
    const { take, listener } = listening();
    take(false)('room.event', ROOM, says('!tocsin health', { event_id: '$a' }));
    take(false)('room.event', DIRECT, says('ack a1', { event_id: '$b' }));
    expect(listener.heard).toMatchObject([
      { id: '$a', platform: 'matrix', handle: '@alice:server', name: 'alice', direct: false, room: ROOM },
      { id: '$b', direct: true, room: undefined, said: { line: 'ack a1' } },
    ]);
  });

  test.for([
    ['another room', '!other:server', {}],
    ['its own words', ROOM, { sender: ME }],
    ['an account that is none', ROOM, { sender: '@everyone' }],
    ['more than ten minutes ago', ROOM, { unsigned: { age: 601_000 } }],
    ['before the bot was in the room', ROOM, { unsigned: { membership: 'leave' } }],
    ['state', ROOM, { type: 'm.room.topic', state_key: '' }],
    ['no event', ROOM, { event_id: 1 }],
  ] as const)('not: %s', ([, roomId, more]) => {
    const { take, listener } = listening();
    take(false)('room.event', roomId, says('!tocsin health', more));
    expect(listener.heard).toEqual([]);
    take(false)('room.event', ROOM, says('!tocsin after'));
    expect(lines(listener.heard)).toEqual(['after']);
  });

  test('not what was said before the start, while invitations of that time count', () => {
    const { take, listener, invitations } = listening();
    take(true)('room.event', ROOM, says('!tocsin health'));
    take(true)('room.invite', '!new:server', { sender: '@alice:server', content: {} });
    expect(listener.heard).toEqual([]);
    expect(invitations.take).toHaveBeenCalledTimes(1);
  });

  test('one that fails, at once or later, loses nothing of what follows', async () => {
    const heard: string[] = [];
    const { take } = listening((one) => {
      heard.push(saidWords(one.said).join(' '));
      if (heard.length === 1) throw new Error('at once');
      return heard.length === 2 ? Promise.reject(new Error('later')) : Promise.resolve();
    });
    for (const word of ['one', 'two', 'three']) {
      expect(() => take(false)('room.event', ROOM, says(`!tocsin ${word}`))).not.toThrow();
    }
    expect(heard).toEqual(['one', 'two', 'three']);
  });

  test('a reaction is read again where the homeserver did not answer, and handed on', async () => {
    const { take, reactions, listener, heeded } = listening();
    const on = { event: { event_id: '$n' }, latest: '$n', content: {} };
    reactions.picked
      .mockRejectedValueOnce(new OutsideError('matrix', 'timeout', 'no answer in time', { retryAfterMs: 1 }))
      .mockResolvedValueOnce({ words: ['ack', 'n1', 'on-it'], on } as never);
    const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$n', key: '👍' } };
    take(false)('room.event', ROOM, says('', { type: 'm.reaction', content }));
    await heeded();
    expect(lines(listener.heard)).toEqual(['ack n1 on-it']);
  });

  test('heeded once all that was taken has its answer', async () => {
    const working = Promise.withResolvers<undefined>();
    const { take, heeded } = listening(async ({ said }) => {
      if (saidWords(said).includes('slow')) await working.promise;
    });
    expect(heeded()).toBeUndefined();
    take(false)('room.event', ROOM, says('!tocsin slow'));
    take(false)('room.event', ROOM, says('!tocsin quick'));
    let isHeeded = false;
    const all = heeded()?.then(() => (isHeeded = true));
    await new Promise(setImmediate);
    expect(isHeeded).toBe(false);
    working.resolve(undefined);
    await all;
    expect(heeded()).toBeUndefined();
  });

  test('typing shows to people of the fleet until the answer was given', async () => {
    const working = Promise.withResolvers<undefined>();
    const { take, wire, listener } = listening(async () => {
      await working.promise;
    });
    listener.known.add('@alice:server');
    take(false)('room.event', ROOM, says('!tocsin health'));
    take(false)('room.event', ROOM, says('!tocsin health', { sender: '@stranger:server' }));
    expect(wire.ask).toHaveBeenCalledTimes(1);
    expect(wire.ask).toHaveBeenLastCalledWith('PUT', expect.stringContaining('/typing/'), {
      body: { typing: true, timeout: 30_000 },
    });
    working.resolve(undefined);
    await vi.waitFor(() => expect(wire.ask).toHaveBeenCalledTimes(2));
    expect(wire.ask).toHaveBeenLastCalledWith('PUT', expect.anything(), { body: { typing: false } });
  });
});

describe('what is learnt on the way', () => {
  test('that a room was encrypted, also by ourselves', () => {
    const { take, encryption } = listening();
    take(true)('room.event', ROOM, says('', { type: 'm.room.encryption', sender: ME, content: {} }));
    expect(encryption.learn).toHaveBeenCalledWith(ROOM);
  });

  test('that somebody left, and which rooms are direct', () => {
    const { take, directs } = listening();
    take(false)('room.event', DIRECT, says('', { type: 'm.room.member', content: { membership: 'leave' } }));
    take(false)('account_data', { type: 'm.direct', content: { '@a:s': [DIRECT] } }, undefined);
    expect(directs.doubt).toHaveBeenCalledWith(DIRECT);
    expect(directs.learn).toHaveBeenCalledWith({ '@a:s': [DIRECT] });
  });
});
