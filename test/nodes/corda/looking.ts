import { expect, onTestFinished } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { Access, Node, NodeId, Service, ServiceId, Target } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { corda } from '#src/nodes/corda/index.ts';
import { local } from '#src/remediation/executors/local.ts';
import { health } from '#test/health/seen.ts';
import { seenBy } from '#test/nodes/iguana/looking.ts';
import { nodeMBeans, startJolokia, startNetworkMap } from '#test/stand-ins/corda/corda.ts';
import { parametersFile, type Update } from '#test/stand-ins/corda/serialised.ts';

export const NOW = new Date('2026-01-02T12:00:00Z');
export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);
export const inDays = (days: number): string => ago(-days * 86_400).toISOString();

/** Parameters by their epoch. */
export const [FIRST, SECOND] = [parametersFile(1), parametersFile(2)];
export const updateIn = (days: number): Update => ({
  newParametersHash: SECOND.hash,
  description: 'a second notary',
  updateDeadline: inDays(days),
});

export interface Asked {
  readonly access?: Access;
  readonly thresholds?: Target['thresholds'];
  readonly executor?: Executor | undefined;
  readonly earlier?: readonly CheckResult[] | undefined;
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

/** The Corda notary of seat red_EU with its keys of the fleet file. */
export function targetOf(settings: Readonly<Record<string, unknown>>, asked: Asked = {}): Target {
  const { access = { kind: 'local' }, thresholds = {} } = asked;
  const service: Service = { id: 'notary' as ServiceId, kind: 'corda', settings, thresholds: {} };
  const node: Node = { id: 'red-1' as NodeId, seat: 'red_EU' as SeatId, access, services: [service] };
  return { node, service, thresholds, utxoSats: 10_000 };
}

export async function look(settings: Readonly<Record<string, unknown>>, asked: Asked = {}) {
  const { executor = local({ dataDir: 'unused' }), now = NOW, signal = AbortSignal.timeout(5_000) } = asked;
  const reach = { executor, now, earlier: asked.earlier && health(asked.earlier) };
  const results = await corda.look(targetOf(settings, asked), reach, signal);
  const order = corda.checks.map(({ id }) => id);
  expect(results.map(({ check }) => check)).toEqual(
    order.filter((id) => results.some(({ check }) => check === id)),
  );
  return seenBy(results);
}

export async function networkMap(parametersUpdate?: Update) {
  const map = await startNetworkMap({ networkParameterHash: FIRST.hash, parametersUpdate });
  onTestFinished(() => map[Symbol.asyncDispose]());
  return map;
}

export async function jolokia(startedAt = ago(3_600), status?: string) {
  const agent = await startJolokia(nodeMBeans(startedAt, status));
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}
