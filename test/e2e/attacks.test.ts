import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { checkExport } from '#test/http/api/audit-check.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type MatrixUser, type RoomEvent, startMatrixUser } from '#test/real/matrix-user.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Actor, Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

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

let daemon: RunningLitecoind;
let synapse: RunningSynapse;
let stage: DiscordStage;
let matrix: MatrixStage;
let discord: Discord;
let tocsin: RunningTocsin;

beforeAll(async () => {
  [daemon, synapse, stage] = await Promise.all([startLitecoind(), startSynapse(), openDiscordStage()]);
  discord = stage.discord;
  matrix = await openMatrixStage(synapse);
  // Funds that were not mined: what is sent to oneself.
  await daemon.mine(101);
  for (let coin = 0; coin < 3; coin++) {
    await daemon.rpc('sendtoaddress', [await daemon.rpc<string>('getnewaddress'), 1]);
  }
  await daemon.mine(1);
  tocsin = await startTocsin({ env: { ...stage.env, ...matrix.env }, fleet: fleet() });
  await stage.ready();
}, 120_000);

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await Promise.all([stage?.[Symbol.asyncDispose](), matrix?.[Symbol.asyncDispose]()]);
  await Promise.all([synapse?.[Symbol.asyncDispose](), daemon?.[Symbol.asyncDispose]()]);
});

const fleet = (without?: PersonName): object => {
  const file = fleetFile({
    discord: stage,
    matrix,
    nodes: [nodeOf('alright-dev-main', 'alright_DEV', daemon)],
  });
  const teams = file.teams.map((team) => ({
    ...team,
    operators: team.operators.filter(({ id }) => id !== without),
  }));
  return { ...file, teams };
};

const on = (name: PersonName): Actor => discord.as(stage.handles[name]);
interface Row {
  readonly id: string;
  readonly state: string;
  readonly approvedBy: readonly string[];
  readonly arguments: Readonly<Record<string, string>>;
  readonly reason?: string;
}
interface Entry {
  readonly who: string;
  readonly account?: string;
  readonly what: string;
  readonly about?: string;
  readonly detail?: Readonly<Record<string, string>>;
}
const rows = async (): Promise<readonly Row[]> => (await tocsin.api('remedies')).body as Row[];
const row = async (id: string): Promise<Row | undefined> => (await rows()).find((one) => one.id === id);
const audit = async (): Promise<readonly Entry[]> => (await tocsin.api('audit?limit=1000')).body as Entry[];
/** Resolves once the audit has the entry. */
const onRecord = (entry: Partial<Entry>): Promise<void> =>
  vi.waitFor(async () => expect(await audit()).toContainEqual(expect.objectContaining(entry)), {
    timeout: WITHIN_MS,
    interval: 100,
  });

const answer = async (asked: ReturnType<Actor['slash']>): Promise<string> =>
  shownMessage(await (await asked).replied());

/** Alice asks for a split by slash command; its message in room ops. */
async function asked(target: number): Promise<{ id: string; message: StoredMessage; digest: string }> {
  const words = await answer(
    on('alice').slash('/remedy run', {
      remedy: 'split',
      node: 'alright-dev-main',
      service: 'LTC',
      arguments: `target=${target}`,
    }),
  );
  const [, id = ''] = /request ([0-9a-z]+)/.exec(words) ?? [];
  expect(words).toContain('waits for approval');
  const message = await discord.until(
    () =>
      discord
        .messages(stage.rooms.notaries)
        .find(
          (one) => shownMessage(one).includes(`request ${id}`) && shownMessage(one).includes('[✅ Approve]'),
        ),
    WITHIN_MS,
    'its message',
  );
  const [, digest = ''] = /plan ([0-9a-f]+)/.exec(shownMessage(message)) ?? [];
  return { id, message, digest };
}

