import { afterAll, beforeAll, expect, test } from 'vitest';

import type { AuditEntry } from '#src/domain/audit.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type MatrixUser, type RoomEvent, startMatrixUser } from '#test/real/matrix-user.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Actor, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import {
  type DiscordStage,
  fleetFile,
  type MatrixStage,
  nodeOf,
  openDiscordStage,
  openMatrixStage,
  type PersonName,
} from './fleet.ts';

const WITHIN_MS = 30_000;
const CODE = /(?:[0-9a-z]{4}-){3}[0-9a-z]{4}/;

let daemon: RunningLitecoind;
let synapse: RunningSynapse;
let matrix: MatrixStage;
let chat: DiscordStage;
let tocsin: RunningTocsin;
let mallory: MatrixUser;

type Fleet = ReturnType<typeof fleetFile>;
type Team = Fleet['teams'][number];
type Operator = Team['operators'][number];

/** Everybody on both, but for Alice, who is on Discord only, and Frank, who is on Matrix only. */
function fleet(change: (operator: Operator) => Operator | undefined = (operator) => operator): Fleet {
  const nodes = [nodeOf('alright-dev-main', 'alright_DEV', daemon)];
  const file = fleetFile({ discord: chat, matrix, nodes });
  const known = ({ id, role, discord, matrix: mxid }: Operator): Operator => ({
    id,
    role,
    ...(id !== 'frank' && { discord }),
    ...(id !== 'alice' && { matrix: mxid }),
  });
  const operatorsOf = ({ operators }: Team): Operator[] =>
    operators.flatMap((one) => change(known(one)) ?? []);
  return { ...file, teams: file.teams.map((team) => ({ ...team, operators: operatorsOf(team) })) };
}

beforeAll(async () => {
  [daemon, synapse, chat] = await Promise.all([startLitecoind(), startSynapse(), openDiscordStage()]);
  matrix = await openMatrixStage(synapse);
  const account = await synapse.user('mallory');
  mallory = await startMatrixUser({ url: synapse.url, account });
  await mallory.call('PUT', `profile/${encodeURIComponent(mallory.userId)}/displayname`, {
    displayname: 'alice',
  });
  await matrix.people.carol.invite(matrix.rooms.ops, mallory.userId);
  await daemon.mine(101);
  await daemon.rpc('sendtoaddress', [await daemon.rpc<string>('getnewaddress'), 1]);
  await daemon.mine(1);
  tocsin = await startTocsin({ env: { ...matrix.env, ...chat.env }, fleet: fleet() });
  await chat.ready();
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await mallory?.[Symbol.asyncDispose]();
  await Promise.all([matrix?.[Symbol.asyncDispose](), chat?.[Symbol.asyncDispose]()]);
  await Promise.all([synapse?.[Symbol.asyncDispose](), daemon?.[Symbol.asyncDispose]()]);
});

const as = (name: PersonName): Actor => chat.discord.as(chat.handles[name]);
const slash = async (name: PersonName, line: string, options = {}): Promise<string> =>
  shownMessage(await (await as(name).slash(line, options)).replied());
const untilShown = (
  look: () => readonly StoredMessage[],
  ...words: readonly string[]
): Promise<StoredMessage> =>
  chat.discord.until(
    () => look().find((message) => words.every((word) => shownMessage(message).includes(word))),
    WITHIN_MS,
    words.join(', '),
  );
const inOps = () => chat.discord.messages(chat.rooms.ops);
const toAlice = () => chat.discord.directMessages(chat.handles.alice);

