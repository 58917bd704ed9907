import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import type { FleetData } from '#src/domain/fleet.ts';
import type {
  Access,
  Node,
  NodeId,
  RpcAccess,
  Service,
  ServiceId,
  ThresholdOverrides,
} from '#src/domain/node.ts';
import type { Operator, OperatorId, Quiet } from '#src/domain/operator.ts';
import type { RoomId } from '#src/domain/room.ts';
import type { SeatId } from '#src/domain/seat.ts';

import { noticeRulesOf } from './notices.ts';
import { rotaOf } from './oncall.ts';
import { patrolRulesOf } from './patrol.ts';
import { remedyRulesOf } from './remedies.ts';
import type { FleetFileShape } from './schema.ts';
import { sourceOf } from './sources.ts';
import { statisticsSourceOf } from './statistics.ts';
import { supervisionOf } from './supervisor.ts';

type FileTeam = FleetFileShape['teams'][number];
type FileNode = FleetFileShape['nodes'][number];
type FileService = FileNode['services'][number];

/** The domain's form of a checked file; relative paths on this machine start in `folder`. */
export function fleetDataOf(file: FleetFileShape, folder: string): FleetData {
  return {
    network: file.network,
    rooms: file.rooms.map(({ id, ...addresses }) => ({ id: id as RoomId, addresses: present(addresses) })),
    routes: file.routes.map(({ escalateAfter: escalateAfterMs, ...route }) => ({
      ...route,
      rooms: route.rooms as RoomId[],
      ...(escalateAfterMs !== undefined && { escalateAfterMs }),
    })),
    coins: file.coins,
    operators: file.teams.flatMap((team) => operatorsOf(team, file.notices.quiet)),
    seats: file.teams.flatMap(({ id: team, seats }) =>
      seats.map(({ id, region }) => ({ id: id as SeatId, region, team })),
    ),
    nodes: file.nodes.map((node) => nodeOf(node, file.coins, folder)),
    patrol: patrolRulesOf(file.patrol),
    notices: noticeRulesOf(file.notices),
    remedies: remedyRulesOf(file.remedies),
    rotas: file.teams.flatMap(({ id, oncall }) => (oncall ? [rotaOf(id, oncall)] : [])),
    sources: [
      ...file.sources.map((source) => sourceOf(source, (path) => pathIn(folder, path))),
      ...file.statistics.map(statisticsSourceOf),
    ],
  };
}

const operatorsOf = (
  { id: team, operators, quiet: teams }: FileTeam,
  networks: Quiet | undefined,
): readonly Operator[] =>
  operators.map(({ id, role, backup, quiet = teams ?? networks, ...handles }) => ({
    id: id as OperatorId,
    role,
    team,
    handles: present(handles),
    ...(backup === true && { backup }),
    ...(quiet !== undefined && { quiet }),
  }));

function nodeOf(node: FileNode, coins: FleetFileShape['coins'], folder: string): Node {
  const here = (path: string): string => pathIn(folder, path);
  const there = node.access.kind === 'local' ? here : (path: string): string => path;
  const outerOf = ({ coin: id }: FileService): ThresholdOverrides =>
    overridden(coins.find((coin) => coin.id === id)?.thresholds ?? {}, node.thresholds);
  return {
    id: node.id as NodeId,
    seat: node.seat as SeatId,
    server: node.server,
    access: accessOf(node.access, here),
    services: node.services.map((service) => serviceOf(service, outerOf(service), there)),
  };
}

function accessOf(access: FileNode['access'], here: (path: string) => string): Access {
  if (access.kind === 'ssh') return { ...access, identityFile: here(access.identityFile) };
  if (access.kind === 'kubernetes' && access.kubeconfig !== undefined)
    return { ...access, kubeconfig: here(access.kubeconfig) };
  return access;
}

/** `there` makes whole paths of those that are this machine's. */
function serviceOf(file: FileService, outer: ThresholdOverrides, there: (path: string) => string): Service {
  const { id, kind, coin, rpc, url, pubkey, supervisor, walletFile, every, thresholds, ...settings } = file;
  return {
    id: id as ServiceId,
    kind,
    coin,
    rpc: rpc && rpcOf(rpc, there),
    url,
    pubkey,
    ...(supervisor && { supervisor: supervisionOf(supervisor) }),
    walletFile: walletFile === undefined ? undefined : there(walletFile),
    ...(every !== undefined && { everyMs: every }),
    thresholds: overridden(outer, thresholds),
    ...(Object.keys(settings).length > 0 && { settings }),
  };
}

function rpcOf(
  { url, user, password, conf, cli }: NonNullable<FileService['rpc']>,
  there: (path: string) => string,
): RpcAccess {
  if (cli !== undefined) return { cli };
  return url === undefined ? { conf: there(conf ?? '') } : { url, user, password };
}

/** A figure given nearer to the service wins; the other figure of the same check stays. */
function overridden(outer: ThresholdOverrides, inner: ThresholdOverrides): ThresholdOverrides {
  const checks = new Set([...Object.keys(outer), ...Object.keys(inner)]);
  return Object.fromEntries([...checks].map((check) => [check, { ...outer[check], ...inner[check] }]));
}

const pathIn = (folder: string, path: string): string =>
  path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path);

const present = (record: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
