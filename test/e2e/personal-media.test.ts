import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';
import { type MailServer, startMailServer } from '#test/stand-ins/mail/mail.ts';
import { startTelegram, type Telegram } from '#test/stand-ins/telegram/telegram.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';

const WITHIN_MS = 30_000;
const ALICE = 'alice@example.org';
const BOB = '7';

let stage: DiscordStage;
let discord: Discord;
let mail: MailServer;
let telegram: Telegram;
let tocsin: RunningTocsin;

beforeEach(async () => {
  [stage, mail, telegram] = await Promise.all([openDiscordStage(), startMailServer(), startTelegram()]);
  discord = stage.discord;
  telegram.person(BOB);
});
afterEach(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  for (const end of [stage, mail, telegram]) await end?.[Symbol.asyncDispose]();
});

const personal = () => ({
  SMTP_URL: mail.url,
  MAIL_FROM: 'Tocsin <tocsin@example.org>',
  TELEGRAM_TOKEN: telegram.token,
  TELEGRAM_API_URL: telegram.api,
});

/** Alice also has mail, Bob also has Telegram; both hold the seat. */
async function start(): Promise<void> {
  const fleet = fleetFile({ discord: stage });
  const also: Readonly<Record<string, object>> = { alice: { email: ALICE }, bob: { telegram: BOB } };
  const teams = fleet.teams.map((team) => ({
    ...team,
    operators: team.operators.map((operator) => ({ ...operator, ...also[operator.id] })),
  }));
  tocsin = await startTocsin({ env: { ...stage.env, ...personal() }, fleet: { ...fleet, teams } });
  await stage.ready();
}

async function fire(alertname: string, status = 'firing'): Promise<void> {
  const labels = { alertname, severity: 'critical', seat: 'alright_DEV' };
  expect((await tocsin.ingress('alerts', { labels, status })).status).toBe(202);
}

interface Row {
  readonly cause: string;
  readonly to: string;
  readonly platform: string;
  readonly state: string;
}

const rows = async (): Promise<readonly Row[]> => (await tocsin.api('deliveries')).body as Row[];
const stateOf = async (platform: string, to: string): Promise<readonly string[]> =>
  (await rows()).filter((row) => row.platform === platform && row.to.includes(to)).map(({ state }) => state);

const onDiscord = (word: string): StoredMessage[] =>
  [stage.rooms.notaries, stage.rooms.ops, ...Object.values(stage.handles)]
    .flatMap((id) => [...discord.messages(id), ...discord.directMessages(id)])
    .filter((message) => shownMessage(message).includes(word));
const inTelegram = (word: string) => telegram.messages(BOB).filter(({ text }) => text.includes(word));

test('no chat is up: people are told by mail and Telegram, rooms when Discord returns, nobody twice', async () => {
  await start();
  expect(tocsin.output()).toMatch(/^mail: connected$/mu);
  expect(tocsin.output()).toMatch(/^Telegram: connected$/mu);
  expect(tocsin.output()).not.toMatch(/Warning/u);
  await fire('Before');
  await discord.until(
    () => onDiscord('Before').length === 3,
    WITHIN_MS,
    'the alert, in the room and directly',
  );
  // What Discord took, the program knows of.
  await vi.waitUntil(async () => (await rows()).every(({ state }) => state === 'delivered'), WITHIN_MS);

  await discord.refuse();
  const lostAt = Date.now();
  await fire('During');
  const [mailed, messaged] = await Promise.all([
    mail.until(({ subject }) => subject.includes('During'), WITHIN_MS),
    telegram.until(({ text }) => text.includes('During'), WITHIN_MS),
  ]);
  console.log(`by mail and Telegram ${Date.now() - lostAt} ms after Discord was lost`);
  expect(mailed.to).toEqual([ALICE]);
  expect(mailed.text).toContain('Over mail, because Discord is down');
  expect(messaged.chat).toBe(BOB);
  expect(messaged.text).toContain('Over Telegram, because Discord is down');
  const told = [
    ...mail.mails.map(({ subject }) => subject),
    ...telegram.messages(BOB).map(({ text }) => text),
  ];
  expect(told.filter((words) => words.includes('Before'))).toEqual([]);

  // An end is told where a message can be changed; a mail stays as it is.
  await vi.waitUntil(async () => (await stateOf('email', 'alice')).includes('delivered'), WITHIN_MS);
  await discord.restore();
  await discord.until(() => onDiscord('During').some(isInRoom), WITHIN_MS, 'the message of the room');
  await fire('During', 'resolved');
  await telegram.until(({ text }) => text.includes('Resolved'), WITHIN_MS);
  await discord.until(() => onDiscord('Resolved: During').some(isInRoom), WITHIN_MS, 'its end');
  expect(inTelegram('During')).toHaveLength(1);
  expect(mail.mails.filter(({ subject }) => subject.includes('During'))).toHaveLength(1);
  expect(onDiscord('During').filter((message) => !isInRoom(message))).toEqual([]);
});

const isInRoom = ({ channelId }: StoredMessage): boolean => channelId === stage.rooms.ops;

test('killed while Telegram gave no answer: not sent there again', async () => {
  await start();
  await discord.refuse();
  telegram.fault('sendMessage', { kind: 'hang' });
  await fire('Unsure');
  const asked = (): number => telegram.calls.filter(({ method }) => method === 'sendMessage').length;
  await vi.waitUntil(() => asked() === 1, WITHIN_MS);
  await tocsin.kill('SIGKILL');
  await tocsin.restart();
  await mail.until(({ subject }) => subject.includes('Unsure'), WITHIN_MS);
  await discord.restore();
  // It goes the only other way there is, and says why.
  const again = await discord.until(
    () => discord.directMessages(stage.handles.bob).find((one) => shownMessage(one).includes('Unsure')),
    60_000,
    'the message by the other way',
  );
  expect(shownMessage(again)).toContain('Telegram');
  expect(asked()).toBe(1);
});

test('mail and Telegram alone: the trial, which says so and sends nothing', async () => {
  tocsin = await startTocsin({ env: personal() });
  expect(tocsin.output()).toContain('Trial: http');
  expect(tocsin.output()).toContain('SMTP_URL: set, but of no use without Discord or Matrix');
  expect(tocsin.output()).toContain('TELEGRAM_TOKEN: set, but of no use without Discord or Matrix');
  expect([mail.connections(), telegram.calls.length]).toEqual([0, 0]);
});
