import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type StandInDaemon, startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import type { Actor, Discord, Interaction, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage, PEOPLE, type PersonName } from './fleet.ts';

const WITHIN_MS = 15_000;
/** What a killed process held is given up after half a minute. */
const AFTER_KILL_MS = 60_000;

let daemon: StandInDaemon;
let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin;

beforeAll(async () => {
  [daemon, stage] = await Promise.all([startDaemon('litecoin'), openDiscordStage()]);
  discord = stage.discord;
  const node = nodeOf('alright-dev-main', 'alright_DEV', { ...daemon, rpcUrl: daemon.url });
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage, nodes: [node] }) });
  await stage.ready();
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

const as = (name: PersonName): Actor => discord.as(stage.handles[name]);
const inRoom = (room: 'notaries' | 'ops') => discord.messages(stage.rooms[room]);
const directs = (name: PersonName) => discord.directMessages(stage.handles[name]);

/** Those that show all of the words. */
const showing = (messages: readonly StoredMessage[], ...words: readonly string[]): StoredMessage[] =>
  messages.filter((message) => words.every((word) => shownMessage(message).includes(word)));

const until = (look: () => readonly StoredMessage[], ...words: readonly string[]): Promise<StoredMessage> =>
  discord.until(() => showing(look(), ...words)[0], WITHIN_MS, words.join(', '));

const answerTo = async (asked: Promise<Interaction>): Promise<string> =>
  shownMessage(await (await asked).replied());

async function fire(name: string, more: Record<string, unknown> = {}, annotations = {}): Promise<string> {
  const labels = { alertname: name, severity: 'warning', seat: 'alright_DEV', ...(more['labels'] as object) };
  const answer = await tocsin.ingress('alerts', { ...more, labels, annotations });
  expect(answer.status).toBe(202);
  return (answer.body as { accepted: string[] }).accepted[0] ?? '';
}

test('an alert is one message in its room, however often it is posted; its end edits it', async () => {
  const id = await fire('DiskFull', {}, { summary: 'no room left' });
  const message = await until(() => inRoom('notaries'), 'WARNING: DiskFull', 'no room left', `alert ${id}`);
  expect(await fire('DiskFull', {}, { summary: 'no room left' })).toBe(id);
  await fire('DiskFull', { status: 'resolved' }, { summary: 'no room left' });
  const resolved = await until(() => inRoom('notaries'), 'Resolved: DiskFull');
  expect(resolved.id).toBe(message.id);
  expect(showing(inRoom('notaries'), 'DiskFull')).toHaveLength(1);
  expect(showing(inRoom('ops'), 'DiskFull')).toEqual([]);
});

test('a critical one also goes to the operators of its seat, by direct message, and to nobody else', async () => {
  await fire('DaemonGone', { labels: { severity: 'critical' } });
  await until(() => inRoom('ops'), 'CRITICAL: DaemonGone');
  await until(() => directs('alice'), 'DaemonGone');
  await until(() => directs('bob'), 'DaemonGone');
  expect(showing(directs('frank'), 'DaemonGone')).toEqual([]);
});

test('Acknowledge, pressed: the message shows to everybody who did, also in the other places', async () => {
  const id = await fire('TipOld', { labels: { severity: 'critical' } });
  const [room, direct] = [
    await until(() => inRoom('ops'), 'TipOld'),
    await until(() => directs('bob'), 'TipOld'),
  ];
  const pressed = await as('alice').press(room.id, '👍 Acknowledge');
  expect(shownMessage(await pressed.replied())).toContain('You acknowledged it.');
  expect(pressed.response?.ephemeral).toBe(true);
  const edited = await until(() => inRoom('ops'), 'TipOld', 'Acknowledged', 'alice');
  expect(edited.id).toBe(room.id);
  expect(shownMessage(edited)).not.toContain('[👍 Acknowledge]');
  expect((await until(() => directs('bob'), 'TipOld', 'Acknowledged', 'alice')).id).toBe(direct.id);
  expect(await answerTo(as('bob').slash('/ack', { id }))).toContain('alice had acknowledged it');
  expect(await answerTo(as('frank').slash('/ack', { id }))).toContain('not yours to acknowledge');
});

