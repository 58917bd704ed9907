import type { Fleet } from '#src/domain/fleet.ts';

/** Who somebody is by the fleet file, as far as it is on record. */
export interface Entry {
  readonly role: string;
  readonly team: string;
  readonly seats: string;
  readonly accounts: Readonly<Record<string, string>>;
}
export type Roster = Readonly<Record<string, Entry>>;

/** What became another of one operator, in words: `role` → `notary → coordinator`. */
export interface Change {
  readonly operator: string;
  readonly what: 'added' | 'removed' | 'changed';
  readonly detail: Readonly<Record<string, string>>;
}

/** Everybody of a fleet file. */
export const rosterOf = (file: Fleet): Roster =>
  Object.fromEntries(
    file.operators.map(({ id, role, team, handles }) => [
      id,
      {
        role,
        team,
        seats: file
          .seatsOf(id)
          .map((seat) => seat.id)
          .toSorted()
          .join(' '),
        accounts: handles,
      },
    ]),
  );

/** What is another in the second, operator by operator. */
export function changesBetween(before: Roster, after: Roster): readonly Change[] {
  const operators = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return operators.flatMap((operator): Change[] => {
    const [old, next] = [before[operator], after[operator]];
    const detail = differences(figures(old), figures(next));
    if (Object.keys(detail).length === 0) return [];
    const what = (!old && 'added') || (!next && 'removed') || 'changed';
    return [{ operator, what, detail }];
  });
}

const figures = (entry: Entry | undefined): Readonly<Record<string, string>> =>
  entry ? { role: entry.role, team: entry.team, seats: entry.seats, ...entry.accounts } : {};

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => (before[name] || undefined) !== (after[name] || undefined));
  return Object.fromEntries(
    changed.map((name) => [name, `${before[name] || 'none'} → ${after[name] || 'none'}`]),
  );
}
