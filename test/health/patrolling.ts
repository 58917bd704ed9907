import pino from 'pino';

import type { Dampings } from '#src/domain/damping.ts';
import type { Signal } from '#src/domain/alert.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import { type Fleet, type Fleets, fleetOf } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

import { health, mortalWorld } from './seen.ts';

/** So that one look decides. */
export const AT_ONCE = { looks: 1, of: 1, forMs: 0, margin: 0 } as const;

/** The small fleet with other nodes: so many services on each. */
export function fleetWith(nodes: Readonly<Record<string, number>>): Fleet {
  const made = Object.entries(nodes).map(([id, services]) => {
    const { node } = targetOf({ node: id, service: 'S0' });
    return {
      ...node,
      services: Array.from(
        { length: services },
        (_, at) => targetOf({ node: id, service: `S${at}` }).service,
      ),
    };
  });
  return fleetOf({ ...smallFleet, nodes: made });
}

interface Asked {
  readonly fleets?: Fleets | undefined;
  readonly damping?: Dampings | undefined;
}

/** A patrol over services whose states the test says, and a clock that moves by half a minute each look. */
export function patrolling({ fleets = fixedFleets(), damping = {} }: Asked = {}) {
  const world = mortalWorld();
  let time = Date.UTC(2026, 0, 1);
  let seen: readonly CheckResult[] = [];
  const now = () => new Date(time);
  /** A process that knows nothing but what is on record. */
  const born = () =>
    createPatrol({
      ...world,
      kinds: [{ damping }],
      fleets,
      now,
      logger: pino({ level: 'silent' }),
      lookAt: async ({ node, service }) =>
        health(seen, { node: node.id, service: service.id, at: now().toISOString() }),
    });
  let patrol = born();
  const targetNamed = (name: string | undefined): Target => {
    const [node = 'red-1', service = 'KMD'] = name?.split(' ') ?? [];
    const target = fleets.current().target(node, service);
    if (!target) throw new Error(`no ${node} ${service} in this fleet`);
    return target;
  };
  const of = async (
    name: string | undefined,
    results: readonly CheckResult[],
  ): Promise<readonly Signal[]> => {
    seen = results;
    time += 30_000;
    const before = world.accepted.length;
    await patrol.patrolService(targetNamed(name));
    return world.accepted.slice(before);
  };
  return {
    ...world,
    patrol: () => patrol,
    /** Answers with the signals this look gave. */
    sees: (...results: readonly CheckResult[]) => of(undefined, results),
    /** The same, of `node service`. */
    seesOf: (name: string, ...results: readonly CheckResult[]) => of(name, results),
    /** Another process goes on. */
    restart: () => void (patrol = born()),
    wait: (ms: number) => void (time += ms),
    now,
  };
}

export const short = (signals: readonly Signal[]): readonly string[] =>
  signals.map(({ labels, status }) => `${status} ${labels['alertname']} ${labels['severity']}`);
