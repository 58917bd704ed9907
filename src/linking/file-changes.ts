import type { Audit } from '#src/domain/audit.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { type Message, table, text } from '#src/domain/message.ts';
import { TOCSIN } from '#src/domain/operator.ts';

import { type Change, changesBetween, type Roster, rosterOf } from './roster.ts';

/** The people as they were last on record, and what of the changes since is not audited and told yet. */
export interface RosterRecord {
  readonly number: number;
  readonly roster: Roster;
  readonly untold: readonly { readonly number: number; readonly changes: readonly Change[] }[];
}

interface Options {
  readonly records: {
    get(id: string): Promise<RosterRecord | undefined>;
    update(
      id: string,
      change: (current: RosterRecord | undefined) => RosterRecord | undefined,
    ): Promise<RosterRecord | undefined>;
  };
  readonly audit: Pick<Audit, 'write'>;
  /** Says something in room ops, once per key. */
  readonly note: (key: readonly string[], message: Message) => Promise<void>;
}

const ID = 'roster';
/** The number of the first file: there is nothing before it that it could have changed. */
const FIRST = 0;

/**
 * Puts on record what a changed fleet file changed of its people: also what it changed while nothing ran, and once over
 * all processes. A crash in the middle may audit a change twice; none is lost.
 */
export function createFileChanges({ records, audit, note }: Options) {
  async function tell({ number, changes }: RosterRecord['untold'][number], roster: Roster): Promise<unknown> {
    if (number === FIRST) return audit.write(firstEntry(roster));
    for (const { operator, what, detail } of changes) {
      await audit.write({ who: TOCSIN.id, what: `operator.${what}`, about: operator, detail });
    }
    return note(['roster', `${number}`], message(changes));
  }

  return {
    /** Takes the people of the file down; what is another since the last time becomes audited and told. */
    async follow(file: Fleet): Promise<void> {
      const roster = rosterOf(file);
      await records.update(ID, (current) => {
        if (!current) return { number: FIRST, roster, untold: [{ number: FIRST, changes: [] }] };
        const changes = changesBetween(current.roster, roster);
        if (changes.length === 0) return current;
        const number = current.number + 1;
        return { number, roster, untold: [...current.untold, { number, changes }] };
      });
    },
    /** Audits and tells what is not yet; by one process at a time. */
    async sweep(): Promise<void> {
      const record = await records.get(ID);
      if (!record) return;
      for (const change of record.untold) {
        await tell(change, record.roster);
        await records.update(
          ID,
          (current) =>
            current && {
              ...current,
              untold: current.untold.filter(({ number }) => number !== change.number),
            },
        );
      }
    },
  };
}

const coordinatorsOf = (roster: Roster): string =>
  Object.entries(roster)
    .filter(([, { role }]) => role === 'coordinator')
    .map(([id]) => id)
    .join(' ');

const firstEntry = (roster: Roster) => ({
  who: TOCSIN.id,
  what: 'operator.known',
  detail: { operators: `${Object.keys(roster).length}`, coordinators: coordinatorsOf(roster) || 'none' },
});

function message(changes: readonly Change[]): Message {
  const rows = changes.flatMap(({ operator, what, detail }) =>
    Object.entries(detail).map(([name, change]) => [operator, what, name, change]),
  );
  return {
    tone: 'warning',
    title: 'The fleet file changed who may do what',
    blocks: [
      text('If nobody of you changed it, somebody else can write that file: look at the machine it lies on.'),
      table(['operator', 'was', 'what', 'before → after'], rows),
    ],
  };
}
