import type { z } from 'zod';

export type SeatId = string & z.$brand<'SeatId'>;

/** An elected place in the network; its operators are those of its team. */
export interface Seat {
  readonly id: SeatId;
  readonly region?: string | undefined;
  readonly team: string;
}
