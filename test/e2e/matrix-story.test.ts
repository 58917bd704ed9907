import { afterAll, beforeAll, expect, test } from 'vitest';

import { displayed } from '#test/chat/matrix/displayed.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type MatrixUser, type RoomEvent, startMatrixUser } from '#test/real/matrix-user.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

import { fleetFile, type MatrixStage, nodeOf, openMatrixStage } from './fleet.ts';

const WITHIN_MS = 30_000;

let daemon: RunningLitecoind;
let synapse: RunningSynapse;
let stage: MatrixStage;
let tocsin: RunningTocsin;
let alice: MatrixUser;
let bob: MatrixUser;

beforeAll(async () => {
  [daemon, synapse] = await Promise.all([startLitecoind(), startSynapse()]);
  stage = await openMatrixStage(synapse);
  ({ alice, bob } = stage.people);
  // Funds that were not mined: what is sent to oneself.
  await daemon.mine(101);
  await daemon.rpc('sendtoaddress', [await daemon.rpc<string>('getnewaddress'), 1]);
  await daemon.mine(1);
  // The bot may call a whole room: that it does not is its own doing.
  const users = { [stage.people.carol.userId]: 100, [stage.bot.userId]: 100 };
  const power = `rooms/${encodeURIComponent(stage.rooms.notaries)}/state/m.room.power_levels/`;
  await stage.people.carol.call('PUT', power, { users });
  const nodes = [nodeOf('alright-dev-main', 'alright_DEV', daemon)];
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ matrix: stage, nodes }) });
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await Promise.all([synapse?.[Symbol.asyncDispose](), daemon?.[Symbol.asyncDispose]()]);
});

async function fire(labels: Record<string, string>, more: object = {}): Promise<void> {
  const body = { ...more, labels: { severity: 'warning', seat: 'alright_DEV', ...labels } };
  expect((await tocsin.ingress('alerts', body)).status).toBe(202);
}

