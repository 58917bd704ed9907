import type { Answer } from '#src/domain/roll.ts';

export type Medium = 'discord' | 'matrix' | 'email';

/** How a person answers: by a button or a reaction under the own message or the room's, by typed words, or by a command. */
export type Way = 'button' | 'reaction' | 'typed' | 'command' | 'room button' | 'room reaction';

export interface Deed {
  readonly by: Way;
  readonly says: Answer | 'snooze';
}

export interface Person {
  readonly id: string;
  readonly seat: string;
  readonly on: readonly Medium[];
  /** Takes no direct messages in Discord. */
  readonly closed: boolean;
  readonly backup: boolean;
  /** One after the other; nothing = says nothing. */
  readonly deeds: readonly Deed[];
}

type Role = Partial<Pick<Person, 'on' | 'closed' | 'backup' | 'deeds'>>;

const does = (by: Way, ...says: readonly Deed['says'][]): Pick<Person, 'deeds'> => ({
  deeds: says.map((one) => ({ by, says: one })),
});

const DISCORD = { on: ['discord'] } as const;
const BOTH = { on: ['discord', 'matrix'] } as const;
const MATRIX = { on: ['matrix'] } as const;
const MAIL = { on: ['email'] } as const;
const CLOSED = { closed: true } as const;
const BACKUP = { ...DISCORD, backup: true } as const;

/** So many seats, each with such operators. */
const SEATS: readonly (readonly [number, ...Role[]])[] = [
  [8, { ...DISCORD, ...does('button', 'on-it') }],
  [4, { ...DISCORD, ...does('button', 'on-it', 'done') }],
  [6, { ...DISCORD, ...does('button', 'done') }],
  [2, { ...DISCORD, ...does('command', 'cannot') }],
  [3, { ...DISCORD, ...does('room button', 'done') }],
  [1, { ...DISCORD, ...does('button', 'snooze') }],
  [3, DISCORD],
  [1, DISCORD, { ...BACKUP, ...does('button', 'done') }],
  [1, DISCORD, BACKUP],
  [1, { on: ['discord', 'email'] }],
  [4, { ...BOTH, ...does('button', 'on-it') }],
  [3, { ...BOTH, ...does('reaction', 'done') }],
  [2, { ...BOTH, ...does('reaction', 'on-it') }],
  [2, { ...BOTH, ...does('typed', 'done') }],
  [1, { ...BOTH, ...does('room reaction', 'on-it') }],
  [2, BOTH],
  [2, { ...DISCORD, ...does('button', 'on-it') }, { ...MATRIX, ...does('typed', 'done') }],
  // Closed direct messages.
  [2, { ...BOTH, ...CLOSED, ...does('reaction', 'done') }],
  [1, { ...BOTH, ...CLOSED, ...does('typed', 'on-it') }],
  [1, { ...BOTH, ...CLOSED, ...does('typed', 'cannot') }],
  [1, { on: ['discord', 'email'], ...CLOSED, ...does('room button', 'done') }],
  [2, { on: ['discord', 'email'], ...CLOSED }],
  [1, { ...DISCORD, ...CLOSED, ...does('room button', 'on-it') }],
  [2, { ...DISCORD, ...CLOSED }],
  // Only on Matrix: these, and one of each pair above.
  [1, { ...MATRIX, ...does('reaction', 'done') }],
  [1, { ...MATRIX, ...does('typed', 'on-it') }],
  [1, { ...MATRIX, ...does('typed', 'cannot') }],
  [1, { ...MATRIX, ...does('room reaction', 'done') }],
  [1, MATRIX],
  [3, MAIL],
];

const REGIONS = ['EU', 'NA', 'AR', 'SH', 'DEV'];

export interface Seat {
  readonly id: string;
  readonly region: string;
  readonly people: readonly Person[];
}

const plan = SEATS.flatMap(([count, ...roles]) => Array.from({ length: count }, () => roles));

/** 64 seats and everybody who holds one. */
export const CAST: readonly Seat[] = plan.map((roles, index) => {
  const number = `${index + 1}`.padStart(2, '0');
  const region = REGIONS[index % REGIONS.length] ?? '';
  const id = `seat${number}_${region}`;
  const people = roles.map(({ on = [], closed = false, backup = false, deeds = [] }, at): Person => ({
    id: `op${number}${'abc'[at]}`,
    seat: id,
    on,
    closed,
    backup,
    deeds,
  }));
  return { id, region, people };
});

export const PEOPLE: readonly Person[] = CAST.flatMap(({ people }) => people);
export const isOn = (person: Pick<Person, 'on'>, medium: Medium): boolean => person.on.includes(medium);
/** Who reads direct messages there. */
export const canRead = (person: Person, medium: Medium): boolean =>
  isOn(person, medium) && !(medium === 'discord' && person.closed);