const isBots =
  (roomId: string, ...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    event.roomId === roomId &&
    event.sender === matrix.bot.userId &&
    words.every((word) => event.text.includes(word));

/** A conversation with the bot alone, once it is there. */
async function talkTo(who: MatrixUser): Promise<string> {
  const roomId = await who.createRoom({ direct: true, invite: [matrix.bot.userId] });
  await expect
    .poll(() => who.members(roomId), { timeout: WITHIN_MS, interval: 100 })
    .toContain(matrix.bot.userId);
  return roomId;
}

async function say(
  who: MatrixUser,
  roomId: string,
  line: string,
  ...words: readonly string[]
): Promise<string> {
  const seen = who.timeline(roomId).length;
  await who.send(roomId, line);
  const isNew = isBots(roomId, ...words);
  const answer = await who.until(
    (event) => isNew(event) && who.timeline(roomId).indexOf(event) >= seen,
    WITHIN_MS,
  );
  return answer.text;
}

const code = async (): Promise<string> => {
  const asked = await as('alice').slash('/link');
  const shown = shownMessage(await asked.replied());
  expect(asked.response?.ephemeral).toBe(true);
  return CODE.exec(shown)?.[0] ?? shown;
};
const audit = async (): Promise<readonly AuditEntry[]> =>
  (await tocsin.api('audit?limit=500')).body as readonly AuditEntry[];

let direct: string;

test('a code typed in a room is burnt for whoever types it, and Alice is told; a stranger’s name is nothing', async () => {
  const shown = await code();
  await mallory.until(({ roomId }) => roomId === matrix.rooms.ops, WITHIN_MS);
  await say(mallory, matrix.rooms.ops, `!tocsin link ${shown}`, 'it is worth nothing now');
  await untilShown(toAlice, 'Your code is worth nothing now', mallory.userId);
  const theirs = matrix.rooms.ops;
  await say(mallory, theirs, '!tocsin link 0000-0000-0000-0000', 'it is worth nothing now');
  await say(mallory, theirs, '!tocsin alerts', 'I answer only to people in the fleet file');
});

test('a code shown in Discord and typed in Matrix waits for a coordinator, and gives nothing until then', async () => {
  const { alice } = matrix.people;
  const shown = await code();
  direct = await talkTo(alice);
  await say(alice, direct, `link ${shown}`, 'A coordinator must confirm');
  await say(alice, direct, `link ${shown}`, 'not valid');
  await say(alice, direct, 'alerts', 'I answer only to people in the fleet file');
  await untilShown(toAlice, 'An account asks to be yours', alice.userId, 'link remove matrix');
  const card = await untilShown(inOps, 'An account on matrix for alice', alice.userId);
  const own = await as('alice').press(card.id, '✅ Approve');
  expect(shownMessage(await own.replied())).toMatch(/coordinator/);
  const pressed = await as('carol').press(card.id, '✅ Approve');
  expect(shownMessage(await pressed.replied())).toContain(`matrix:${alice.userId} is alice’s`);
  await untilShown(inOps, 'An account on matrix for alice: linked', 'carol');
  await untilShown(toAlice, 'An account was linked to you', 'link remove matrix');
  await alice.until(isBots(direct, 'An account was linked to you'), WITHIN_MS);
});

test('then Alice acknowledges in Matrix as herself, and approves what another asked for, but not her own request', async () => {
  const { alice } = matrix.people;
  const labels = { alertname: 'TipOld', severity: 'warning', seat: 'alright_DEV' };
  const { body } = await tocsin.ingress('alerts', { labels });
  const [id] = (body as { accepted: string[] }).accepted;
  await untilShown(() => chat.discord.messages(chat.rooms.notaries), 'TipOld');
  await say(alice, direct, `ack ${id}`, 'You acknowledged it');
  await untilShown(() => chat.discord.messages(chat.rooms.notaries), 'TipOld', 'Acknowledged', 'alice');

  const ask = { remedy: 'split', node: 'alright-dev-main', service: 'LTC', arguments: 'target=12' };
  const own = /request ([0-9a-z]+)/.exec(await slash('alice', '/remedy run', ask))?.[1] ?? '';
  const refused = await say(alice, direct, `approve ${own}`, 'Not done');
  expect(refused).toMatch(/somebody else|your own|another/);
  await say(alice, direct, `deny ${own}`, 'Denied');

  const other = { ...ask, arguments: 'target=13' };
  const bobs = /request ([0-9a-z]+)/.exec(await slash('bob', '/remedy run', other))?.[1] ?? '';
  await say(alice, direct, `approve ${bobs}`, 'Approved');
  const approved = (await audit()).find(({ what, about }) => what === 'remedy.approved' && about === bobs);
  expect(approved).toMatchObject({ who: 'alice' });
  const request = async () =>
    ((await tocsin.api('remedies')).body as { id: string; approvedBy: string[] }[]).find(
      ({ id: one }) => one === bobs,
    );
  expect(await request()).toMatchObject({ approvedBy: ['alice'] });
});

test('killed and started again, the account is still hers, and what the file did meanwhile is asked about; removed, it is a stranger’s at once', async () => {
  const { alice } = matrix.people;
  await tocsin.kill();
  await tocsin.restart();
  await chat.ready();
  expect(await say(alice, direct, 'link list', matrix.handles.alice)).toContain('confirmed by carol');
  const unwatched = async () => (await audit()).filter(({ what }) => what === 'link.unwatched');
  expect(await unwatched()).toEqual([]);

  await tocsin.kill();
  tocsin.writeFleet(fleet((operator) => (operator.id === 'alice' ? undefined : operator)));
  tocsin.writeFleet(fleet());
  await tocsin.restart();
  await chat.ready();
  await untilShown(inOps, 'The fleet file was written while Tocsin did not run', matrix.handles.alice);
  expect(await unwatched()).toMatchObject([{ who: 'tocsin', detail: { operator: 'alice' } }]);
  await say(alice, direct, 'link remove matrix', 'has no rights from now on');
  await say(alice, direct, 'alerts', 'I answer only to people in the fleet file');
  await untilShown(inOps, 'An account on matrix for alice: removed');
});

test('the other way round: a code told in Matrix by direct message, however it is asked for in a room, typed as a slash command', async () => {
  const { frank, dave } = matrix.people;
  await frank.send(matrix.rooms.ops, '!tocsin "LINK"');
  const told = await frank.until(
    ({ sender, roomId, text }) =>
      sender === matrix.bot.userId && roomId !== matrix.rooms.ops && CODE.test(text),
    WITHIN_MS,
  );
  const shown = CODE.exec(told.text)?.[0] ?? '';
  const stranger = { channel: chat.rooms.ops };
  const typed = await as('frank').slash('/link', { what: shown }, stranger);
  expect(shownMessage(await typed.replied())).toContain('A coordinator must confirm');
  expect(typed.response?.ephemeral).toBe(true);
  const card = await untilShown(inOps, 'An account on discord for frank', chat.handles.frank);
  const id = /link ([0-9a-z]{16})\b/.exec(shownMessage(card))?.[1] ?? '';
  await say(dave, matrix.rooms.ops, `!tocsin approve ${id}`, 'Linked', 'frank');
  expect(await slash('frank', '/link', { what: 'list' })).toContain('confirmed by dave');
  expect(dave.timeline(matrix.rooms.ops).filter(({ text }) => text.includes(shown))).toEqual([]);
});

test('what the fleet file changes of roles and accounts is audited and told; who is dropped loses the link for good', async () => {
  const { alice } = matrix.people;
  await say(alice, direct, `link ${await code()}`, 'A coordinator must confirm');
  const card = await untilShown(inOps, 'waits for a coordinator', alice.userId);
  await as('dave').press(card.id, '✅ Approve');
  await alice.until(isBots(direct, 'An account was linked to you', 'dave'), WITHIN_MS);
  const changed = (operator: Operator) => {
    if (operator.id === 'alice') return undefined;
    return operator.id === 'bob' ? { ...operator, role: 'coordinator' } : operator;
  };
  tocsin.writeFleet(fleet(changed));
  await untilShown(inOps, 'The fleet file changed who may do what', 'notary → coordinator', 'alice');
  await untilShown(inOps, 'An account on matrix for alice: ended', 'no operator alice any more');
  tocsin.writeFleet(fleet());
  await expect
    .poll(async () => (await audit()).filter(({ what }) => what === 'operator.added').length)
    .toBe(1);
  await say(alice, direct, 'alerts', 'I answer only to people in the fleet file');
  const said = (await audit()).filter(({ what }) => what.startsWith('operator.'));
  expect(said).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ about: 'bob', detail: { role: 'notary → coordinator' } }),
      expect.objectContaining({ what: 'operator.removed', about: 'alice' }),
    ]),
  );
});