const isBots =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    event.sender === stage.bot.userId && words.every((word) => event.text.includes(word));
const isNew =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    isBots(...words)(event) && event.relation === undefined;
const isDirect = ({ roomId }: RoomEvent): boolean => !Object.values(stage.rooms).includes(roomId);
const isEditOf =
  (message: RoomEvent, ...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    isBots(...words)(event) && event.relation?.kind === 'm.replace' && event.relation.to === message.eventId;
/** The answer in the thread of what was typed, or of the message that was reacted to. */
const isAnswerTo =
  (eventId: string, ...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    isBots(...words)(event) && event.relation?.kind === 'm.thread' && event.relation.to === eventId;

async function answerTo(who: MatrixUser, line: string, ...words: readonly string[]): Promise<RoomEvent> {
  const typed = await who.send(stage.rooms.ops, `!tocsin ${line}`);
  return who.until(isAnswerTo(typed, ...words), WITHIN_MS);
}

test('an alert is one message in its room, edited at its end; a critical one comes as a direct message too', async () => {
  await fire({ alertname: 'DiskFull' });
  const message = await bob.until(isNew('WARNING: DiskFull'), WITHIN_MS);
  expect(message.roomId).toBe(stage.rooms.notaries);
  expect(message.text).toMatch(/^🟠 WARNING: DiskFull$/mu);
  await fire({ alertname: 'DiskFull' });
  await fire({ alertname: 'DiskFull' }, { status: 'resolved' });
  await bob.until(isEditOf(message, 'Resolved: DiskFull'), WITHIN_MS);
  expect(bob.timeline().filter(isNew('DiskFull'))).toHaveLength(1);

  await fire({ alertname: 'DaemonGone', severity: 'critical' });
  const inRoom = await bob.until(
    (event) => isNew('CRITICAL: DaemonGone')(event) && !isDirect(event),
    WITHIN_MS,
  );
  expect(inRoom.roomId).toBe(stage.rooms.ops);
  for (const one of [alice, bob]) {
    const direct = await one.until((event) => isNew('DaemonGone')(event) && isDirect(event), WITHIN_MS);
    expect((await one.members(direct.roomId)).toSorted()).toEqual([one.userId, stage.bot.userId].toSorted());
  }
  expect(stage.people.frank.timeline().filter(isDirect)).toEqual([]);
});

test('a reaction acknowledges, and everybody sees who did', async () => {
  await fire({ alertname: 'TipOld', severity: 'critical' });
  const message = await alice.until((event) => isNew('TipOld')(event) && !isDirect(event), WITHIN_MS);
  const { frank } = stage.people;
  await frank.until(isNew('TipOld'), WITHIN_MS);
  await frank.react(message.roomId, message.eventId, '👍');
  await frank.until(isAnswerTo(message.eventId, 'not yours to acknowledge'), WITHIN_MS);
  await alice.react(message.roomId, message.eventId, '👍');
  await bob.until(isEditOf(message, 'Acknowledged', 'alice'), WITHIN_MS);
  const direct = await bob.until((event) => isNew('TipOld')(event) && isDirect(event), WITHIN_MS);
  await bob.until(isEditOf(direct, 'Acknowledged', 'alice'), WITHIN_MS);
  const { body } = await tocsin.api('alerts');
  expect(
    (body as { labels: { alertname: string } }[]).find(({ labels }) => labels.alertname === 'TipOld'),
  ).toMatchObject({ acknowledgedBy: 'alice' });
});

test('health looks now and shows a table; in a direct message the prefix may be left out', async () => {
  const answer = await answerTo(alice, 'health alright-dev-main', 'Health of alright-dev-main');
  expect(answer.text).toMatch(/LTC/);
  expect(String(answer.content['formatted_body'])).toContain('<table>');
  const direct = await alice.until(isDirect, WITHIN_MS);
  await alice.send(direct.roomId, 'health LTC');
  await alice.until((event) => isBots('Health of LTC')(event) && event.roomId === direct.roomId, WITHIN_MS);
});

test('who is not in the fleet is told so', async () => {
  const account = await synapse.user('stranger');
  await using stranger = await startMatrixUser({ url: synapse.url, account });
  await stage.people.carol.invite(stage.rooms.ops, stranger.userId);
  await stranger.until(({ roomId }) => roomId === stage.rooms.ops, WITHIN_MS);
  await answerTo(stranger, 'alerts', 'I answer only to people in the fleet file');
});

test('a remedy is asked for by typed words, approved by another by typed words, done and reported', async () => {
  const asked = await answerTo(
    alice,
    'remedy run split alright-dev-main LTC target=12',
    'waits for approval',
  );
  const id = /request ([0-9a-z]+)/.exec(asked.text)?.[1] ?? '';
  const message = await bob.until(
    (event) => isNew('waits for approval', id)(event) && !isDirect(event),
    WITHIN_MS,
  );
  expect(message.text).toContain(`!tocsin approve ${id}`);
  await answerTo(alice, `approve ${id}`, 'somebody else has to approve it');
  await answerTo(stage.people.frank, `approve ${id}`, 'Seat alright_DEV is not yours');
  expect(await daemon.rpc('getrawmempool')).toEqual([]);
  await answerTo(bob, `approve ${id}`, 'Approved');
  await expect.poll(() => daemon.rpc('getrawmempool'), { timeout: WITHIN_MS, interval: 100 }).toHaveLength(1);
  await daemon.mine(1);
  await bob.until(isEditOf(message, 'done and verified', 'right-sized now: 12', 'bob'), WITHIN_MS);
  const unspent = await daemon.rpc<{ amount: number }[]>('listunspent');
  expect(unspent.filter(({ amount }) => amount === 0.0001)).toHaveLength(12);

  // What only the asker sees in Discord comes by direct message here.
  await answerTo(bob, 'audit', 'I answered you in a direct message.');
  const audit = await bob.until((event) => isNew('Audit')(event) && isDirect(event), WITHIN_MS);
  expect(audit.text).toMatch(new RegExp(`bob +remedy.approved +${id}`));
});

test('an annotation calls nobody, and its markup shows as text', async () => {
  const hostile = `@room ${bob.userId} <b>bold</b> <a href="https://evil.example">link</a> **stars** <img src=x onerror=alert(1)>`;
  await fire({ alertname: 'Hostile' }, { annotations: { summary: hostile } });
  const message = await bob.until(isNew('Hostile'), WITHIN_MS);
  expect(message.text).toContain(hostile);
  expect(displayed(String(message.content['formatted_body']))).toContain(hostile);
  expect(message.content).toMatchObject({ msgtype: 'm.notice', 'm.mentions': {} });
  // What does call everybody, by somebody who may, is the only thing the homeserver counts.
  const call = { msgtype: 'm.text', body: 'come', 'm.mentions': { room: true } };
  const path = `rooms/${encodeURIComponent(stage.rooms.notaries)}/send/m.room.message/call`;
  const { event_id: calling } = await stage.people.carol.call('PUT', path, call);
  const called = async (): Promise<readonly string[]> => {
    const found = await bob.call('GET', 'notifications?only=highlight&limit=100');
    return (found['notifications'] as { event: { event_id: string } }[]).map(({ event }) => event.event_id);
  };
  await expect.poll(called, { timeout: WITHIN_MS }).toEqual([calling]);
});

test('a mandatory notice: confirmed by another coordinator, answered by a reaction and by typed words, counted', async () => {
  const { carol, dave, frank } = stage.people;
  await answerTo(
    carol,
    'notice announce "Komodo 0.9.2" version=v0.9.2 Update now.',
    'MANDATORY: Komodo 0.9.2',
  );
  const preview = await dave.until((event) => isNew('Komodo 0.9.2', 'Would go to')(event), WITHIN_MS);
  await dave.react(preview.roomId, preview.eventId, '📣');
  const direct = await frank.until((event) => isNew('Komodo 0.9.2')(event) && isDirect(event), WITHIN_MS);
  await frank.react(direct.roomId, direct.eventId, '✅');
  await frank.until(isEditOf(direct, 'done: frank'), WITHIN_MS);
  // The same by typed words, without the prefix where it is a direct message.
  const toAlice = await alice.until((event) => isNew('Komodo 0.9.2')(event) && isDirect(event), WITHIN_MS);
  await alice.send(toAlice.roomId, `ack ${/notice (\w+)/.exec(toAlice.text)?.[1]} on-it`);
  await alice.until(isEditOf(toAlice, 'on-it: alice'), WITHIN_MS);
  const inRoom = (event: RoomEvent) => isNew('Komodo 0.9.2')(event) && event.roomId === stage.rooms.notaries;
  await bob.until(isEditOf(await bob.until(inRoom), 'acknowledged 2', 'missing 0'), WITHIN_MS);
  const status = await answerTo(alice, 'notice status', 'Komodo 0.9.2', 'harbor_AR');
  expect(status.text).toMatch(/alright_DEV.*on-it alice/);
  expect(status.text).toMatch(/harbor_AR.*done frank/);
});

test('killed and started again, it goes on where it was and repeats nothing', async () => {
  await fire({ alertname: 'Lasting', severity: 'critical' });
  const message = await bob.until((event) => isNew('Lasting')(event) && !isDirect(event), WITHIN_MS);
  await bob.until((event) => isNew('Lasting')(event) && isDirect(event), WITHIN_MS);
  await tocsin.kill();
  await alice.react(message.roomId, message.eventId, '👍');
  await tocsin.restart();
  // Said while it was away, and heard all the same.
  await bob.until(isEditOf(message, 'Acknowledged', 'alice'), WITHIN_MS);
  expect(bob.timeline().filter(isNew('Lasting'))).toHaveLength(2);
});

test('killed over a command, the next one answers it, once', async () => {
  let asked = 0;
  const typing = async (): Promise<string> => {
    // Synapse gives the same answer to the same question for two minutes.
    const { rooms } = await alice.call('GET', `sync?timeout=${++asked}`);
    const { ephemeral } =
      (rooms as { join: Record<string, { ephemeral: object }> }).join[stage.rooms.ops] ?? {};
    return JSON.stringify(ephemeral);
  };
  process.kill(daemon.pid, 'SIGSTOP');
  const typed = await alice.send(stage.rooms.ops, '!tocsin health alright-dev-main');
  await expect.poll(typing, { timeout: WITHIN_MS }).toContain(stage.bot.userId);
  await tocsin.kill('SIGKILL');
  process.kill(daemon.pid, 'SIGCONT');
  expect(alice.timeline().filter(isAnswerTo(typed))).toEqual([]);
  await tocsin.restart();
  await alice.until(isAnswerTo(typed, 'alright-dev-main'), WITHIN_MS);
  await answerTo(alice, 'help health', 'health');
  expect(alice.timeline().filter(isAnswerTo(typed))).toHaveLength(1);
});
