import type { Milestones } from '#src/domain/report.ts';
import type { RollEntry, Totals } from '#src/domain/roll.ts';

import { canRead, CAST, isOn, type Medium, PEOPLE, type Person, type Seat } from './cast.ts';
import type { Said, Truth } from './people.ts';
import { type Kind, type Sight, sightsIn, sightsOf } from './sights.ts';
import { NEW_DIRECTS, type Stage } from './stage.ts';

/** A notice as /api tells it. */
export interface NoticeNow {
  readonly id: string;
  readonly state: string;
  readonly sentAt: string;
  readonly counts: Totals;
  readonly seats: readonly RollEntry[];
  readonly report?: {
    readonly seats: number;
    readonly reached: Milestones;
    readonly answered: Milestones;
    readonly endedAs: Readonly<Record<string, number>>;
    readonly reachedOn: Readonly<Record<string, number>>;
    readonly answeredOn: Readonly<Record<string, number>>;
    readonly silent: readonly string[];
    readonly escalated: Readonly<Record<string, number>>;
  };
}

const answersOf = (truth: Truth, { id }: Pick<Seat, 'id'>): readonly Said[] =>
  truth.said
    .filter(({ person, says }) => person.seat === id && says !== 'snooze')
    .toSorted((a, b) => a.takenAt - b.takenAt);
export const isSilent = (truth: Truth, seat: Pick<Seat, 'id'>): boolean =>
  !truth.said.some(({ person }) => person.seat === seat.id);

/** A copy of a message goes to each chat; the last one goes on to mail. Each copy is one message, on one of its media. */
const copiesOf = (person: Person): readonly (readonly Medium[])[] => {
  const chats = (['discord', 'matrix'] as const).filter((medium) => isOn(person, medium));
  const mail = isOn(person, 'email') ? (['email'] as const) : [];
  const copies = chats.map((chat, at) => (at === chats.length - 1 ? [chat, ...mail] : [chat]));
  const all: readonly (readonly Medium[])[] = copies.length > 0 ? copies : [mail];
  return all
    .map((media) => media.filter((medium) => canRead(person, medium)))
    .filter((media) => media.length > 0);
};

const MEDIA: readonly Medium[] = ['discord', 'matrix', 'email'];
const of = (sights: readonly Sight[], kind: Kind): readonly Sight[] =>
  sights.filter((one) => one.kind === kind);

/** The same thing told twice to one person, or into one room, on one medium. */
export function doubled(stage: Stage): readonly string[] {
  const places: readonly (readonly [string, readonly Sight[]])[] = [
    ...PEOPLE.map((person) => [person.id, sightsOf(stage, person)] as const),
    ...(['notaries', 'ops'] as const).map((room) => [room, sightsIn(stage, room)] as const),
  ];
  return places.flatMap(([place, sights]) =>
    MEDIA.flatMap((medium) => {
      const here = sights.filter((one) => one.medium === medium);
      const told = here.filter(({ kind }) => kind === 'reminder').map(({ first }) => first);
      return [
        ...(['notice', 'coordinators', 'report'] as const).flatMap((kind) => {
          const count = of(here, kind).length;
          return count > 1 ? [`${place} ${medium}: ${count} times the ${kind}`] : [];
        }),
        ...(new Set(told).size < told.length
          ? [`${place} ${medium}: reminded with the same words:\n${told.join('\n--\n')}`]
          : []),
      ];
    }),
  );
}

/** Who was not told the notice, though there is a way. */
export function untold(stage: Stage, truth: Truth): readonly string[] {
  return PEOPLE.filter(({ backup }) => !backup).flatMap((person) => {
    const notices = of(sightsOf(stage, person), 'notice');
    // Nobody is told any more what somebody has answered meanwhile.
    const isAnswered = answersOf(truth, { id: person.seat }).length > 0;
    return copiesOf(person).flatMap((media) => {
      const count = notices.filter(({ medium }) => media.includes(medium)).length;
      return count === 1 || (count === 0 && isAnswered)
        ? []
        : [`${person.id} ${media.join()}: ${count} notices`];
    });
  });
}

/**
 * The pressure on those who said nothing, as it came: a reminder over each way they have, personal media for who has
 * them beside a chat, whoever stands in, the list of the coordinators, the call in the room of all.
 */
