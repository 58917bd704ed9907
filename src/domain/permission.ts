import { UserError } from './errors.ts';
import type { Fleet } from './fleet.ts';
import { hasRole, type Operator, type Role } from './operator.ts';
import type { SeatId } from './seat.ts';

/** Whether a seat is this operator's own. */
export const holds = (fleet: Fleet, operator: Operator, seat: SeatId): boolean =>
  fleet.seatsOf(operator.id).some((own) => own.id === seat);

/** Refuses whoever has less than the role. */
export function requireRole(operator: Operator, least: Role): void {
  if (!hasRole(operator.role, least)) {
    throw new UserError(`This needs the role ${least}; you are ${operator.role}.`);
  }
}

/** A coordinator anywhere, a notary on the own seats, nobody else. */
export function requireSeat(fleet: Fleet, operator: Operator, seat: SeatId): void {
  if (hasRole(operator.role, 'coordinator')) return;
  requireRole(operator, 'notary');
  if (!holds(fleet, operator, seat)) {
    throw new UserError(`Seat ${seat} is not yours: only its own operators and coordinators may do this.`);
  }
}