test('/health looks now and shows a table', async () => {
  const before = daemon.requests;
  const shown = await answerTo(as('alice').slash('/health', { what: 'alright-dev-main' }));
  expect(shown).toContain('Health of alright-dev-main');
  expect(shown).toMatch(/LTC/);
  expect(daemon.requests).toBeGreaterThan(before);
});

test('who is not in the fleet is told so, and gets nothing else', async () => {
  const stranger = discord.as(discord.user({ name: 'stranger' }).id);
  expect(await answerTo(stranger.slash('/alerts'))).toContain('I answer only to people in the fleet file');
});

test('an annotation pings nobody, and its markup shows as text', async () => {
  const hostile = '@everyone <@&1> **bold** [link](https://evil.example) `code` # head';
  const mention = `<@${stage.handles.frank}> <#${stage.rooms.ops}> ||hidden||`;
  await fire('Hostile', {}, { summary: hostile, description: mention });
  const message = await until(() => inRoom('notaries'), 'Hostile');
  expect(message.pinged).toEqual({ everyone: false, users: [], roles: [] });
  expect(shownMessage(message)).toContain(hostile);
  expect(shownMessage(message)).toContain(mention);
});

test('a mandatory notice: drafted, previewed, confirmed by another coordinator, answered, counted', async () => {
  const announced = await as('carol').slash('/notice announce', {
    subject: 'Komodo 0.9.2',
    version: 'v0.9.2',
    time: '2030-12-01T12:00:00Z',
    text: 'Update before the deadline.',
  });
  expect(shownMessage(await announced.replied())).toContain('MANDATORY: Komodo 0.9.2');
  const preview = await until(() => inRoom('ops'), 'Komodo 0.9.2', 'Would go to', '2 seats', 'draft');
  expect(showing([...inRoom('notaries'), ...directs('alice')], 'Komodo 0.9.2')).toEqual([]);

  const own = await as('carol').press(preview.id, '📣 Send it');
  expect(shownMessage(await own.replied())).toContain('another coordinator has to confirm it');
  const notary = await as('alice').press(preview.id, '📣 Send it');
  expect(shownMessage(await notary.replied())).toContain('needs the role coordinator');
  const sent = await as('dave').press(preview.id, '📣 Send it');
  expect(shownMessage(await sent.replied())).toContain('Sent: Komodo 0.9.2');

  await until(() => inRoom('notaries'), 'Komodo 0.9.2', 'v0.9.2');
  await until(() => directs('bob'), 'Komodo 0.9.2', 'Seat alright_DEV');
  const toFrank = await until(() => directs('frank'), 'Komodo 0.9.2', 'Seat harbor_AR', 'missing');
  const done = await as('frank').press(toFrank.id, '✅ Done');
  expect(shownMessage(await done.replied())).toContain('You said done.');
  const told = await until(() => directs('frank'), 'Komodo 0.9.2', 'done: frank');
  expect(told.id).toBe(toFrank.id);
  await until(() => inRoom('notaries'), 'Komodo 0.9.2', 'reached 2', 'acknowledged 1', 'missing 1');
  await until(() => inRoom('ops'), 'Komodo 0.9.2', 'Confirmed by', 'dave', 'alright_DEV');

  const status = await answerTo(as('alice').slash('/notice status'));
  expect(status).toMatch(/alright_DEV +D·· +missing[^]*harbor_AR +D✔· +done frank/);
  for (const name of PEOPLE) {
    const isOperator = name !== 'carol' && name !== 'dave';
    expect(showing(directs(name), 'Komodo 0.9.2')).toHaveLength(isOperator ? 1 : 0);
  }
});

