import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import type { RoomEvent } from '#test/real/matrix-user.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

import { fleetFile, type MatrixStage, nodeOf, openMatrixStage, PEOPLE, type PersonName } from './fleet.ts';
import { eventsOf, isMessageBy, shownOf } from './matrix-harness.ts';

const NODE = 'alright-dev-main';
const WITHIN_MS = 20_000;

let synapse: RunningSynapse;
let stage: MatrixStage;
let daemon: RunningLitecoind;
let tocsin: RunningTocsin;

beforeAll(async () => {
  [synapse, daemon] = await Promise.all([startSynapse(), startLitecoind()]);
  stage = await openMatrixStage(synapse);
  const { people, rooms, bot } = stage;
  // The bot may call the whole room: that it does not is its own doing.
  const users = { [people.carol.userId]: 100, [bot.userId]: 100 };
  for (const room of Object.values(rooms)) {
    await people.carol.call('PUT', `rooms/${encodeURIComponent(room)}/state/m.room.power_levels/`, { users });
  }
  const nodes = [nodeOf(NODE, 'alright_DEV', daemon)];
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ matrix: stage, nodes }) });
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  // Restarted, it is nobody's child; the end of its folder ends it.
  await daemon?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await synapse?.[Symbol.asyncDispose]();
});

const shows =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    event.sender === stage.bot.userId && words.every((word) => event.text.includes(word));

const isNew = ({ relation }: RoomEvent): boolean => relation === undefined;
const inRoom = (name: 'notaries' | 'ops') => (event: RoomEvent) => event.roomId === stage.rooms[name];
const isDirect = ({ roomId }: RoomEvent): boolean => !Object.values(stage.rooms).includes(roomId);

type Fits = (event: RoomEvent) => boolean;
const until = (name: PersonName, ...fits: readonly Fits[]): Promise<RoomEvent> =>
  stage.people[name].until((event) => fits.every((fit) => fit(event)), WITHIN_MS);

/** The edit of a message that shows the words. */
const edited = (name: PersonName, { eventId }: RoomEvent, ...words: readonly string[]): Promise<RoomEvent> =>
  until(
    name,
    ({ relation }) => relation?.kind === 'm.replace' && relation.to === eventId,
    shows(...words),
  );

const hasGot = (name: PersonName, ...fits: readonly Fits[]): boolean =>
  stage.people[name].timeline().some((event) => fits.every((fit) => fit(event)));

/** What hangs in a thread on an event. */
const answerOn = (name: PersonName, eventId: string, ...words: readonly string[]): Promise<RoomEvent> =>
  until(name, ({ relation }) => relation?.kind === 'm.thread' && relation.to === eventId, shows(...words));

/** Types a line in room ops and waits for its answer there. */
async function types(name: PersonName, line: string, ...words: readonly string[]): Promise<RoomEvent> {
  return answerOn(name, await stage.people[name].send(stage.rooms.ops, `!tocsin ${line}`), ...words);
}

const idIn = ({ text }: RoomEvent, noun: 'alert' | 'request' | 'notice'): string =>
  new RegExp(`^${noun} (\\w+)`, 'm').exec(text)?.[1] ?? `no ${noun} in ${text}`;

const fire = (name: string, labels: object = {}, annotations: object = {}): Promise<unknown> =>
  tocsin.ingress('alerts', {
    labels: { alertname: name, severity: 'critical', seat: 'alright_DEV', ...labels },
    annotations,
  });

test('an alert: in its room and to the seat’s operators; a reaction acknowledges, for all to see', async () => {
  expect(tocsin.output()).toContain('Matrix: connected');
  await fire('DaemonGone', {}, { summary: 'it does not answer' });
  const room = await until('carol', inRoom('ops'), shows('CRITICAL: DaemonGone', 'it does not answer'));
  const direct = await until('alice', isDirect, shows('CRITICAL: DaemonGone'));
  await until('bob', isDirect, shows('CRITICAL: DaemonGone'));
  await until('frank', ({ relation }) => relation?.to === room.eventId && relation.key === '👍');

  const { frank, alice } = stage.people;
  const refused = answerOn('frank', room.eventId, 'not yours to acknowledge');
  await frank.react(stage.rooms.ops, room.eventId, '👍');
  await refused;
  await alice.react(stage.rooms.ops, room.eventId, '👍');
  expect((await edited('carol', room, 'Acknowledged: alice')).text).not.toContain('react, or type');
  await edited('alice', direct, 'Acknowledged: alice');
  expect(hasGot('frank', isDirect, shows('DaemonGone'))).toBe(false);
  expect(await tocsin.api('alerts')).toMatchObject({
    body: [{ id: idIn(room, 'alert'), acknowledgedBy: 'alice' }],
  });

  await fire('DaemonGone', {}, { summary: 'it does not answer' });
  await tocsin.ingress('alerts', {
    labels: { alertname: 'DaemonGone', severity: 'critical', seat: 'alright_DEV' },
    status: 'resolved',
  });
  await edited('carol', room, 'Resolved: DaemonGone');
  expect(stage.people.carol.timeline(stage.rooms.ops).filter(isNew).filter(shows('DaemonGone'))).toHaveLength(
    1,
  );
});

test('health, typed, is answered with a table of the running daemon', async () => {
  const began = performance.now();
  const answer = await types('alice', `health ${NODE}`, `Health of ${NODE}`, 'LTC');
  console.log(`!tocsin health: answered after ${Math.round(performance.now() - began)} ms`);
  expect(answer.content['formatted_body']).toMatch(/<table><thead>.*<td>.*LTC/s);
  // It is looked at now: regtest's first block is of 2011, the second of this moment.
  expect(answer.text).toMatch(/LTC +answers.* \d{4} d \d+ h/);
  await daemon.mine(1);
  const after = await types('bob', 'health', 'Health of your nodes');
  expect(after.text).toMatch(/LTC +answers.* \d+ m?s /);
  await types('alice', 'helth', 'did you mean "health"');
});