const isBots =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    event.sender === matrix.bot.userId && words.every((word) => event.text.includes(word));
const isAnswerTo =
  (eventId: string, ...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    isBots(...words)(event) && event.relation?.to === eventId;

/** What somebody types in Matrix, and the answer that has the words. */
async function typed(who: MatrixUser, line: string, ...words: readonly string[]): Promise<RoomEvent> {
  const event = await who.send(matrix.rooms.ops, `!tocsin ${line}`);
  return who.until(isAnswerTo(event, ...words), WITHIN_MS);
}

const mempool = (): Promise<readonly string[]> => daemon.rpc('getrawmempool');
const ended = async (id: string): Promise<Row> => {
  await expect
    .poll(async () => (await row(id))?.state, { timeout: WITHIN_MS })
    .toMatch(/succeeded|failed|cancelled/);
  return (await row(id))!;
};
async function confirmed(id: string): Promise<Row> {
  await expect.poll(mempool, { timeout: WITHIN_MS, interval: 100 }).toHaveLength(1);
  await daemon.mine(1);
  return ended(id);
}

describe('who is not in the fleet', () => {
  test('presses Approve in Discord: told so, on record, nothing approved', async () => {
    const { id, message } = await asked(3);
    const mallory = discord.user({ name: 'alice' });
    const pressed = await discord.as(mallory.id).press(message.id, '✅ Approve');
    expect(shownMessage(await pressed.replied())).toContain('I answer only to people in the fleet file');
    await onRecord({
      who: 'stranger',
      account: `discord:${mallory.id}`,
      what: 'command.refused',
      about: 'approve',
    });
    expect(await row(id)).toMatchObject({ state: 'requested', approvedBy: [] });
    expect(await answer(on('alice').slash('/deny', { id }))).toContain('Denied');
  });

  test('reacts and types in Matrix under the display name of an operator: the account counts, not the name', async () => {
    const { id, digest } = await asked(3);
    const account = await synapse.user('mallory');
    await using mallory = await startMatrixUser({ url: synapse.url, account });
    await mallory.call('PUT', `profile/${encodeURIComponent(mallory.userId)}/displayname`, {
      displayname: 'bob',
    });
    await matrix.people.carol.invite(matrix.rooms.ops, mallory.userId);
    await mallory.until(({ roomId }) => roomId === matrix.rooms.ops, WITHIN_MS);
    await typed(mallory, `approve ${id} ${digest}`, 'I answer only to people in the fleet file');
    await onRecord({ who: 'stranger', account: `matrix:${mallory.userId}`, about: 'approve' });
    // A message of the bot that has choices: what somebody was shown when they asked for the status.
    const card = await typed(matrix.people.bob, `remedy status ${id}`, 'waits for approval', '✅');
    await mallory.until((event) => event.eventId === card.eventId, WITHIN_MS);
    await mallory.react(card.roomId, card.eventId, '✅');
    await expect
      .poll(async () => (await audit()).filter((one) => one.account === `matrix:${mallory.userId}`).length, {
        timeout: WITHIN_MS,
      })
      .toBe(2);
    expect(await row(id)).toMatchObject({ state: 'requested', approvedBy: [] });
    expect(await answer(on('alice').slash('/deny', { id }))).toContain('Denied');
  });

  test('was an operator a moment ago: removed between the request and the approval', async () => {
    const { id, message } = await asked(3);
    tocsin.writeFleet(fleet('bob'));
    await vi.waitUntil(() => tocsin.logs().some(({ msg }) => /fleet/.test(String(msg))), {
      timeout: WITHIN_MS,
    });
    await vi.waitFor(
      async () =>
        expect(shownMessage(await (await on('bob').press(message.id, '✅ Approve')).replied())).toContain(
          'I answer only to people in the fleet file',
        ),
      { timeout: WITHIN_MS },
    );
    await onRecord({ who: 'stranger', account: `discord:${stage.handles.bob}`, about: 'approve' });
    expect(await row(id)).toMatchObject({ state: 'requested', approvedBy: [] });
    tocsin.writeFleet(fleet());
    await vi.waitFor(
      async () =>
        expect(await answer(on('bob').slash('/remedy status', { id }))).toContain('waits for approval'),
      { timeout: WITHIN_MS },
    );
    expect(await answer(on('alice').slash('/deny', { id }))).toContain('Denied');
  });
});

test('a second account of the one who asked is the one who asked', async () => {
  const { id, digest } = await asked(3);
  await typed(matrix.people.alice, `approve ${id} ${digest}`, 'You asked for this yourself');
  await onRecord({
    who: 'alice',
    account: `matrix:${matrix.handles.alice}`,
    what: 'remedy.approve-refused',
    about: id,
  });
  expect(await answer(on('alice').slash('/deny', { id }))).toContain('Denied');
});

test("an old digest, and another request's, approve nothing", async () => {
  const first = await asked(3);
  expect(await answer(on('alice').slash('/deny', { id: first.id }))).toContain('Denied');
  const second = await asked(4);
  for (const plan of [first.digest, 'deadbeefdeadbeef']) {
    expect(await answer(on('bob').slash('/approve', { id: second.id, plan }))).toContain(
      'is not what you approved',
    );
  }
  expect(await answer(on('bob').slash('/approve', { id: first.id, plan: first.digest }))).toContain(
    'was denied by',
  );
  expect(await row(second.id)).toMatchObject({ state: 'requested', approvedBy: [] });
  const refused = (await audit()).filter(
    ({ who, what }) => who === 'bob' && what === 'remedy.approve-refused',
  );
  expect(refused.map(({ about }) => about)).toEqual([first.id, second.id, second.id]);
  expect(await answer(on('alice').slash('/deny', { id: second.id }))).toContain('Denied');
});

test('two approvals at once, on two platforms: one run, one transaction; pressed and typed again, nothing more', async () => {
  const { id, message, digest } = await asked(5);
  const [pressed] = await Promise.all([
    on('bob').press(message.id, '✅ Approve'),
    matrix.people.carol.send(matrix.rooms.ops, `!tocsin approve ${id} ${digest}`),
    on('dave').press(message.id, '✅ Approve'),
  ]);
  await pressed.replied();
  const { state, approvedBy } = await confirmed(id);
  expect([state, approvedBy.length]).toEqual(['succeeded', 1]);
  const approvals = (await audit()).filter(
    ({ what, about }) => about === id && what.startsWith('remedy.approve'),
  );
  const counted = Object.groupBy(approvals, ({ what }) => what);
  expect(counted['remedy.approved']).toHaveLength(1);
  await onRecord({ what: 'remedy.approve-refused', about: id });
  // What the buttons said, said again after the end.
  expect(await answer(on('bob').slash('/approve', { id, plan: digest }))).toContain('has succeeded');
  await typed(matrix.people.carol, `approve ${id} ${digest}`, 'has succeeded');
  expect(await mempool()).toEqual([]);
  const begun = (await audit()).filter(({ what, about }) => about === id && what === 'remedy.running');
  expect(begun).toMatchObject([{ detail: { requestedBy: `alice (discord:${stage.handles.alice})` } }]);
});

describe('hostile words', () => {
  const HOSTILE = [
    '"; reboot; "',
    "a'b",
    '$(reboot)',
    '`reboot`',
    '--force',
    ';reboot',
    'a\u202eb',
    'a\u200bb',
    '@everyone',
    `<@${'1'.repeat(18)}>`,
    'x'.repeat(5_900),
  ];

  test('in arguments are refused as no number, whatever they are, and call nobody', async () => {
    const before = (await rows()).length;
    for (const word of HOSTILE) {
      const asking = await on('alice').slash('/remedy run', {
        remedy: 'split',
        node: 'alright-dev-main',
        service: 'LTC',
        arguments: `target=${word}`,
      });
      const reply = await asking.replied();
      expect(shownMessage(reply)).toContain('Not done');
      expect(reply.pinged).toEqual({ everyone: false, users: [], roles: [] });
    }
    const long = await matrix.people.alice.send(
      matrix.rooms.ops,
      `!tocsin remedy run split alright-dev-main LTC target=${'x'.repeat(60_000)}`,
    );
    await matrix.people.alice.until(isAnswerTo(long, 'Not done'), WITHIN_MS);
    expect(await rows()).toHaveLength(before);
    const refused = (await audit()).filter(
      ({ what, about }) => what === 'command.refused' && about === 'remedy run',
    );
    expect(refused.length).toBeGreaterThanOrEqual(HOSTILE.length + 1);
    expect(JSON.stringify(refused).length).toBeLessThan(40_000);
  });

  test('in a reason stand there as they are, in both places, and call nobody', async () => {
    const { id, message } = await asked(6);
    const reason = `@everyone @room <@${stage.handles.frank}> $(reboot) \`x\` **b** --flag ; "q'`;
    expect(await answer(on('bob').slash('/deny', { id, reason }))).toContain(reason);
    const edited = await discord.until(
      () => {
        const now = discord.message(message.id);
        return now && shownMessage(now).includes('denied') ? now : undefined;
      },
      WITHIN_MS,
      'the denial',
    );
    expect(shownMessage(edited)).toContain(reason);
    expect(edited.pinged).toEqual({ everyone: false, users: [], roles: [] });
    expect(await row(id)).toMatchObject({ state: 'denied', reason });
    await onRecord({ who: 'bob', what: 'remedy.denied', about: id });
    const status = await typed(matrix.people.bob, `remedy status ${id}`, 'denied');
    expect(status.text).toContain(reason);
    expect(status.content['m.mentions']).toEqual({});
  });
});

test('cancelled while it runs, by the button: it stops between two steps, and its log says so', async () => {
  const { id, message } = await asked(7);
  await (await on('bob').press(message.id, '✅ Approve')).replied();
  // It waits for its confirmation, within its last step but one.
  await expect.poll(mempool, { timeout: WITHIN_MS, interval: 100 }).toHaveLength(1);
  await discord.until(
    () => shownMessage(discord.message(message.id)!).includes('[🛑 Cancel]'),
    WITHIN_MS,
    'the button',
  );
  const pressed = await on('dave').press(message.id, '🛑 Cancel');
  expect(shownMessage(await pressed.replied())).toContain('Stops before its next step');
  await daemon.mine(1);
  const { state, reason } = await ended(id);
  await onRecord({
    who: 'dave',
    account: `discord:${stage.handles.dave}`,
    what: 'remedy.cancelling',
    about: id,
  });
  expect(`${state}: ${reason ?? ''}`).toMatch(/^(cancelled: by dave: .*Done before: .*send|succeeded)/);
  const log = await tocsin.request(`/api/remedies/${id}/log`, {
    headers: { authorization: `Bearer ${tocsin.apiToken}` },
  });
  expect(log.body).toMatch(/→ send/);
  expect(log.body).toMatch(new RegExp(`${state}: `));
  expect(log.body).not.toContain(daemon.password);
});

test('the audit of all this is whole, and so is its export, to whoever checks it elsewhere; a flipped byte is found', async () => {
  const verified = await answer(on('bob').slash('/audit', { rows: 'verify' }));
  expect(verified).toContain('The audit is whole');
  const [, noted = ''] = /audit --noted (\d+:[0-9a-f]{16})/.exec(verified) ?? [];
  const answered = await fetch(`${tocsin.url}/api/audit/lines`, {
    headers: { authorization: `Bearer ${tocsin.apiToken}` },
  });
  // Text as it came: its bytes, one character each.
  const exported = Buffer.from(await answered.arrayBuffer()).toString('latin1');
  expect(await checkExport(exported, noted)).toMatchObject({ code: 0 });
  const middle = exported.indexOf('"who":"alice"', exported.length / 2) + '"who":"a'.length;
  const flipped = `${exported.slice(0, middle)}m${exported.slice(middle + 1)}`;
  const { code, said } = await checkExport(flipped, noted);
  expect([code, said]).toEqual([1, expect.stringContaining('Broken at entry')]);
});
