import type { Notice } from '#src/domain/notice.ts';
import { type OperatorId, regularsOf } from '#src/domain/operator.ts';
import type { Place, Urgency } from '#src/domain/room.ts';
import type { Seat, SeatId } from '#src/domain/seat.ts';

import { audienceOf } from './audience.ts';
import { boardCause, noticeCause, reportCause, withdrawalCause } from './causes.ts';
import { copiesOf } from './copies.ts';
import type { BroadcastNeeds } from './notices.ts';
import { openEntry } from './roll.ts';
import { NOTARIES, opsOf } from './rooms.ts';

/** Brings notices to people, and keeps what stands there up to date. */
export interface Sender {
  /** Asks the coordinators. */
  askFor(notice: Notice): Promise<void>;
  /** Roll and deliveries on record; may be repeated until it went through. */
  send(notice: Notice): Promise<void>;
  /** Tells everybody that it was called off; may be repeated. */
  withdraw(notice: Notice): Promise<void>;
  /** Tells the coordinators how it went. */
  report(notice: Notice): Promise<void>;
  /** All messages of it. */
  refresh(notice: Notice): Promise<void>;
  /** The rooms: the same cost for any number of seats. */
  refreshRooms(notice: Notice): Promise<void>;
  /** The rooms, and those who hold one of the seats. */
  refreshFor(notice: Notice, seats: readonly SeatId[]): Promise<void>;
}

const urgencyOf = ({ severity }: Notice): Urgency => (severity === 'mandatory' ? 'mandatory' : 'warning');

export function createSender(needs: BroadcastNeeds): Sender {
  const { rollOf, judge, reminders, fleets, post, logger, ways } = needs;
  const copies = (notice: Notice, to: Place): readonly Place[] =>
    copiesOf(fleets.current(), to, notice, ways);
  const directs = (notice: Notice, operators: Iterable<OperatorId>): readonly Place[] =>
    [...new Set(operators)].flatMap((operator) => copies(notice, { kind: 'direct', operator }));
  /** The room, and the operators of these seats who are written to first. */
  function everybody(notice: Notice, seats: readonly Seat[]): readonly Place[] {
    const fleet = fleets.current();
    const operators = seats.flatMap((seat) => regularsOf(fleet.operatorsOf(seat.id)).map(({ id }) => id));
    return [...copies(notice, NOTARIES), ...(notice.severity === 'info' ? [] : directs(notice, operators))];
  }
  const ops = (notice: Notice): readonly Place[] => copies(notice, opsOf(fleets.current()));

  const refresh = async (notice: Notice, people: readonly Place[]): Promise<void> => {
    await post.refresh(noticeCause(notice.id), [...copies(notice, NOTARIES), ...people]);
    await post.refresh(boardCause(notice.id), ops(notice));
  };

  return {
    askFor: (notice) =>
      post.send(boardCause(notice.id), ops(notice), notice.severity === 'mandatory' ? 'mandatory' : 'info'),
    async send(notice) {
      const fleet = fleets.current();
      const seats: readonly Seat[] = audienceOf(fleet, notice.audience);
      await rollOf(notice.id).add(seats.map(openEntry));
      await judge.begin(notice);
      const to = everybody(notice, seats);
      await post.send(noticeCause(notice.id), to, urgencyOf(notice));
      logger.info({ notice: notice.id, seats: seats.length, copies: to.length }, 'notice sent');
    },
    async withdraw(notice) {
      const seats = audienceOf(fleets.current(), notice.audience);
      await post.send(withdrawalCause(notice.id), everybody(notice, seats), urgencyOf(notice));
    },
    async refresh(notice) {
      await post.refresh(noticeCause(notice.id));
      await post.refresh(boardCause(notice.id));
      await reminders.refresh(notice);
    },
    report: (notice) => post.send(reportCause(notice.id), [opsOf(fleets.current())], 'info'),
    refreshRooms: (notice) => refresh(notice, []),
    async refreshFor(notice, seats) {
      const fleet = fleets.current();
      const operators = seats.flatMap((seat) => fleet.operatorsOf(seat).map(({ id }) => id));
      const people = directs(notice, operators);
      await refresh(notice, people);
      await reminders.refresh(notice, people);
    },
  };
}
