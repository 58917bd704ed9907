import type { Logger } from 'pino';

import type { Agenda } from '#src/domain/agenda.ts';
import type { Due } from '#src/domain/deadline.ts';
import type { Compose, Deliveries, Post } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { Oncalls } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { RollEntry, RollOf } from '#src/domain/roll.ts';
import { type Place, recipientName } from '#src/domain/room.ts';

import { boardCause, noticeCause, reminderCause } from './causes.ts';
import { copiesOf, type Ways } from './copies.ts';
import { breakPromise, promisedUntil, turnOf } from './pressed.ts';
import { composeReminders } from './reminder-compose.ts';
import { NOTARIES, opsOf } from './rooms.ts';
import { type Call, callsOf } from './whom.ts';

interface ReminderNeeds {
  readonly notices: {
    get(id: string): Promise<Notice | undefined>;
    /** Ids of the notices that were sent and have not ended. */
    names(limit: number): Promise<readonly string[]>;
    update(id: string, change: (current: Notice | undefined) => Notice | undefined): Promise<unknown>;
  };
  readonly rollOf: RollOf;
  readonly dueOf: (notice: Notice) => Promise<Due>;
  /** When each notice has to be looked at next. */
  readonly agenda: Agenda;
  readonly oncalls: Pick<Oncalls, 'firsts'>;
  readonly deliveries: Deliveries;
  readonly post: Post;
  readonly fleets: Fleets;
  readonly ways: Ways;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The pressure on those who are missing, until the notice ends. */
export interface Reminders {
  /** On record when it resolves, before the notice counts as sent. */
  begin(notice: Notice): Promise<void>;
  /** Lines changed: looks again when time that was asked for is over, and when what was said is contradicted still. */
  heed(notice: Notice, entries: readonly RollEntry[]): Promise<void>;
  /** Brings the latest reminders of these people up to date; of everybody, rooms included, when nobody is named. */
  refresh(notice: Notice, people?: readonly Place[]): Promise<void>;
  /** Takes the steps whose time has come; costs nothing while there is none. May be killed anywhere. */
  sweep(): Promise<void>;
  readonly compose: Compose;
}

const MOST_OPEN = 1_000;
const MOST_AT_ONCE = 20;
const MOST_DELIVERIES = 100_000;
/** A height's time moves with the chain; and whoever is pressed anew is told of the step that stands. */
const LOOK_EVERY_MS = 3_600_000;
/** A notice that is still being sent out is looked at again after this. */
const SOON_MS = 15_000;
/** So many of the latest reminders are kept up to date, and so many remembered. */
const MOST_REFRESHED = 6;
const MOST_REMEMBERED = 200;

export function createReminders(needs: ReminderNeeds): Reminders {
  const { notices, rollOf, dueOf, agenda, post, fleets, ways, logger, now } = needs;
  let isResumed = false;

  /** Takes what is due of a notice; resolves with when to look again. */
  async function look(id: string): Promise<Date | undefined> {
    const notice = await notices.get(id);
    if (notice?.state !== 'sent' || notice.sentAt === undefined) return undefined;
    const at = now();
    if (!notice.announced) return new Date(at.getTime() + SOON_MS);
    const fleet = fleets.current();
    const due = await dueOf(notice);
    const entries = await rollOf(notice.id).all();
    await markBroken(notice, entries);
    const { calls, nextAt } = callsOf({
      fleet,
      notice,
      ladder: {
        severity: notice.severity,
        sentAt: new Date(notice.sentAt),
        due: due.at,
        rules: fleet.notices,
      },
      entries,
      now: at,
      ways,
      first: await onCallNow(at),
      toldPersonally: ways.personal.length > 0 ? await toldPersonally(notice) : new Set(),
    });
    for (const call of calls) await tell(notice, call);
    const again = notice.deadline?.height || nextAt ? at.getTime() + LOOK_EVERY_MS : Infinity;
    const nextMs = Math.min(again, nextAt?.getTime() ?? Infinity);
    return Number.isFinite(nextMs) ? new Date(nextMs) : undefined;
  }

  /** That a promise was broken stands on its line, and on the board. */
  async function markBroken(notice: Notice, entries: readonly RollEntry[]): Promise<void> {
    const fresh = entries.filter((entry) => breakPromise(entry, now()) !== entry);
    if (fresh.length === 0) return;
    await rollOf(notice.id).update(
      fresh.map(({ seat }) => seat),
      (entry) => breakPromise(entry, now()),
    );
    const fleet = fleets.current();
    await Promise.all([
      post.refresh(boardCause(notice.id), copiesOf(fleet, opsOf(fleet), notice, ways)),
      post.refresh(noticeCause(notice.id), copiesOf(fleet, NOTARIES, notice, ways)),
    ]);
  }

  /** The messages on record first: what is written of them later may be written again. */
  async function tell(notice: Notice, { step, to, seats }: Call): Promise<void> {
    const cause = reminderCause(notice.id, step);
    await post.send(cause, to, notice.severity === 'mandatory' ? 'mandatory' : 'warning');
    const at = now().toISOString();
    if (ESCALATIONS.has(step)) {
      await rollOf(notice.id).update(seats, (entry) =>
        entry.escalations.some((one) => one.to === step)
          ? undefined
          : { ...entry, escalations: [...entry.escalations, { at, to: step }] },
      );
    }
    if (notice.reminded.some((one) => one.step === step)) return await post.refresh(cause, to.filter(isRoom));
    const taken = { step, at, seats: seats.length, to: new Set(to.map(recipientName)).size };
    await notices.update(notice.id, (current) =>
      !current || current.reminded.some((one) => one.step === step)
        ? undefined
        : { ...current, reminded: [...current.reminded, taken].slice(-MOST_REMEMBERED) },
    );
    logger.info({ notice: notice.id, ...taken }, 'reminded');
  }

  async function onCallNow(at: Date): Promise<(team: string) => OperatorId | undefined> {
    const teams = [...new Set(fleets.current().seats.map(({ team }) => team))];
    const firsts = await needs.oncalls.firsts(teams.map((team) => [team, at] as const));
    const byTeam = new Map(teams.map((team, index) => [team, firsts[index]]));
    return (team) => byTeam.get(team);
  }

  async function toldPersonally(notice: Notice): Promise<ReadonlySet<OperatorId>> {
    const rows = await needs.deliveries.list({ cause: noticeCause(notice.id), limit: MOST_DELIVERIES });
    return new Set(
      rows.flatMap(({ to, platform, state }) =>
        to.kind === 'direct' && ways.personal.includes(platform) && UNDER_WAY.has(state) ? [to.operator] : [],
      ),
    );
  }

  return {
    compose: composeReminders(needs),
    async begin(notice) {
      await agenda.plan([{ id: notice.id, atMs: now().getTime() }]);
    },
    async heed(notice, entries) {
      const at = now();
      const times = entries.flatMap((entry) => promisedUntil(entry, at) ?? turnOf(entry, at)?.at ?? []);
      await agenda.plan(times.map((time) => ({ id: notice.id, atMs: time.getTime() })));
    },
    async refresh(notice, people) {
      for (const { step } of notice.reminded.slice(-MOST_REFRESHED)) {
        const direct = people?.flatMap((place) => (step === 'personal' ? personally(place, ways) : [place]));
        await post.refresh(reminderCause(notice.id, step), direct);
      }
    },
    async sweep() {
      if (!isResumed) {
        const ids = await notices.names(MOST_OPEN);
        await agenda.plan(ids.map((id) => ({ id, atMs: now().getTime() })));
        isResumed = true;
      }
      for (const planned of await agenda.list(now().getTime(), MOST_AT_ONCE)) {
        try {
          await agenda.settle(planned, (await look(planned.id))?.getTime());
        } catch (error) {
          logger.warn({ err: error, notice: planned.id }, 'reminders of a notice were interrupted');
        }
      }
    },
  };
}

/** Steps that stand on the line of the seat. */
const ESCALATIONS: ReadonlySet<string> = new Set(['personal', 'backup', 'coordinators', 'room']);
const UNDER_WAY: ReadonlySet<string> = new Set(['queued', 'sending', 'delivered']);
const isRoom = ({ kind }: Place): boolean => kind === 'room';

/** The copies by personal media are recipients of their own. */
const personally = (place: Place, { personal }: Ways): readonly Place[] =>
  place.kind === 'direct' ? personal.map((_, from) => ({ ...place, via: personal.slice(from) })) : [];