test('a notice from outside waits for its confirmation in ops', async () => {
  const notice = { subject: 'Litecoin 0.21.5', severity: 'recommended', text: 'When you have time.' };
  const first = await tocsin.ingress('notices', notice);
  expect(first).toMatchObject({ status: 202, body: { state: 'draft' } });
  expect(await tocsin.ingress('notices', notice)).toMatchObject({ body: first.body });
  await until(() => inRoom('ops'), 'Recommended: Litecoin 0.21.5', 'Would go to');
  expect(showing(inRoom('ops'), 'Litecoin 0.21.5')).toHaveLength(1);
});

test('the first response comes within a second, 99 times of 100', async () => {
  const id = await fire('Pressed');
  const message = await until(() => inRoom('notaries'), 'Pressed');
  const deeds: readonly ((by: Actor) => Promise<Interaction>)[] = [
    (by) => by.slash('/health', { what: 'alright-dev-main' }),
    (by) => by.slash('/alerts'),
    (by) => by.slash('/notice status'),
    (by) => by.slash('/help'),
    (by) => by.autocomplete('/ack', 'id', id.slice(0, 2)),
    (by) => by.press(message.id, '👍 Acknowledge'),
    (by) => by.slash('/alerts', { id }, { dm: true }),
  ];
  const times: number[] = [];
  while (times.length < 105) {
    // Each does one thing at a time, all of them at once.
    const asked = await Promise.all(
      PEOPLE.map((name, index) =>
        deeds[(times.length + index) % deeds.length]!(as(name)).catch(() => undefined),
      ),
    );
    for (const interaction of asked) {
      if (interaction) times.push((await interaction.answered()).afterMs);
    }
  }
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
  console.log(
    `first response over ${times.length} interactions: p50 ${sorted[times.length >> 1]} ms, p99 ${p99} ms`,
  );
  expect(p99).toBeLessThan(1_000);
});

test('another start registers no command again, and writes nothing again', async () => {
  const before = discord.requests.length;
  const messages = () => [...inRoom('notaries'), ...inRoom('ops'), ...directs('alice'), ...directs('frank')];
  const standing = messages().map(({ id }) => id);
  const stopped = await tocsin.stop();
  expect(stopped).toMatchObject({ code: 0 });
  expect(stopped.tookMs).toBeLessThan(5_000);
  await tocsin.restart();
  await stage.ready();
  expect(await answerTo(as('alice').slash('/alerts'))).toContain('DaemonGone');
  const since = discord.requests.slice(before);
  const commands = since.filter(({ path }) => /\/applications\/.*\/commands/.test(path));
  expect(new Set(commands.map(({ method }) => method))).toEqual(new Set(['GET']));
  expect(messages().map(({ id }) => id)).toEqual(standing);
});

test('killed in the middle of a storm and started again: nothing that was accepted is lost, nothing comes twice', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `Storm${String(index).padStart(2, '0')}`);
  await Promise.all(names.map((name) => fire(name)));
  await discord.until(() => showing(inRoom('notaries'), 'Storm').length >= 3, WITHIN_MS, 'the first of them');
  await tocsin.kill();
  expect(showing(inRoom('notaries'), 'Storm').length).toBeLessThan(names.length);
  await tocsin.restart();
  await discord.until(
    () => names.every((name) => showing(inRoom('notaries'), name).length > 0),
    AFTER_KILL_MS,
    'all of them',
  );
  await vi.waitUntil(isQuiet, { timeout: AFTER_KILL_MS, interval: 100 });
  expect(names.map((name) => showing(inRoom('notaries'), name).length)).toEqual(names.map(() => 1));
});

async function isQuiet(): Promise<boolean> {
  const { body } = await tocsin.api('deliveries');
  return (body as { state: string }[]).every(({ state }) => state === 'delivered' || state === 'stale');
}