export function unpressed(stage: Stage, truth: Truth): readonly string[] {
  const silent = CAST.filter((seat) => isSilent(truth, seat));
  const people = silent
    .flatMap((seat) => seat.people)
    .flatMap((person) => {
      const sights = sightsOf(stage, person);
      const count = of(sights, 'reminder').length;
      const least = copiesOf(person).length;
      // Whom the notice itself has come to by mail already gets no mail because of saying nothing in a chat.
      const most = isOn(person, 'email') && isOn(person, 'discord') ? least + 1 : least;
      const isMailed = !isOn(person, 'email') || sights.some(({ medium }) => medium === 'email');
      const words = `${person.id}: ${count} reminders, not ${least} to ${most}`;
      return [
        ...(count >= least && count <= most ? [] : [words]),
        ...(isMailed ? [] : [`${person.id}: nothing by mail`]),
      ];
    });
  const rooms = (['discord', 'matrix'] as const).flatMap((medium) => {
    const list = of(sightsIn(stage, 'ops'), 'coordinators').filter((one) => one.medium === medium);
    const call = of(sightsIn(stage, 'notaries'), 'reminder').filter((one) => one.medium === medium);
    return [
      ...(list.length === 1 ? [] : [`${medium}: ${list.length} lists of the coordinators`]),
      ...(call.length === 1 ? [] : [`${medium}: ${call.length} calls in the room`]),
      ...silent.flatMap(({ id }) => [
        ...(list.every(({ first }) => first.includes(id)) ? [] : [`${medium}: ${id} is not on the list`]),
        ...(call.every(({ first }) => first.includes(id)) ? [] : [`${medium}: ${id} was not called`]),
      ]),
    ];
  });
  return [...people, ...rooms];
}

const SLACK_MS = 1_500;

/** What the roll says that is not so. */
export function untrue(stage: Stage, truth: Truth, { seats }: NoticeNow): readonly string[] {
  const entries = new Map(seats.map((entry) => [entry.seat as string, entry]));
  return CAST.flatMap((seat) => {
    const entry = entries.get(seat.id);
    if (!entry) return [`${seat.id}: has no line`];
    const found = [...untrueReach(stage, seat, entry), ...untrueAnswer(truth, seat, entry)];
    return found.map((words) => `${seat.id}: ${words}`);
  });
}

function untrueReach(stage: Stage, { people }: Seat, entry: RollEntry): readonly string[] {
  const got = people.flatMap((person) =>
    sightsOf(stage, person)
      .filter(({ kind }) => kind === 'notice' || kind === 'reminder')
      .map(({ medium, at }) => ({ id: person.id, medium, at })),
  );
  const { reachedBy, reachedOn, reachedAt, acknowledgedBy, acknowledgedOn, acknowledgedAt } = entry;
  // Whoever answers before a message has come was reached by the room.
  const isBySaying =
    reachedBy === acknowledgedBy && reachedOn === acknowledgedOn && reachedAt === acknowledgedAt;
  if (isBySaying && (reachedAt !== undefined || got.length === 0)) return [];
  const that = got.find(({ id, medium }) => id === reachedBy && medium === reachedOn);
  if (!that) return [`reached ${reachedBy} on ${reachedOn}, but ${JSON.stringify(got)}`];
  return Date.parse(reachedAt ?? '') + SLACK_MS < that.at ? [`reached at ${reachedAt}, before it came`] : [];
}

function untrueAnswer(truth: Truth, seat: Seat, entry: RollEntry): readonly string[] {
  const said = answersOf(truth, seat);
  const { acknowledgedBy, acknowledgedOn, acknowledgedAt, answer, reason, promise } = entry;
  const faults: string[] = [];
  const snoozed = truth.said.find(({ person, says }) => person.seat === seat.id && says === 'snooze');
  if ((promise?.by as string | undefined) !== snoozed?.person.id) faults.push(`promised by ${promise?.by}`);
  if (said.length === 0) {
    if (acknowledgedBy !== undefined || answer !== undefined)
      faults.push(`nobody answered, but ${acknowledgedBy} ${answer}`);
    return faults;
  }
  const first = said.find(({ person, on }) => person.id === acknowledgedBy && on === acknowledgedOn);
  const at = Date.parse(acknowledgedAt ?? '');
  if (!first) faults.push(`acknowledged by ${acknowledgedBy} on ${acknowledgedOn}, who did not`);
  else if (!(at >= first.triedAt - SLACK_MS && at <= first.takenAt + SLACK_MS))
    faults.push(`acknowledged at ${acknowledgedAt}, when nobody did`);
  const last = said.some(({ says }) => says === 'done') ? 'done' : said.at(-1)?.says;
  if (answer !== last) faults.push(`answer ${answer}, said ${said.map(({ says }) => says).join()}`);
  if ((answer === 'cannot') !== (reason !== undefined)) faults.push(`answer ${answer}, reason ${reason}`);
  return faults;
}

