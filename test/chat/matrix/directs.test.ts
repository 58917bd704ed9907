import { describe, expect, test } from 'vitest';

import { type Alone, createDirects } from '#src/chat/matrix/directs.ts';
import { createEncryption } from '#src/chat/matrix/encryption.ts';
import { createTurns, type Limits } from '#src/chat/matrix/turns.ts';
import type { Ask } from '#src/chat/matrix/wire.ts';
import { OutsideError } from '#src/domain/errors.ts';

const ALICE = '@alice:server';

interface World {
  list: Record<string, string[]>;
  readonly encrypted: Set<string>;
  readonly members: Map<string, string>;
  readonly calls: string[];
  created: number;
}

const gone = () => new OutsideError('matrix', 'not-found', 'gone');

/** A homeserver with account data, rooms and their members. */
function world(): { world: World; ask: Ask } {
  const state: World = { list: {}, encrypted: new Set(), members: new Map(), calls: [], created: 0 };
  const ask: Ask = async (method, path, { body } = {}) => {
    const plain = decodeURIComponent(path);
    state.calls.push(`${method} ${plain}`);
    await Promise.resolve();
    if (plain.endsWith('/account_data/m.direct')) {
      if (method === 'PUT') state.list = structuredClone(body) as World['list'];
      return structuredClone(state.list);
    }
    if (plain.endsWith('/createRoom')) {
      const roomId = `!created${++state.created}:server`;
      state.members.set(roomId, 'invite');
      return { room_id: roomId };
    }
    const roomId = /rooms\/([^/]+)/u.exec(plain)?.[1] ?? '';
    if (plain.includes('m.room.encryption')) {
      if (state.encrypted.has(roomId)) return {};
      throw gone();
    }
    if (plain.endsWith('/invite')) return state.members.set(roomId, 'invite');
    const membership = state.members.get(roomId);
    if (membership === undefined) throw gone();
    return { membership };
  };
  return { world: state, ask };
}

function directsOf(ask: Ask, alone?: Alone, limits?: Limits) {
  const wire = { ask, me: async () => '@tocsin:server', digest: async () => undefined, crypto: undefined };
  const encryption = createEncryption({ ask, able: () => false, following: () => true });
  const turns = createTurns(limits);
  return createDirects({ wire, encryption, turns, knows: (handle) => handle === ALICE, alone });
}

describe('the room for direct messages', () => {
  test('is made once by two processes that need it at once, and both keep it', async () => {
    const { world: there, ask } = world();
    const queues = new Map<string, Promise<unknown>>();
    const alone: Alone = (name, deed) => {
      const turn = (queues.get(name) ?? Promise.resolve()).then(deed);
      queues.set(name, turn);
      return turn;
    };
    const both = [directsOf(ask, alone), directsOf(ask, alone)];
    const rooms = await Promise.all(both.map((directs) => directs.roomFor(ALICE)));
    expect(new Set(rooms)).toEqual(new Set(['!created1:server']));
    expect(there.created).toBe(1);
  });

  test('asks for nothing while it waits for its turn', async () => {
    const { world: there, ask } = world();
    const limits: Limits = { slow: async () => undefined, slowed: async () => 60_000 };
    const directs = directsOf(ask, (_name, deed) => deed(), limits);
    await directs.load();
    there.calls.length = 0;
    await expect(directs.roomFor(ALICE)).rejects.toMatchObject({ reason: 'rate-limited', ofRecipient: true });
    expect(there.calls).toEqual([]);
  });

  test('is made once, however often it is asked for at once, and found again by another start', async () => {
    const { world: there, ask } = world();
    const directs = directsOf(ask);
    const rooms = await Promise.all([1, 2, 3].map(() => directs.roomFor(ALICE)));
    expect(new Set(rooms)).toEqual(new Set(['!created1:server']));
    expect(there.list).toEqual({ [ALICE]: ['!created1:server'] });
    expect(directs.isDirect('!created1:server')).toBe(true);
    expect(await directsOf(ask).roomFor(ALICE)).toBe('!created1:server');
    expect(there.created).toBe(1);
  });

  test('keeps other people’s entries', async () => {
    const { world: there, ask } = world();
    there.list = { '@bob:server': ['!b:server'] };
    await directsOf(ask).roomFor(ALICE);
    expect(there.list).toEqual({ '@bob:server': ['!b:server'], [ALICE]: ['!created1:server'] });
  });

  test('who left is invited again; where they are banned, or nobody is, another is used', async () => {
    const { world: there, ask } = world();
    there.list = { [ALICE]: ['!gone:server', '!banned:server', '!left:server'] };
    there.members.set('!banned:server', 'ban').set('!left:server', 'leave');
    expect(await directsOf(ask).roomFor(ALICE)).toBe('!left:server');
    expect(there.calls).toContain('POST /_matrix/client/v3/rooms/!left:server/invite');
    expect(there.created).toBe(0);
  });

  test('an encrypted one is passed over where nothing can be encrypted', async () => {
    const { world: there, ask } = world();
    there.list = { [ALICE]: ['!sealed:server'] };
    there.members.set('!sealed:server', 'join');
    there.encrypted.add('!sealed:server');
    expect(await directsOf(ask).roomFor(ALICE)).toBe('!created1:server');
  });

  test('is looked at again once somebody left', async () => {
    const { world: there, ask } = world();
    const directs = directsOf(ask);
    const roomId = await directs.roomFor(ALICE);
    there.calls.length = 0;
    await directs.roomFor(ALICE);
    expect(there.calls).toEqual([]);
    there.members.set(roomId, 'leave');
    directs.doubt(roomId);
    await directs.roomFor(ALICE);
    expect(there.calls).toContain(`POST /_matrix/client/v3/rooms/${roomId}/invite`);
  });

  test('a homeserver that is away makes no second room', async () => {
    const { world: there, ask } = world();
    there.list = { [ALICE]: ['!a:server'] };
    const away = new OutsideError('matrix', 'unavailable', 'away');
    const failing: Ask = async (method, path, call) => {
      if (path.includes('m.room.member')) throw away;
      return ask(method, path, call);
    };
    await expect(directsOf(failing).roomFor(ALICE)).rejects.toBe(away);
    expect(there.created).toBe(0);
  });

  test.for([
    ['@bob:server', 'forbidden'],
    ['@alice', 'rejected'],
    ['alice:server', 'rejected'],
    ['@room', 'rejected'],
    ['@a b:server', 'rejected'],
  ] as const)('%s gets none: %s', async ([handle, reason]) => {
    const { world: there, ask } = world();
    await expect(directsOf(ask).roomFor(handle)).rejects.toMatchObject({ reason });
    expect(there.calls).toEqual([]);
  });
});