test('a remedy: refused to who asked and to another team, approved by a typed word, done and reported', async () => {
  await types('frank', `remedy run restart-chain ${NODE}`, 'alright_DEV');
  const asked = await types('alice', `remedy run restart-chain ${NODE}`, 'waits for approval');
  const id = idIn(asked, 'request');
  const card = await until('carol', inRoom('notaries'), isNew, shows('waits for approval', `request ${id}`));
  await until('bob', isDirect, shows('waits for approval', `request ${id}`));

  await types('alice', `approve ${id}`, 'somebody else has to approve');
  await types('frank', `approve ${id}`, 'alright_DEV');
  expect(await tocsin.api('remedies')).toMatchObject({ body: [{ id, state: 'requested', approvedBy: [] }] });

  await types('bob', `approve ${id}`, 'Approved');
  const done = await edited('carol', card, 'done and verified');
  expect(done.text).toContain('Approved by: bob');
  expect(done.text).toContain('Runs again with the same arguments');
  await daemon.exit;
  expect(await daemon.rpc<number>('getblockcount')).toBe(1);
  expect(await tocsin.api('remedies')).toMatchObject({ body: [{ id, state: 'succeeded', approvedBy: ['bob'] }] });
  await types('carol', `approve ${id}`, 'has succeeded');

  // What is private in Discord comes by direct message here.
  await types('carol', 'audit', 'I answered you in a direct message.');
  const audit = await until('carol', isDirect, shows('Audit', 'remedy.succeeded'));
  expect(audit.text).toMatch(new RegExp(`bob +remedy.approved +${id}`));
  expect(audit.text).toMatch(new RegExp(`alice +remedy.approve-refused +${id}`));
});

test('a mandatory notice: confirmed by a typed word, answered by reaction and by a typed word, counted', async () => {
  const line = 'notice announce "Komodo 0.9.2" version=v0.9.2 time=2030-12-01T12:00:00Z Update in time.';
  const id = idIn(await types('carol', line, 'MANDATORY: Komodo 0.9.2'), 'notice');
  const board = await until('dave', inRoom('ops'), isNew, shows('Komodo 0.9.2', 'Would go to: 2 seats'));
  expect(hasGot('alice', isDirect, shows('Komodo 0.9.2'))).toBe(false);
  await types('carol', `approve ${id}`, 'another coordinator has to confirm it');
  await types('dave', `approve ${id}`, 'Sent: Komodo 0.9.2');

  const room = await until('carol', inRoom('notaries'), shows('MANDATORY: Komodo 0.9.2', 'Update in time.'));
  const toAlice = await until('alice', isDirect, shows('Komodo 0.9.2', 'Seat alright_DEV: missing'));
  await until('bob', isDirect, shows('Komodo 0.9.2'));
  const toFrank = await until('frank', isDirect, shows('Komodo 0.9.2', 'Seat harbor_AR: missing'));

  await stage.people.alice.react(toAlice.roomId, toAlice.eventId, '👍');
  await edited('alice', toAlice, 'Seat alright_DEV: on-it – alice');
  await stage.people.frank.send(toFrank.roomId, `ack ${id} done`);
  await edited('frank', toFrank, 'Seat harbor_AR: done – frank');
  await edited('carol', room, 'reached 2', 'acknowledged 2', 'missing 0');
  await edited('dave', board, 'Confirmed by: dave', 'missing 0');

  const status = await types('alice', 'notice status', 'Komodo 0.9.2');
  expect(status.text).toMatch(/alright_DEV +✔ ma +✔ +· +on-it – alice/);
  expect(status.text).toMatch(/harbor_AR +✔ ma +✔ +· +done – frank/);
  expect(hasGot('carol', isDirect, shows('Komodo 0.9.2'))).toBe(false);
});

test('markup in an annotation shows as text, and nobody is called by it', async () => {
  const { people, rooms, bot } = stage;
  const link = `<a href="https://matrix.to/#/${people.frank.userId}">frank</a>`;
  const hostile = `@room @everyone <b>bold</b> **stars** ${link} <img src=x> alice ${people.frank.userId}`;
  await fire('Hostile', { severity: 'warning' }, { summary: hostile, description: '@room </p><h1>x' });
  const event = await until('carol', inRoom('notaries'), shows('WARNING: Hostile'));
  const standing = (await eventsOf(people.carol, rooms.notaries)).find((one) => one.event_id === event.eventId);
  expect(standing && isMessageBy(bot.userId)(standing)).toBe(true);
  expect(standing && shownOf(standing)).toContain(hostile);
  expect(standing && shownOf(standing)).toContain('@room </p><h1>x');

  // What does call everybody, by somebody who may: the homeserver's counting works.
  const call = { msgtype: 'm.text', body: 'come', 'm.mentions': { room: true } };
  const path = `rooms/${encodeURIComponent(rooms.notaries)}/send/m.room.message/call`;
  const { event_id: calling } = await people.carol.call('PUT', path, call);
  for (const name of PEOPLE.filter((one) => one !== 'carol')) {
    const highlighted = async () => {
      const found = await people[name].call('GET', 'notifications?only=highlight&limit=1000');
      return (found['notifications'] as { event: { event_id: string } }[]).map((one) => one.event.event_id);
    };
    await vi.waitFor(async () => expect(await highlighted()).toContain(calling), WITHIN_MS);
    expect(await highlighted()).toEqual([calling]);
  }
});
