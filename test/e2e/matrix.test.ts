import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createMatrix } from '#src/chat/matrix/platform.ts';
import type { OutsideError } from '#src/domain/errors.ts';
import { type Choice, type Message, choices, table, text } from '#src/domain/message.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';
import { type ListenerProbe, createListenerProbe, saidWords } from '#test/conformance/listener-probe.ts';
import { platformConformance } from '#test/conformance/platform.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';

import { type Cast, cast, eventsOf, isMessageBy, openMatrix, prefix, shownOf } from './matrix-harness.ts';

let synapse: RunningSynapse;

beforeAll(async () => {
  synapse = await startSynapse();
});
afterAll(async () => {
  await synapse?.[Symbol.asyncDispose]();
});

platformConformance('matrix', (listener) => openMatrix(synapse, listener));

const say = (title: string, ...blocks: Message['blocks']): Message => ({ tone: 'neutral', title, blocks });
const ack: Choice = { label: 'Acknowledge', emoji: '👍', words: ['ack', 'a1'] };
const line = (words: string) => ({ msgtype: 'm.text', body: `${prefix} health ${words}` });
const connect = async (matrix: ChatPlatform, signal: AbortSignal) => {
  await matrix.start(createListenerProbe(), signal);
  return matrix.settled();
};
const failureOf = async (doing: Promise<unknown>): Promise<unknown> =>
  doing.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('matrix on a real homeserver', () => {
  let stage: Cast;
  let listener: ListenerProbe;

  beforeEach(async () => {
    stage = await cast(synapse);
    listener = createListenerProbe();
  });
  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
  });

  const room = () => ({ kind: 'room', id: stage.roomId }) as const;
  const alice = () => ({ kind: 'direct', handle: stage.alice.userId }) as const;
  const botsMessages = async (roomId: string) =>
    (await eventsOf(stage.alice, roomId)).filter(isMessageBy(stage.bot.userId));

  test('the same key eight times at once is one message, also after a restart of both sides', async () => {
    const matrix = await stage.platform(listener);
    const posts = Array.from({ length: 8 }, () => matrix.post(room(), say('bell'), 'delivery-1'));
    const ids = new Set((await Promise.all(posts)).map(({ id }) => id));
    expect(ids.size).toBe(1);
    await matrix[Symbol.asyncDispose]();
    await synapse.kill('SIGKILL');
    await synapse.restart();
    const again = await stage.platform(createListenerProbe());
    expect(ids).toContain((await again.post(room(), say('bell'), 'delivery-1')).id);
    expect(await botsMessages(stage.roomId)).toHaveLength(1);
  });

  test('what was sent under a key is found again, in a room and directly, after others and an edit; nothing else is', async () => {
    const matrix = await stage.platform(listener);
    const posted = await matrix.post(room(), say('bell'), 'delivery-1');
    const direct = await matrix.post(alice(), say('bell'), 'delivery-1');
    await matrix.edit(posted, say('rung'));
    for (const at of Array.from({ length: 5 }).keys()) await matrix.post(room(), say(`${at}`), `other-${at}`);
    await matrix[Symbol.asyncDispose]();
    const again = await stage.platform(createListenerProbe());
    expect(await again.find?.(room(), 'delivery-1')).toEqual(posted);
    expect(await again.find?.(alice(), 'delivery-1')).toEqual(direct);
    expect(await again.find?.(room(), 'delivery-2')).toBeUndefined();
  });

  test('nothing is written into an encrypted room, whether it always was or just became one', async () => {
    const sealed = await stage.alice.createRoom({ encrypted: true, invite: [stage.bot.userId] });
    const matrix = await stage.platform(listener, { rooms: [stage.roomId, sealed] });
    expect(matrix.notes?.()).toEqual([expect.stringContaining('without encryption')]);
    const refused = await failureOf(matrix.post({ kind: 'room', id: sealed }, say('secret'), 'k1'));
    expect(refused).toMatchObject({ system: 'matrix', reason: 'forbidden', retryable: false });
    expect(String(refused)).toContain('is encrypted');

    const before = await matrix.post(room(), say('open'), 'k2');
    const state = `rooms/${encodeURIComponent(stage.roomId)}/state/m.room.encryption/`;
    await stage.alice.call('PUT', state, { algorithm: 'm.megolm.v1.aes-sha2' });
    await expect
      .poll(async () => failureOf(matrix.post(room(), say('late'), 'k3')), { timeout: 5_000 })
      .toMatchObject({ reason: 'forbidden' });
    expect(await failureOf(matrix.edit(before, say('edited')))).toMatchObject({ reason: 'forbidden' });
    expect((await eventsOf(stage.alice, sealed)).filter(isMessageBy(stage.bot.userId))).toEqual([]);
  });

  test('a direct message opens one room, rings, and the room is found again after a restart', async () => {
    const matrix = await stage.platform(listener);
    const [first, second] = await Promise.all([
      matrix.post(alice(), say('one'), 'k1'),
      matrix.post(alice(), say('two'), 'k2'),
    ]);
    expect(second.channel).toBe(first.channel);
    expect(await stage.alice.untilInvited(stage.bot.userId)).toBe(first.channel);
    await expect.poll(() => stage.alice.members(first.channel)).toContain(stage.alice.userId);
    const rings = await matrix.post(alice(), say('now'), 'k-rings');
    expect(JSON.stringify(await stage.alice.call('GET', 'notifications'))).toContain(rings.id);
    await matrix[Symbol.asyncDispose]();

    const folder = temporaryFolder('matrix-lost');
    const again = await stage.platform(createListenerProbe(), { folder: folder.path });
    expect((await again.post(alice(), say('three'), 'k3')).channel).toBe(first.channel);
    folder[Symbol.dispose]();
  });

  test('who left the direct room is invited back; who is nobody’s operator gets no room', async () => {
    const matrix = await stage.platform(listener);
    const { channel } = await matrix.post(alice(), say('one'), 'k1');
    await stage.alice.until((event) => event.roomId === channel && event.text.includes('one'));
    await stage.alice.leave(channel);
    const isBack = async () => {
      await matrix.post(alice(), say('two'), `k-${Date.now()}`);
      return stage.alice.members(channel);
    };
    await expect.poll(isBack, { timeout: 10_000 }).toContain(stage.alice.userId);
    const stranger = { kind: 'direct', handle: stage.bob.userId } as const;
    expect(await failureOf(matrix.post(stranger, say('x'), 'k3'))).toMatchObject({ reason: 'forbidden' });
  });

  test('a room that a person of the fleet opens is heard, without the prefix too; a stranger’s is not entered', async () => {
    await stage.platform(listener);
    const bobs = await stage.bob.createRoom({ direct: true, invite: [stage.bot.userId] });
    const direct = await stage.alice.createRoom({ direct: true, invite: [stage.bot.userId] });
    await expect.poll(() => stage.alice.members(direct), { timeout: 5_000 }).toContain(stage.bot.userId);
    const told = listener.expect((heard) => heard.direct, [say('fine')]);
    await stage.alice.send(direct, 'health n1');
    expect(await told).toMatchObject({ handle: stage.alice.userId, direct: true, room: undefined });
    expect(saidWords((await told).said)).toEqual(['health', 'n1']);
    const answer = await stage.alice.until((event) => event.roomId === direct && event.text === 'fine');
    expect(answer.content).toMatchObject({ msgtype: 'm.notice' });
    expect(await stage.bob.members(bobs)).not.toContain(stage.bot.userId);
  });

  test('an answer hangs in a thread on the command, also on a command inside a thread', async () => {
    await stage.platform(listener);
    const root = await stage.alice.send(stage.roomId, 'about n1');
    const told = listener.expect(() => true, [say('first')]);
    const command = await stage.alice.send(stage.roomId, `${prefix} health n1`);
    await told;
    const first = await stage.alice.until((event) => event.text === 'first');
    expect(first.relation).toEqual({ kind: 'm.thread', to: command });
    const inside = listener.expect(() => true, [say('second')]);
    await stage.alice.replyInThread(stage.roomId, root, `${prefix} health n1`);
    await inside;
    const second = await stage.alice.until((event) => event.text === 'second');
    expect(second.relation).toEqual({ kind: 'm.thread', to: root });
  });

  test('a private answer goes by direct message, and the thread says so', async () => {
    await stage.platform(listener);
    const told = listener.expect(() => true, [say('your link')]);
    await stage.alice.send(stage.roomId, `${prefix} link`);
    await told;
    const hint = await stage.alice.until((event) => event.text === 'I answered you in a direct message.');
    expect(hint.roomId).toBe(stage.roomId);
    const answer = await stage.alice.until((event) => event.text === 'your link');
    expect(answer.roomId).not.toBe(stage.roomId);
  });

  test('the bot’s reactions can be clicked, follow an edit, and mean their words after a restart', async () => {
    const matrix = await stage.platform(listener);
    const posted = await matrix.post(room(), say('alert', choices(ack)), 'k1');
    const offered = await stage.alice.until((event) => event.relation?.key === '👍');
    expect(offered).toMatchObject({ sender: stage.bot.userId, relation: { to: posted.id } });
    const look: Choice = { label: 'Look', emoji: '🔎', words: ['health', 'node 1'] };
    await matrix.edit(posted, say('alert', choices(look)));
    await stage.alice.until((event) => event.relation?.key === '🔎');
    const redacted = stage.alice.until((event) => event.type === 'm.room.redaction');
    expect((await redacted).sender).toBe(stage.bot.userId);
    await matrix[Symbol.asyncDispose]();

    const probe = createListenerProbe();
    await stage.platform(probe);
    const told = probe.expect(() => true, [say('looked')]);
    await stage.alice.react(stage.roomId, posted.id, '🔎');
    expect((await told).said).toEqual({ line: 'health "node 1"' });
    const answer = await stage.alice.until((event) => event.text === 'looked');
    expect(answer.relation).toEqual({ kind: 'm.thread', to: posted.id });
  });

  test('a reaction on somebody else’s message means nothing, whatever the message claims', async () => {
    await stage.platform(listener);
    const told = listener.expect(() => true);
    const path = `rooms/${encodeURIComponent(stage.roomId)}/send/m.room.message/forged`;
    const forged = {
      msgtype: 'm.text',
      body: 'x',
      'org.tocsin.choices': [{ emoji: '👍', words: ['approve', 'r1'] }],
    };
    const { event_id } = await stage.bob.call('PUT', path, forged);
    await stage.alice.react(stage.roomId, event_id as string, '👍');
    await stage.alice.send(stage.roomId, `${prefix} health after`);
    expect(saidWords((await told).said)).toEqual(['health', 'after']);
  });

  test('what was said while it was away for a moment is heard; what was said before the first start is not', async () => {
    await stage.alice.send(stage.roomId, `${prefix} health before`);
    const matrix = await stage.platform(listener);
    await matrix[Symbol.asyncDispose]();
    await stage.alice.send(stage.roomId, `${prefix} health meanwhile`);
    const probe = createListenerProbe();
    const told = probe.expect(() => true);
    await stage.platform(probe);
    expect(saidWords((await told).said)).toEqual(['health', 'meanwhile']);
    expect(listener.heard).toEqual([]);
  });

  test('an edit, a notice and the bot’s own words are no commands', async () => {
    const matrix = await stage.platform(listener);
    const path = (id: string) => `rooms/${encodeURIComponent(stage.roomId)}/send/m.room.message/${id}`;
    await stage.alice.call('PUT', path('n'), { ...line('notice'), msgtype: 'm.notice' });
    const other = await stage.alice.send(stage.roomId, 'hello');
    await stage.alice.call('PUT', path('e'), {
      ...line('edit'),
      'm.new_content': line('edit'),
      'm.relates_to': { rel_type: 'm.replace', event_id: other },
    });
    await matrix.post(room(), { ...say('x'), mentions: [], footer: `${prefix} health own` }, 'k1');
    const told = listener.expect(() => true);
    await stage.alice.send(stage.roomId, `${prefix} health person`);
    expect(saidWords((await told).said)).toEqual(['health', 'person']);
  });

  test('what is too long comes as a beginning and the whole as a file; images follow', async () => {
    const matrix = await stage.platform(listener);
    const rows = Array.from({ length: 3_000 }, (_, row) => [`node-${row}`, 'x'.repeat(30)]);
    const png = await readFile(join(import.meta.dirname, '..', 'chat', 'matrix', 'dot.png'));
    const image = { kind: 'image', name: 'dot.png', alt: 'a dot', png } as const;
    const message = say('long', text('begins'), table(['node', 'why'], rows), image);
    const posted = await matrix.post(room(), message, 'k1');
    expect(await matrix.post(room(), message, 'k1')).toEqual(posted);
    const events = await eventsOf(stage.alice, stage.roomId);
    const kinds = events
      .filter((event) => event.type === 'm.room.message')
      .map(({ content }) => content.msgtype);
    expect(kinds).toEqual(['m.notice', 'm.file', 'm.image']);
    const file = events.find(({ content }) => content.msgtype === 'm.file')?.content as unknown as {
      url: string;
    };
    const whole = await fetch(
      `${synapse.url}/_matrix/client/v1/media/download/${file.url.replace('mxc://', '')}`,
      { headers: { authorization: `Bearer ${stage.alice.accessToken}` } },
    );
    expect(await whole.text()).toContain('node-2999');
    expect(shownOf(events.find((event) => event.event_id === posted.id)!)).toContain('… and 2800 more');
  });
});

