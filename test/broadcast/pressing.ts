import { pino } from 'pino';

import { createReminders } from '#src/broadcast/reminders.ts';
import { acknowledge, openEntry, promise } from '#src/broadcast/roll.ts';
import type { Cause, Delivery } from '#src/domain/delivery.ts';
import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import { DEFAULT_NOTICE_RULES, type NoticeRules } from '#src/domain/notice-rules.ts';
import { Announcement, type Notice, type NoticeId } from '#src/domain/notice.ts';
import type { Operator, OperatorId } from '#src/domain/operator.ts';
import type { RollEntry } from '#src/domain/roll.ts';
import { type Place, placeName } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { createAgenda } from '#src/store/agenda.ts';
import { documents } from '#src/store/documents.ts';
import { createRoll } from '#src/store/roll.ts';
import type { TestRedis } from '#test/real/keyspace.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';
import { recordedPost } from '#test/stand-ins/post.ts';

export const rules: NoticeRules = { ...DEFAULT_NOTICE_RULES, media: 'both' };
export const HOUR_MS = 3_600_000;
export const SENT = Date.UTC(2026, 0, 1, 12);
export const ID = 'n1' as NoticeId;
export const ways = { chat: ['discord', 'matrix'], personal: ['email', 'telegram'] };

/** Alice is quiet by night, bob has mail, frank mail only; stan stands in for red. */
export const fleet: Fleet = fleetOf({
  ...smallFleet,
  notices: rules,
  operators: [
    ...smallFleet.operators.map((operator): Operator => {
      if (operator.id === 'alice') return { ...operator, quiet: { from: '22:00', to: '07:00', zone: 'UTC' } };
      if (operator.id === 'bob') return { ...operator, handles: { ...operator.handles, email: 'bob@x' } };
      if (operator.id === 'frank') return { ...operator, handles: { telegram: '1' } };
      return operator;
    }),
    { id: 'stan' as OperatorId, role: 'notary', team: 'red', backup: true, handles: { discord: 'd-stan' } },
  ],
});

export const noticeOf = (dueHours: number, more: Partial<Notice> = {}): Notice => ({
  ...Announcement.parse({
    subject: 'Komodo 0.9.2',
    deadline: { time: new Date(SENT + dueHours * HOUR_MS).toISOString() },
  }),
  id: ID,
  state: 'sent',
  createdBy: 'carol',
  createdAt: new Date(SENT).toISOString(),
  sentAt: new Date(SENT).toISOString(),
  reminded: [],
  announced: true,
  revision: 1,
  ...more,
});

interface Circumstances {
  /** Team → who is on call. */
  readonly onCall?: Readonly<Record<string, string>>;
  /** Whom the notice itself reached by mail. */
  readonly mailed?: readonly string[];
}

/** Reminders of one notice over real records, with a clock that the test moves and a post like the ledger: each once. */
export async function pressing(
  { connection }: TestRedis,
  notice: Notice,
  { onCall = {}, mailed = [] }: Circumstances = {},
) {
  let nowMs = SENT;
  let deathAt = Infinity;
  let deeds = 0;
  /** Even points in time lie before a deed, odd ones after it. */
  const mortal = async <T>(deed: () => Promise<T>): Promise<T> => {
    const turn = deeds++;
    if (deathAt === 2 * turn) throw new Error('killed');
    const done = await deed();
    if (deathAt === 2 * turn + 1) throw new Error('killed');
    return done;
  };
  const now = () => new Date(nowMs);
  const notices = documents<Notice>(connection, 'notices', {
    keep: 10,
    tally: () => ({}),
    listed: ({ id, state }) => (state === 'sent' ? id : undefined),
  });
  const roll = createRoll(connection, ID);
  await notices.update(ID, () => notice);
  await roll.add(fleet.seats.map(openEntry));
  const agenda = createAgenda(connection, 'reminders');
  /** As the ledger has it: each recipient of a cause once. */
  const told: string[] = [];
  const post = {
    ...recordedPost(),
    send: (cause: Cause, to: readonly Place[]) =>
      mortal(async () => {
        for (const place of to) {
          const line = `${cause.slice(`reminder:${ID}:`.length)} → ${placeName(place)}`;
          if (!told.some((one) => one.endsWith(line))) told.push(`${(nowMs - SENT) / HOUR_MS} ${line}`);
        }
      }),
  };
  const made = () =>
    createReminders({
      notices: { ...notices, update: (...given) => mortal(() => notices.update(...given)) },
      rollOf: () => ({ ...roll, update: (...given) => mortal(() => roll.update(...given)) }),
      dueOf: async ({ deadline }) =>
        deadline?.time === undefined
          ? { by: 'none', words: 'none' }
          : { at: new Date(deadline.time), by: 'time', words: deadline.time },
      agenda: { ...agenda, settle: (...given) => mortal(() => agenda.settle(...given)) },
      oncalls: { firsts: async (asked) => asked.map(([team]) => onCall[team] as OperatorId | undefined) },
      deliveries: {
        list: async () =>
          mailed.map(
            (operator) =>
              ({
                to: { kind: 'direct', operator },
                platform: 'email',
                state: 'delivered',
              }) as unknown as Delivery,
          ),
      },
      post,
      fleets: fixedFleets(fleet),
      ways,
      logger: pino({ level: 'silent' }),
      now,
    });
  let reminders = made();
  await reminders.begin(notice);
  const sweep = () => reminders.sweep();
  return {
    told,
    notices,
    roll,
    sweep,
    refreshed: post,
    compose: (...given: Parameters<typeof reminders.compose>) => reminders.compose(...given),
    refresh: async () =>
      reminders.refresh((await notices.get(ID))!, [{ kind: 'direct', operator: 'bob' as OperatorId }]),
    heed: (entries: readonly RollEntry[]) => reminders.heed(notice, entries),
    /** Sweeps every quarter of an hour. */
    async until(hours: number): Promise<void> {
      for (; nowMs <= SENT + hours * HOUR_MS; nowMs += HOUR_MS / 4) await sweep();
    },
    answer: (operator: string, answer: RollEntry['answer'], reason?: string) =>
      roll.update(
        fleet.seatsOf(operator as OperatorId).map(({ id }) => id),
        (entry) =>
          answer &&
          acknowledge(entry, { by: operator as OperatorId, on: 'discord', answer, reason, at: now() }),
      ),
    ask: (operator: string, forHours: number) =>
      roll.update(
        fleet.seatsOf(operator as OperatorId).map(({ id }) => id),
        (entry) => promise(entry, operator as OperatorId, new Date(nowMs + forHours * HOUR_MS)),
      ),
    contradict: (seat: string, words: string | undefined) =>
      roll.update([seat as SeatId], (entry) => ({
        ...entry,
        contradiction: words,
        revision: entry.revision + 1,
      })),
    now,
    /** The next process takes over; this one dies at a point in time. */
    dieAt(point: number): void {
      reminders = made();
      deeds = 0;
      deathAt = point;
    },
    deeds: () => deeds,
  };
}
