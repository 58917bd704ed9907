import { describe, expect, test, vi } from 'vitest';

import { createEncryption } from '#src/chat/matrix/encryption.ts';
import { render } from '#src/chat/matrix/render.ts';
import { createSends } from '#src/chat/matrix/sends.ts';
import type { Ask, Crypto } from '#src/chat/matrix/wire.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';

const ROOM = '!room:server';
const rendered = (title: string, blocks: Message['blocks'] = []) =>
  render({ tone: 'neutral', title, blocks }, { prefix: '!tocsin', mostBytes: 44 * 1024 });

/** A homeserver that keeps events by transaction id, in a room that may be encrypted. */
function homeserver({ encrypted = false } = {}) {
  const events = new Map<string, { path: string; body: object }>();
  let edit: object | undefined;
  let following = true;
  const ask = vi.fn<Ask>(async (method, path, { body = {} } = {}) => {
    if (path.includes('m.room.encryption')) {
      if (encrypted) return {};
      throw new OutsideError('matrix', 'not-found', 'no such state');
    }
    if (path.includes('/upload')) return { content_uri: 'mxc://server/file' };
    if (method === 'GET') {
      const original = [...events.values()][0];
      const content = original?.body ?? {};
      const common = { type: 'm.room.message', sender: '@tocsin:server' };
      const unsigned = { 'm.relations': { 'm.replace': edit } };
      return { ...common, event_id: '$0', content, unsigned };
    }
    if (!events.has(path)) events.set(path, { path, body });
    return { event_id: `$${[...events.keys()].indexOf(path)}` };
  });
  const crypto: Crypto = {
    prepare: async () => undefined,
    encrypt: async (_, type, content) => ({ algorithm: 'm.megolm.v1.aes-sha2', sealed: { type, content } }),
    decrypt: async (_, event) => event,
    encryptFile: async () => ({ buffer: Buffer.from('sealed'), file: { key: 'k' } }),
  };
  const sendsWith = (able: Crypto | undefined) => {
    const wire = { ask, me: async () => '@tocsin:server', digest: async () => undefined, crypto: able };
    const encryption = createEncryption({ ask, able: () => able !== undefined, following: () => following });
    return { sends: createSends(wire, encryption), encryption };
  };
  return {
    ask,
    crypto,
    sendsWith,
    events: () => [...events.values()],
    encrypt: () => (encrypted = true),
    lose: () => (following = false),
    showEdit: (content: object) =>
      (edit = { event_id: '$e', type: 'm.room.message', sender: '@tocsin:server', content }),
  };
}

describe('sending', () => {
  test('the key decides the transaction: again, and on another process, it is the same event', async () => {
    const server = homeserver();
    const first = await server.sendsWith(undefined).sends.post(ROOM, rendered('a'), 'key');
    const again = await server.sendsWith(undefined).sends.post(ROOM, rendered('a'), 'key');
    expect(again).toBe(first);
    expect(await server.sendsWith(undefined).sends.post(ROOM, rendered('a'), 'other')).not.toBe(first);
  });

  test('the transaction id is safe in a path, whatever the key', async () => {
    const server = homeserver();
    await server.sendsWith(undefined).sends.post(ROOM, rendered('a'), 'alert:a/1?x#y z');
    expect(server.events()[0]?.path).toMatch(/\/send\/m\.room\.message\/[a-z0-9]+$/u);
  });

  test('an edit to what already stands sends nothing; one that was made before may be made again', async () => {
    const server = homeserver();
    const { sends } = server.sendsWith(undefined);
    const eventId = await sends.post(ROOM, rendered('a'), 'key');
    await sends.edit(ROOM, eventId, rendered('a'));
    expect(server.events()).toHaveLength(1);
    await sends.edit(ROOM, eventId, rendered('b'));
    server.showEdit(server.events()[1]?.body ?? {});
    await sends.edit(ROOM, eventId, rendered('a'));
    const edits = server.events().slice(1);
    expect(edits).toHaveLength(2);
    expect(edits[1]?.body).toMatchObject({
      msgtype: 'm.notice',
      'm.mentions': {},
      'm.new_content': { body: 'a', 'm.mentions': {} },
      'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    });
  });
});

describe('an encrypted room', () => {
  test('without the library gets nothing', async () => {
    const server = homeserver({ encrypted: true });
    const { sends } = server.sendsWith(undefined);
    await expect(sends.post(ROOM, rendered('a'), 'key')).rejects.toMatchObject({ reason: 'forbidden' });
    expect(server.events()).toEqual([]);
  });

  test('with it gets ciphertext only, files included', async () => {
    const server = homeserver({ encrypted: true });
    const { sends } = server.sendsWith(server.crypto);
    const image = { kind: 'image', name: 'a.png', alt: 'a', png: new Uint8Array(30) } as const;
    await sends.post(ROOM, rendered('secret', [image]), 'key');
    const [message, file] = server.events();
    expect(message?.path).toContain('/send/m.room.encrypted/');
    expect(message?.body).toMatchObject({ algorithm: 'm.megolm.v1.aes-sha2' });
    expect(file?.body).toMatchObject({
      sealed: { content: { file: { key: 'k', url: 'mxc://server/file' } } },
    });
    const upload = server.ask.mock.calls.find(([, path]) => path.includes('/upload'));
    expect(upload?.[2]?.body).toEqual(Buffer.from('sealed'));
  });

  test('what is known of a room is used while its changes are followed, and no longer', async () => {
    const server = homeserver();
    const { sends, encryption } = server.sendsWith(undefined);
    const looks = () => server.ask.mock.calls.filter(([, path]) => path.includes('m.room.encryption')).length;
    await sends.post(ROOM, rendered('a'), 'k1');
    const before = looks();
    await sends.post(ROOM, rendered('a'), 'k2');
    expect(looks()).toBe(before);
    server.lose();
    server.encrypt();
    await expect(sends.post(ROOM, rendered('a'), 'k3')).rejects.toMatchObject({ reason: 'forbidden' });
    encryption.learn('!other:server');
    await expect(sends.post('!other:server', rendered('a'), 'k4')).rejects.toMatchObject({
      reason: 'forbidden',
    });
  });
});
