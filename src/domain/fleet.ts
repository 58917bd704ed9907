import type { Node, NodeId, Service, Target, ThresholdOverrides } from './node.ts';
import { DEFAULT_NOTICE_RULES, type NoticeRules } from './notice-rules.ts';
import type { Rota } from './oncall.ts';
import type { Operator, OperatorId } from './operator.ts';
import type { PatrolRules } from './patrol.ts';
import type { Dpow } from './profile.ts';
import { DEFAULT_REMEDY_RULES, type RemedyRules } from './remedy-rules.ts';
import type { Room, RoomId, Route } from './room.ts';
import type { Seat, SeatId } from './seat.ts';
import type { Source } from './source.ts';

export interface Coin {
  readonly id: string;
  readonly profile: string;
  readonly thresholds: ThresholdOverrides;
  /** Right size of a notary UTXO, satoshis (10,000; 100,000 for a few coins). */
  readonly utxoSats: number;
  /** Whether its blocks are notarised, and until when; left out = as its profile has it. */
  readonly dpow?: Dpow | false | undefined;
  /** Addresses of explorers' Insight API (`<address>/block-index/<height>`), to compare its blocks with. */
  readonly references?: readonly string[] | undefined;
}

/** The fleet file, parsed and checked: every reference in it leads somewhere. */
export interface FleetData {
  readonly network: string;
  readonly rooms: readonly Room[];
  readonly routes: readonly Route[];
  readonly coins: readonly Coin[];
  readonly operators: readonly Operator[];
  readonly seats: readonly Seat[];
  readonly nodes: readonly Node[];
  /** `keepMs`: how long the figures of services are kept. */
  readonly patrol: PatrolRules;
  readonly notices?: NoticeRules | undefined;
  readonly remedies?: RemedyRules | undefined;
  readonly rotas?: readonly Rota[] | undefined;
  readonly sources?: readonly Source[] | undefined;
}

/** The fleet with its lookups; immutable, replaced as a whole when the file changes. */
export interface Fleet extends FleetData {
  readonly notices: NoticeRules;
  readonly remedies: RemedyRules;
  readonly rotas: readonly Rota[];
  readonly sources: readonly Source[];
  room(id: string): Room | undefined;
  roomAt(platform: string, address: string): Room | undefined;
  operator(id: string): Operator | undefined;
  /** Who speaks from this account. */
  speaker(platform: string, handle: string): Operator | undefined;
  seat(id: string): Seat | undefined;
  operatorsOf(seat: SeatId): readonly Operator[];
  seatsOf(operator: OperatorId): readonly Seat[];
  node(id: string): Node | undefined;
  coin(id: string): Coin | undefined;
  targets(): readonly Target[];
  target(node: string, service: string): Target | undefined;
  targetsOf(node: NodeId): readonly Target[];
}

/** The running fleet. */
export interface Fleets {
  current(): Fleet;
  /** Called after the running fleet was replaced. */
  onChange(follow: (fleet: Fleet) => void): void;
}

const DEFAULT_UTXO_SATS = 10_000;

export function fleetOf(data: FleetData): Fleet {
  const rooms = new Map(data.rooms.map((room) => [room.id as string, room]));
  const operators = new Map(data.operators.map((operator) => [operator.id as string, operator]));
  const seats = new Map(data.seats.map((seat) => [seat.id as string, seat]));
  const nodes = new Map(data.nodes.map((node) => [node.id as string, node]));
  const coins = new Map(data.coins.map((coin) => [coin.id, coin]));
  const speakers = new Map(
    data.operators.flatMap((operator) =>
      Object.entries(operator.handles).map(
        ([platform, handle]) => [`${platform} ${handle}`, operator] as const,
      ),
    ),
  );
  const addresses = new Map(
    data.rooms.flatMap((room) =>
      Object.entries(room.addresses).map(([platform, address]) => [`${platform} ${address}`, room] as const),
    ),
  );
  const members = Map.groupBy(data.operators, (operator) => operator.team);
  const teamSeats = Map.groupBy(data.seats, (seat) => seat.team);
  const toTarget = (node: Node, service: Service): Target => {
    const coin = service.coin === undefined ? undefined : coins.get(service.coin);
    return {
      node,
      service,
      thresholds: { ...coin?.thresholds, ...service.thresholds },
      profile: coin?.profile,
      dpow: coin?.dpow,
      references: coin?.references,
      utxoSats: coin?.utxoSats ?? DEFAULT_UTXO_SATS,
    };
  };
  const targetsByNode = new Map(
    data.nodes.map((node) => [node.id as string, node.services.map((service) => toTarget(node, service))]),
  );
  const targets = [...targetsByNode.values()].flat();
  return {
    ...data,
    notices: data.notices ?? DEFAULT_NOTICE_RULES,
    remedies: data.remedies ?? DEFAULT_REMEDY_RULES,
    rotas: data.rotas ?? [],
    sources: data.sources ?? [],
    room: (id) => rooms.get(id),
    roomAt: (platform, address) => addresses.get(`${platform} ${address}`),
    operator: (id) => operators.get(id),
    speaker: (platform, handle) => speakers.get(`${platform} ${handle}`),
    seat: (id) => seats.get(id),
    operatorsOf: (seat) => members.get(seats.get(seat)?.team ?? '') ?? [],
    seatsOf: (operator) => teamSeats.get(operators.get(operator)?.team ?? '') ?? [],
    node: (id) => nodes.get(id),
    coin: (id) => coins.get(id),
    targets: () => targets,
    target: (node, service) => targetsByNode.get(node)?.find((target) => target.service.id === service),
    targetsOf: (node) => targetsByNode.get(node) ?? [],
  };
}

/** Rooms that have a meaning of their own. */
export const ROOM_NOTARIES = 'notaries' as RoomId;
export const ROOM_OPS = 'ops' as RoomId;

/** The file the fleet is read from, for the commands that change it. Comments and order stay. */
export interface FleetFile {
  /** Adds a node given as YAML or JSON text; nothing is written unless the whole file still parses. Throws UserError. */
  addNode(source: string): Promise<NodeId>;
  /** Throws UserError when there is none. */
  removeNode(id: string): Promise<void>;
}
