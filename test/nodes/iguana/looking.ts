import { expect, onTestFinished } from 'vitest';

import type { Executor, Process } from '#src/domain/executor.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { Access, Node, NodeId, Service, ServiceId, Target } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { iguana } from '#src/nodes/iguana/index.ts';
import { health } from '#test/health/seen.ts';
import { local } from '#src/remediation/executors/local.ts';
import { maskOf, type Row, startIguana, type StandInIguana } from '#test/stand-ins/iguana/iguana.ts';

export const NOW = new Date('2026-01-02T12:00:00Z');
export const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
export const OWN = 5;

/** Of this process, whatever the port. */
export const PROCESS: Process = {
  pid: 4711,
  startedAt: '89',
  argv: ['iguana', 'elected'],
  cwd: '/',
  env: {},
};

export interface Asked {
  readonly access?: Access;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly thresholds?: Target['thresholds'];
  readonly executor?: Executor | undefined;
  readonly earlier?: readonly CheckResult[] | undefined;
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

/** The iguana of seat red_EU at an address. */
export function targetOf(
  url: string | undefined,
  { access = { kind: 'local' }, ...asked }: Asked = {},
): Target {
  const { settings, thresholds = {} } = asked;
  const service: Service = {
    id: 'iguana' as ServiceId,
    kind: 'iguana',
    url,
    thresholds: {},
    ...(settings && { settings }),
  };
  const node: Node = { id: 'red-1' as NodeId, seat: 'red_EU' as SeatId, access, services: [service] };
  return { node, service, thresholds, utxoSats: 10_000 };
}

/** Sees iguana's process; connects for real. */
export const seeing = (process: Process | undefined): Executor => ({
  ...local({ dataDir: 'unused' }),
  listening: async () => process,
});

/** What the patrol saw at its last look: iguana has run since then. */
export const runningSince = (minutes: number): readonly CheckResult[] => [
  {
    check: 'iguana-answers',
    title: 'iguana',
    alertname: 'IguanaDown',
    shown: 'answers',
    finding: {
      state: 'up',
      facts: { runsSince: ago(minutes).toISOString(), process: `${PROCESS.pid} of ${PROCESS.startedAt}` },
    },
  },
];

export async function standIn(): Promise<StandInIguana> {
  const made = await startIguana();
  onTestFinished(() => made[Symbol.asyncDispose]());
  made.rows = roundOf(8);
  return made;
}

/** A round in which the first so many notaries of ten hear all of each other; red_EU is the sixth. */
export const roundOf = (speaking: number, except: readonly number[] = []): readonly Row[] => {
  const ids = Array.from({ length: speaking }, (_, id) => id).filter((id) => !except.includes(id));
  return Array.from({ length: 10 }, (_, id) => ({
    notary: id === OWN ? 'red_EU' : `notary${id}_AR`,
    bestk: id < speaking ? 3 : -1,
    recvmask: id < speaking ? maskOf(...ids) : maskOf(),
    bestmask: maskOf(),
  }));
};

/** One look at an iguana that is there for long, unless told otherwise. */
export async function look(made: StandInIguana | { readonly url: string | undefined }, asked: Asked = {}) {
  const { executor = seeing(PROCESS), now = NOW, signal = AbortSignal.timeout(5_000) } = asked;
  const earlier = 'earlier' in asked ? asked.earlier : runningSince(60);
  const reach = { executor, now, earlier: earlier && health(earlier) };
  const results = await iguana.look(targetOf(made.url, asked), reach, signal);
  expect(results.map(({ check }) => check)).toEqual(iguana.checks.map(({ id }) => id));
  return seenBy(results);
}

/** Results by their check. */
export function seenBy(results: readonly CheckResult[]) {
  const of = (check: string): CheckResult =>
    results.find((result) => result.check === check) ?? expect.unreachable(`no check ${check}`);
  return {
    results,
    of,
    state: (check: string) => of(check).finding.state,
    why: (check: string): string => {
      const { finding } = of(check);
      return 'why' in finding ? finding.why : '';
    },
  };
}
