import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Notice } from '#src/domain/notice.ts';
import type { RollEntry } from '#src/domain/roll.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Actor, Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, openDiscordStage, type PersonName } from './fleet.ts';

const SECOND_MS = 1_000;
const DUE_MS = 75 * SECOND_MS;
/** Steps are looked for every quarter of a minute; what a killed process held is given up after half a minute. */
const WITHIN_MS = 90 * SECOND_MS;
const SHOWN_WITHIN_MS = 5 * SECOND_MS;
const LADDER = {
  personal: '10s',
  reminders: ['40s'],
  backups: '30s',
  coordinators: '25s',
  room: '20s',
  overdue: '30s',
  quietUntil: '10s',
};

let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin;

beforeAll(async () => {
  stage = await openDiscordStage();
  discord = stage.discord;
  const fleet = fleetFile({ discord: stage });
  const teams = fleet.teams.map((team) => ({
    ...team,
    operators: team.operators.map((operator) =>
      operator.id === 'bob' ? { ...operator, backup: true } : operator,
    ),
  }));
  tocsin = await startTocsin({ env: stage.env, fleet: { ...fleet, teams, notices: LADDER } });
  await stage.ready();
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const as = (name: PersonName): Actor => discord.as(stage.handles[name]);
const told = (list: readonly StoredMessage[], mark: string): readonly StoredMessage[] =>
  list.filter((message) => message.interactionId === undefined && shownMessage(message).includes(mark));
const reminders = (name: PersonName) => told(discord.directMessages(stage.handles[name]), '⏰');
const until = (look: () => readonly StoredMessage[], what: string, withinMs = WITHIN_MS) =>
  discord.until(() => look().length > 0, withinMs, what);
const answer = async (name: PersonName, args: Readonly<Record<string, string>>): Promise<string> =>
  shownMessage(await (await as(name).slash('/ack', args)).replied());

interface DeliveryRow {
  readonly cause: string;
  readonly to: string;
  readonly state: string;
}

async function killAndGoOn(): Promise<void> {
  await tocsin.kill();
  await tocsin.restart();
  await stage.ready();
}

test(
  'those who are missing are pressed, each once per step, over two kills',
  { timeout: 300_000 },
  async () => {
    const time = new Date(Date.now() + DUE_MS).toISOString();
    const { body } = await tocsin.ingress('notices', {
      subject: 'Litecoin 0.21.4',
      text: 'Now.',
      deadline: { time },
    });
    const { id } = body as { id: string };
    await (await as('carol').slash('/approve', { id })).replied();
    await until(() => told(discord.directMessages(stage.handles.alice), 'Litecoin 0.21.4'), 'the notice');
    expect(told(discord.directMessages(stage.handles.bob), 'Litecoin 0.21.4')).toEqual([]);
    await answer('frank', { id, answer: 'snooze', reason: '10s' });
    expect(await answer('frank', { id, answer: 'snooze', reason: '10s' })).toContain('asked for time until');

    await until(() => reminders('alice'), 'the reminder to alice');
    await killAndGoOn();
    await until(() => reminders('bob'), 'whoever stands in');
    await killAndGoOn();
    await until(() => told(discord.messages(stage.rooms.ops), '📋 2 seats missing'), 'the list in ops');
    await until(() => told(discord.messages(stage.rooms.notaries), '📢'), 'the call-out in the room');
    await until(() => reminders('frank'), 'the promise that was broken');
    expect(
      reminders('frank').some((message) => shownMessage(message).includes('You asked for time until')),
    ).toBe(true);
    await until(() => told(reminders('alice'), 'overdue by'), 'what is said past the deadline');

    const notice = (await tocsin.api(`notices/${id}`)).body as Notice & {
      readonly seats: readonly RollEntry[];
    };
    expect(notice.seats.map(({ escalations }) => escalations.map(({ to }) => to).toSorted())).toEqual([
      ['backup', 'coordinators', 'room'],
      ['coordinators', 'room'],
    ]);

    await answer('alice', { id, answer: 'done' });
    const isClosed = (message: StoredMessage): boolean => !shownMessage(message).includes("I'm on it");
    await discord.until(() => reminders('alice').every(isClosed), SHOWN_WITHIN_MS, 'the end of the buttons');

    const rows = ((await tocsin.api('deliveries?limit=500')).body as DeliveryRow[]).filter(({ cause }) =>
      cause.startsWith(`reminder:${id}:`),
    );
    const names = rows.map(({ cause, to }) => `${cause} ${to}`);
    expect(new Set(names).size).toBe(names.length);
    const delivered = (to: string): number =>
      rows.filter((row) => row.to === to && row.state === 'delivered').length;
    for (const name of ['alice', 'bob', 'frank'] as const) {
      expect(reminders(name).length).toBe(delivered(`operator:${name}`));
    }
    expect(told(discord.messages(stage.rooms.notaries), '📢').length).toBe(delivered('room:notaries'));
    expect(told(discord.messages(stage.rooms.ops), '📋').length).toBe(delivered('room:ops'));
    expect(delivered('room:ops')).toBe(1);

    await (await as('carol').slash('/notice close', { id, reason: 'tried' })).replied();
    await discord.until(() => reminders('frank').length === 0, SHOWN_WITHIN_MS, 'the end of all reminders');
  },
);
