import { ROOM_NOTARIES } from '#src/domain/fleet.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { Path } from '#src/domain/path.ts';

import type { SettingsByKind } from './settings.ts';

/** Names that a fleet may use and that are not in the file itself; where a list is not given, anything goes. */
export interface Known {
  readonly kinds?: SettingsByKind | undefined;
  readonly thresholds?: readonly string[] | undefined;
  readonly profiles?: readonly string[] | undefined;
  readonly alertnames?: readonly string[] | undefined;
  readonly remedies?: readonly string[] | undefined;
}

export interface Misreference {
  readonly path: Path;
  readonly words: string;
}

interface Entry {
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

const HANDLES = ['discord', 'matrix', 'email', 'telegram', 'console'] as const;

/**
 * What one part of the file says of another and is not so. Reads the file as it is written, whether or not its
 * shape is right, so that all faults come at once.
 */
export function misreferences(raw: unknown, known: Known): readonly Misreference[] {
  const file: Entry = { path: [], value: recordOf(raw) };
  const rooms = entriesOf(file, 'rooms');
  const routes = entriesOf(file, 'routes');
  const coins = entriesOf(file, 'coins');
  const teams = entriesOf(file, 'teams');
  const operators = teams.flatMap((team) => entriesOf(team, 'operators'));
  const everybody = new Set(idsOf(operators));
  const seats = teams.flatMap((team) => entriesOf(team, 'seats'));
  const nodes = entriesOf(file, 'nodes');
  const services = nodes.flatMap((node) => entriesOf(node, 'services'));
  const proposals = entryAt(entryAt(file, 'remedies'), 'propose');
  return [
    ...twice('room', rooms),
    ...twice('coin', coins),
    ...twice('team', teams),
    ...twice('operator', operators),
    ...twice('seat', seats),
    ...twice('node', nodes),
    ...nodes.flatMap((node) => twice('service', entriesOf(node, 'services'), ' on this node')),
    ...HANDLES.flatMap((platform) => shared(platform, operators)),
    ...missingNotaries(rooms),
    ...routes.flatMap((route) => [
      ...dangling('room', itemsOf(route, 'rooms'), idsOf(rooms)),
      ...dangling('seat', at(entryAt(route, 'match'), 'seat'), idsOf(seats)),
      ...dangling('node', at(entryAt(route, 'match'), 'node'), idsOf(nodes)),
    ]),
    ...dangling('alert', keysOf(entryAt(entryAt(file, 'patrol'), 'damping')), known.alertnames),
    ...dangling('remedy', keysOf(proposals), known.remedies),
    ...keysOf(proposals).flatMap(({ name }) =>
      dangling('alert', itemsOf(entryAt(proposals, name), 'alerts'), known.alertnames),
    ),
    ...dangling('profile', allAt(coins, 'profile'), known.profiles),
    ...dangling('seat', allAt(nodes, 'seat'), idsOf(seats)),
    ...dangling('coin', allAt(services, 'coin'), idsOf(coins)),
    ...entriesOf(file, 'sources').flatMap((source) =>
      dangling('coin', itemsOf(source, 'coins'), idsOf(coins)),
    ),
    ...teams.flatMap((team) => oncallFaults(team, everybody)),
    ...dangling('kind of service', allAt(services, 'kind'), known.kinds && [...known.kinds.keys()]),
    ...[...coins, ...nodes, ...services].flatMap((entry) =>
      dangling('check', keysOf(entryAt(entry, 'thresholds')), known.thresholds),
    ),
  ];
}

interface Named {
  readonly path: Path;
  readonly name: string;
}

function dangling(
  noun: string,
  names: readonly Named[],
  known: readonly string[] | undefined,
): readonly Misreference[] {
  if (known === undefined || names.length === 0) return [];
  const all = new Set(known);
  return names
    .filter(({ name }) => !all.has(name))
    .map(({ path, name }) => ({ path, words: `there is no ${noun} "${name}"${didYouMean(name, known)}` }));
}

function twice(noun: string, entries: readonly Entry[], where = ''): readonly Misreference[] {
  const seen = new Set<string>();
  return allAt(entries, 'id').flatMap(({ path, name }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ path, words: `there is another ${noun} "${name}"${where}` }];
  });
}

/** A person is recognised by the account alone, so it must be one person's. */
function shared(platform: string, operators: readonly Entry[]): readonly Misreference[] {
  const holders = new Map<string, string>();
  return operators.flatMap((operator) => {
    const [account] = at(operator, platform);
    const [id] = at(operator, 'id');
    if (!account) return [];
    const holder = holders.get(account.name);
    if (holder === undefined) holders.set(account.name, id?.name ?? 'another operator');
    return holder === undefined ? [] : [{ path: account.path, words: `this account is already ${holder}'s` }];
  });
}

const missingNotaries = (rooms: readonly Entry[]): readonly Misreference[] =>
  idsOf(rooms).includes(ROOM_NOTARIES)
    ? []
    : [
        {
          path: ['rooms'],
          words: `there must be a room "${ROOM_NOTARIES}": it takes notices, and alerts that no route matches`,
        },
      ];

/** Only people of a team are on call for it, each once. */
function oncallFaults(team: Entry, everybody: ReadonlySet<string>): readonly Misreference[] {
  const order = itemsOf(entryAt(team, 'oncall'), 'order');
  const members = idsOf(entriesOf(team, 'operators'));
  return order.flatMap(({ path, name }, index) => {
    if (order.findIndex((one) => one.name === name) < index)
      return [{ path, words: `"${name}" is in the order already` }];
    if (members.includes(name)) return [];
    if (everybody.has(name)) return [{ path, words: `operator "${name}" is of another team` }];
    return dangling('operator', [{ path, name }], members);
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});

function entriesOf({ path, value }: Entry, key: string): readonly Entry[] {
  const list = value[key];
  if (!Array.isArray(list)) return [];
  return list.map((entry: unknown, index) => ({ path: [...path, key, index], value: recordOf(entry) }));
}

const entryAt = ({ path, value }: Entry, key: string): Entry => ({
  path: [...path, key],
  value: recordOf(value[key]),
});

const at = ({ path, value }: Entry, key: string): readonly Named[] => {
  const name = value[key];
  return typeof name === 'string' ? [{ path: [...path, key], name }] : [];
};

const allAt = (entries: readonly Entry[], key: string): readonly Named[] =>
  entries.flatMap((entry) => at(entry, key));
const idsOf = (entries: readonly Entry[]): readonly string[] => allAt(entries, 'id').map(({ name }) => name);
const keysOf = ({ path, value }: Entry): readonly Named[] =>
  Object.keys(value).map((name) => ({ path: [...path, name], name }));

function itemsOf({ path, value }: Entry, key: string): readonly Named[] {
  const list = value[key];
  if (!Array.isArray(list)) return [];
  return list.flatMap((name: unknown, index) =>
    typeof name === 'string' ? [{ path: [...path, key, index], name }] : [],
  );
}
