import type { Redis } from 'ioredis';

import {
  isMissing,
  type Missing,
  NO_REGION,
  type Roll,
  type RollEntry,
  tallyOf,
  totalsOf,
} from '#src/domain/roll.ts';
import type { SeatId } from '#src/domain/seat.ts';

import { documents } from './documents.ts';

const MOST_SEATS = 100_000;

/** A seat in the list of the missing: an id has no blank, a region may have some. */
const nameOf = ({ seat, region = NO_REGION }: RollEntry): string => `${region} ${seat}`;

function missingOf(name: string): Missing {
  const at = name.lastIndexOf(' ');
  const region = name.slice(0, at);
  const id = name.slice(at + 1) as SeatId;
  return region === NO_REGION ? { id } : { id, region };
}

/** The roll of a notice: a record per seat, and beside them the totals and the missing, in step with every line. */
export function createRoll(redis: Redis, notice: string): Roll {
  const lines = documents<RollEntry>(redis, `roll:${notice}`, {
    keep: MOST_SEATS,
    tally: tallyOf,
    listed: (entry) => (isMissing(entry) ? nameOf(entry) : undefined),
  });
  const present = (found: readonly (RollEntry | undefined)[]): readonly RollEntry[] =>
    found.filter((entry) => entry !== undefined);
  return {
    async add(entries) {
      await lines.addAll(entries.map((entry) => [entry.seat, entry]));
    },
    of: async (seats) => present(await lines.getMany(seats)),
    all: async () => (await lines.list(MOST_SEATS)).toSorted((a, b) => (a.seat < b.seat ? -1 : 1)),
    async update(seats, change) {
      const stands = await lines.updateAll(seats, (_, current) => current && change(current));
      return present(seats.map((seat) => stands.get(seat)));
    },
    totals: async () => totalsOf(await lines.sums()),
    missing: async (limit) => (await lines.names(limit)).map(missingOf),
  };
}