/** Messages that do not show how it stands. */
export function stale(stage: Stage, { counts, seats }: NoticeNow): readonly string[] {
  const entries = new Map(seats.map((entry) => [entry.seat as string, entry]));
  const people = PEOPLE.flatMap((person) => {
    const { answer, answeredBy } = entries.get(person.seat) ?? {};
    const isSettled = answer === 'on-it' || answer === 'done';
    return sightsOf(stage, person)
      .filter(({ kind, medium }) => (kind === 'notice' || kind === 'reminder') && medium !== 'email')
      .flatMap(({ now, open, medium, kind }) => {
        const words = answer === undefined ? 'missing' : `${answer}: ${answeredBy}`;
        const mayDo = answer === 'on-it' && answeredBy === person.id;
        const promised = now.includes('asked for time until');
        if (!now.includes(words) && !promised)
          return [`${person.id} ${medium} ${kind}: not "${words}":\n${now}`];
        return open === (!isSettled || mayDo)
          ? []
          : [`${person.id} ${medium} ${kind}: ${open ? 'still' : 'not'} open:\n${now}`];
      });
  });
  const numbers = `reached ${counts.reached} · acknowledged ${counts.acknowledged} · proven 0 · missing ${counts.missing}`;
  const rooms = (['notaries', 'ops'] as const).flatMap((room) =>
    of(sightsIn(stage, room), 'notice')
      .filter(({ now }) => !now.includes(numbers))
      .map(({ medium, now }) => `${room} ${medium}: not "${numbers}":\n${now}`),
  );
  return [...people, ...rooms];
}

/** New channels that were opened faster than Discord lets a bot, as seen there; and those that it refused. */
export function beyondBudget({ discord }: Stage): readonly string[] {
  const { refused, users } = discord.directMessageOpens;
  const seen = new Set<unknown>();
  const times = discord.requests.flatMap(({ method, path, body, at, status }) => {
    const who = (body as { recipient_id?: unknown } | undefined)?.recipient_id;
    if (method !== 'POST' || path !== '/users/@me/channels' || status !== 200 || seen.has(who)) return [];
    seen.add(who);
    return [at.getTime()];
  });
  const most = Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + NEW_DIRECTS.perMs).length),
  );
  console.log(
    `new direct-message channels: ${users.length}, at most ${most} in ${NEW_DIRECTS.perMs / 1_000} s (allowed: ${NEW_DIRECTS.count}), refused ${refused}`,
  );
  return [
    ...(refused > 0 ? [`Discord refused ${refused} channels`] : []),
    ...(most > NEW_DIRECTS.count ? [`${most} channels within ${NEW_DIRECTS.perMs} ms`] : []),
    ...(new Set(users).size < users.length ? ['a channel was opened twice'] : []),
  ];
}

/** What the report says that does not add up, or is not what happened. */
export function unreported(
  stage: Stage,
  truth: Truth,
  { report, seats, counts }: NoticeNow,
): readonly string[] {
  if (!report) return ['there is no report'];
  const sums = {
    seats: report.seats,
    lines: seats.length,
    endedAs: sumOf(report.endedAs),
    reachedOn: sumOf(report.reachedOn),
    answeredOn: sumOf(report.answeredOn),
  };
  const silent = CAST.filter((seat) => isSilent(truth, seat) || answersOf(truth, seat).length === 0);
  const cannot = CAST.filter((seat) => answersOf(truth, seat).at(-1)?.says === 'cannot').length;
  const cards = of(sightsIn(stage, 'ops'), 'report');
  const words = `${CAST.length} seats: ${CAST.length - silent.length - cannot} answered, ${cannot} cannot`;
  return [
    ...Object.entries(sums).flatMap(([name, sum]) => (sum === CAST.length ? [] : [`${name}: ${sum}`])),
    ...(report.silent.toSorted().join() ===
    silent
      .map(({ id }) => id)
      .toSorted()
      .join()
      ? []
      : [`silent: ${report.silent.join()}, not ${silent.map(({ id }) => id).join()}`]),
    ...(counts.acknowledged === CAST.length - silent.length ? [] : [`acknowledged: ${counts.acknowledged}`]),
    ...(cards.length === 1 ? [] : [`${cards.length} reports in ops`]),
    ...cards.flatMap(({ now }) => (now.includes(words) ? [] : [`not "${words}":\n${now}`])),
  ];
}

const sumOf = (counts: Readonly<Record<string, number>> | undefined): number =>
  Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
