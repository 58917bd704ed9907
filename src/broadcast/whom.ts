import type { Fleet } from '#src/domain/fleet.ts';
import type { Notice } from '#src/domain/notice.ts';
import { hasRole, type Operator, type OperatorId, regularsOf } from '#src/domain/operator.ts';
import type { RollEntry } from '#src/domain/roll.ts';
import type { Place } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';

import { copiesOf, isReachable, type Ways } from './copies.ts';
import { isMatterOfCoordinators, isPressed, promisedUntil, type Turn, turnOf } from './pressed.ts';
import { type Ladder, nextStepAt, reminderOf, type Step, stepsUntil, tellingAt } from './pressure.ts';
import { NOTARIES, opsOf } from './rooms.ts';

/** What has to be told now: `step` names it for ever, so that nobody is told it twice. */
export interface Call {
  readonly step: string;
  readonly to: readonly Place[];
  /** The seats it is about. */
  readonly seats: readonly SeatId[];
}

export interface Calling {
  readonly fleet: Fleet;
  readonly notice: Notice;
  readonly ladder: Ladder;
  readonly entries: readonly RollEntry[];
  readonly now: Date;
  readonly ways: Ways;
  /** Who of a team is on call. */
  readonly first: (team: string) => OperatorId | undefined;
  /** Whom the notice itself reached over a personal medium. */
  readonly toldPersonally: ReadonlySet<OperatorId>;
}

interface Calls {
  readonly calls: readonly Call[];
  /** When to look again; undefined: nothing will come. */
  readonly nextAt?: Date | undefined;
}

/** Whom to press now, and when to look again. The same question has the same answer: nothing of it is remembered here. */
export function callsOf(calling: Calling): Calls {
  const { fleet, notice, ladder, entries, now } = calling;
  const steps = stepsUntil(ladder, now);
  const pressed = entries.filter((entry) => isPressed(entry, { now, due: ladder.due }));
  const waits: Date[] = [];
  const people = createPeople(calling, waits);
  const called = (step: string, seats: readonly RollEntry[], to: readonly Place[]): Call => ({
    step,
    to,
    seats: seats.map(({ seat }) => seat),
  });
  const room = (id: Place & { readonly kind: 'room' }): readonly Place[] =>
    copiesOf(fleet, id, notice, calling.ways);

  const reminder = reminderOf(steps);
  /** What happened to a seat after the reminder that stands is told in place of it. */
  const ownTurn = (entry: RollEntry): Turn | undefined => {
    const turn = turnOf(entry, now);
    return turn && !(reminder && turn.since <= reminder.at) ? turn : undefined;
  };
  const calls = [...steps.filter(({ kind }) => kind !== 'reminder'), ...(reminder ? [reminder] : [])].flatMap(
    (step): readonly Call[] => {
      if (step.kind === 'room') return [called(step.name, pressed, pressed.length > 0 ? room(NOTARIES) : [])];
      if (step.kind === 'coordinators') {
        const matters = entries.filter((entry) => pressed.includes(entry) || isMatterOfCoordinators(entry));
        return [called(step.name, matters, matters.length > 0 ? room(opsOf(fleet)) : [])];
      }
      const seats = pressed.filter((entry) => step.kind !== 'reminder' || !ownTurn(entry));
      const direct = people(step, seats);
      if (step.kind !== 'reminder')
        return [called(step.name, seats.filter(reachedBy(fleet, direct)), direct)];
      const isOverdue = ladder.due !== undefined && step.at > ladder.due;
      return [
        called(step.name, seats, [...(isOverdue && seats.length > 0 ? room(NOTARIES) : []), ...direct]),
      ];
    },
  );
  for (const step of ['contradicted', 'promise'] as const) {
    const turned = pressed.filter((entry) => ownTurn(entry)?.step === step);
    const due = turned.filter((entry) => (ownTurn(entry)?.at ?? now) <= now);
    waits.push(...turned.flatMap((entry) => ownTurn(entry)?.at ?? []).filter((at) => at > now));
    calls.push(called(step, due, people({ kind: 'reminder', name: step, at: now }, due)));
  }

  // With the deadline itself: from then on, whoever is still on it is pressed as well.
  const isAhead = ladder.due !== undefined && ladder.due > now;
  const promises = entries.map((entry) => promisedUntil(entry, now));
  const later = [nextStepAt(ladder, now), isAhead ? ladder.due : undefined, ...waits, ...promises];
  const nextMs = Math.min(...later.flatMap((at) => (at ? [at.getTime()] : [])));
  return {
    calls: calls.filter(({ to }) => to.length > 0),
    ...(Number.isFinite(nextMs) && { nextAt: new Date(nextMs) }),
  };
}

/** The seats that such messages are about. */
const reachedBy = (fleet: Fleet, places: readonly Place[]): ((entry: RollEntry) => boolean) => {
  const people = new Set(places.flatMap((place) => (place.kind === 'direct' ? [place.operator] : [])));
  return ({ seat }) => fleet.operatorsOf(seat).some(({ id }) => people.has(id));
};

type People = (step: Step, seats: readonly RollEntry[]) => readonly Place[];

/** Picks the people of a step; who has quiet hours now is waited for. */
function createPeople(calling: Calling, waits: Date[]): People {
  const { fleet, notice, ladder, now, ways, first, toldPersonally } = calling;
  const { rules, due } = ladder;

  const members = (seat: SeatId, step: Step): readonly Operator[] => {
    const team = fleet.operatorsOf(seat);
    const regular = regularsOf(team);
    const others = team.filter((operator) => !regular.includes(operator));
    if (step.kind === 'backup') return others;
    if (step.kind === 'personal') return regular;
    const onCall = first(fleet.seat(seat)?.team ?? '');
    // While there is time, whoever is on call is asked alone.
    const isEarly = due !== undefined && due.getTime() - step.at.getTime() > rules.backupsMs;
    const asked = regular.filter((operator) => operator.id === onCall && isReachable(operator, ways));
    if (isEarly && asked.length > 0) return asked;
    const called = notice.reminded.find((one) => one.step === 'backup');
    return called && new Date(called.at) < step.at ? [...regular, ...others] : regular;
  };

  const placesOf = (operator: Operator, step: Step): readonly Place[] => {
    const direct = { kind: 'direct', operator: operator.id } as const;
    if (step.kind !== 'personal') return copiesOf(fleet, direct, notice, ways);
    const has = (platform: string): boolean => operator.handles[platform] !== undefined;
    const via = ways.personal.filter(has);
    // Who is on no chat got the notice itself there.
    const isNews = ways.chat.some(has) && via.length > 0 && !toldPersonally.has(operator.id);
    return isNews ? [{ ...direct, via }] : [];
  };

  return (step, seats) => {
    const all = seats.flatMap(({ seat }) => members(seat, step));
    const able = [...new Map(all.map((one) => [one.id, one])).values()].filter(
      (operator) => hasRole(operator.role, 'notary') && isReachable(operator, ways),
    );
    return able.flatMap((operator) => {
      const at = step.name === 'promise' ? now : tellingAt(now, { quiet: operator.quiet, due, rules });
      if (at <= now) return placesOf(operator, step);
      waits.push(at);
      return [];
    });
  };
}