describe('matrix in trouble', () => {
  const options = { prefix, rooms: () => [] };

  test('a homeserver that is killed makes it go down within 10 s, and up again when it is back', async () => {
    await using stage = await cast(synapse);
    const listener = createListenerProbe();
    const matrix = await stage.platform(listener);
    await synapse.kill('SIGKILL');
    await expect
      .poll(() => matrix.condition(), { timeout: 10_000, interval: 100 })
      .toMatchObject({ up: false });
    const room = { kind: 'room', id: stage.roomId } as const;
    const refused = await failureOf(matrix.post(room, say('x'), 'k1'));
    expect(refused).toMatchObject({ reason: 'unavailable', retryable: true });
    await synapse.restart();
    await expect.poll(() => matrix.condition(), { timeout: 15_000, interval: 100 }).toEqual({ up: true });
    const told = listener.expect(() => true);
    await stage.alice.send(stage.roomId, `${prefix} health back`);
    expect(saidWords((await told).said)).toEqual(['health', 'back']);
  });

  test('a homeserver that hangs makes it go down too, and up again', async () => {
    await using stage = await cast(synapse);
    const matrix = await stage.platform(createListenerProbe());
    process.kill(synapse.pid, 'SIGSTOP');
    try {
      await expect
        .poll(() => matrix.condition(), { timeout: 20_000, interval: 100 })
        .toMatchObject({ up: false, why: expect.stringContaining('did not answer in time') as string });
    } finally {
      process.kill(synapse.pid, 'SIGCONT');
    }
    await expect.poll(() => matrix.condition(), { timeout: 15_000, interval: 100 }).toEqual({ up: true });
  });

  test('a homeserver that is not there does not stop the start, and ends quickly', async () => {
    const folder = temporaryFolder('matrix');
    const homeserverUrl = 'http://127.0.0.1:9';
    const matrix = createMatrix(
      { ...options, homeserverUrl, accessToken: 'x', storageDir: folder.path },
      pino({ level: 'silent' }),
    );
    const condition = await connect(matrix, new AbortController().signal);
    expect(condition).toMatchObject({
      up: false,
      why: expect.stringContaining('cannot be reached') as string,
    });
    const began = performance.now();
    await matrix[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(2_000);
    folder[Symbol.dispose]();
  });

  test('a wrong token is said at once, in words that say what to do, without the token', async () => {
    const folder = temporaryFolder('matrix');
    const accessToken = 'syt_not_a_token';
    const written: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line: string) => void written.push(line) });
    const matrix = createMatrix(
      { ...options, homeserverUrl: synapse.url, accessToken, storageDir: folder.path },
      logger,
    );
    const condition = await connect(matrix, new AbortController().signal);
    expect(condition).toMatchObject({
      up: false,
      why: expect.stringContaining('MATRIX_ACCESS_TOKEN') as string,
    });
    const failure = await failureOf(matrix.post({ kind: 'room', id: '!a:b' }, say('x'), 'k1'));
    expect(failure).toMatchObject({ reason: 'unauthorized', retryable: false });
    expect(written.join('')).not.toContain(accessToken);
    expect(JSON.stringify([failure, (failure as OutsideError).cause ?? ''])).not.toContain(accessToken);
    await matrix[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('Synapse’s own limits: a refused message says how long to wait, and arrives once after that', async () => {
    await using slow = await startSynapse({ defaultLimits: true });
    await using stage = await cast(slow);
    const matrix = await stage.platform(createListenerProbe());
    const room = { kind: 'room', id: stage.roomId } as const;
    let refused: unknown;
    let count = 0;
    while (refused === undefined && count < 30) {
      refused = await failureOf(matrix.post(room, say(`m${count}`), `k${count}`));
      count += 1;
    }
    expect(refused).toMatchObject({ reason: 'rate-limited', retryable: true });
    expect((refused as OutsideError).retryAfterMs).toBeGreaterThan(0);
    const last = `k${count - 1}`;
    await expect
      .poll(async () => failureOf(matrix.post(room, say(`m${count - 1}`), last)), {
        timeout: 20_000,
        interval: 500,
      })
      .toBeUndefined();
    const posted = (await eventsOf(stage.alice, stage.roomId)).filter(isMessageBy(stage.bot.userId));
    expect(posted).toHaveLength(count);
  });
});
