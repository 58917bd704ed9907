import type { Signal } from '#src/domain/alert.ts';
import { type CheckResult, type Finding, type ServiceHealth, worst } from '#src/domain/finding.ts';
import type { PatrolMemory, Remembered, Scope, ServiceName } from '#src/domain/patrol.ts';
import type { Voice } from '#src/domain/voice.ts';

/** A result of a check whose name is its alert's. */
export const result = (
  check: string,
  state: Finding['state'],
  more: Partial<CheckResult> = {},
): CheckResult => ({
  check,
  title: check,
  alertname: check,
  shown: state === 'unknown' ? '?' : '3',
  finding:
    state === 'up'
      ? { state, facts: {} }
      : state === 'unknown'
        ? { state, why: 'not seen' }
        : { state, why: `${check} is bad`, facts: {} },
  ...more,
});

export const health = (
  results: readonly CheckResult[],
  { node = 'red-1', service = 'KMD', at = '2026-01-01T00:00:00.000Z' } = {},
): ServiceHealth => ({
  node,
  service,
  coin: service,
  state: worst(results.map(({ finding }) => finding.state)),
  results,
  at,
  tookMs: 1,
});

const nameOf = (of: object): string => JSON.stringify(of);

/** A memory and an intake that die before or after a chosen one of their writes, as a killed process does. */
export function mortalWorld() {
  const kept = new Map<string, string>();
  const latest = new Map<string, string>();
  const accepted: Signal[] = [];
  const hastened: ServiceName[] = [];
  let writes = 0;
  let deathAt = Infinity;
  let revision = 0;
  /** Even points in time lie before a write, odd ones after it. */
  const write = async (happen: () => void): Promise<void> => {
    const turn = writes++;
    if (deathAt === 2 * turn) throw new Error('killed');
    happen();
    if (deathAt === 2 * turn + 1) throw new Error('killed');
  };
  const recalled = (scope: Scope): Remembered | undefined => {
    const json = kept.get(nameOf(scope));
    return json === undefined ? undefined : (JSON.parse(json) as Remembered);
  };
  const memory: PatrolMemory = {
    recall: async (scope) => recalled(scope),
    async keep(scope, before, after, seen = []) {
      if (recalled(scope)?.revision !== before?.revision) return { isKept: false, stands: recalled(scope) };
      await write(() => {
        if (after) kept.set(nameOf(scope), JSON.stringify({ ...after, revision: ++revision }));
        else kept.delete(nameOf(scope));
        for (const one of seen) latest.set(nameOf([one.node, one.service]), JSON.stringify(one));
      });
      return { isKept: true, stands: recalled(scope) };
    },
    scopes: async () => [...kept.keys()].map((name) => JSON.parse(name) as Scope),
    latest: async (targets) =>
      targets.map(({ node, service }) => {
        const json = latest.get(nameOf([node.id, service.id]));
        return json === undefined ? undefined : (JSON.parse(json) as ServiceHealth);
      }),
    forget: async (services) => services.forEach((one) => latest.delete(nameOf([one.node, one.service]))),
    services: async () =>
      [...latest.keys()].map((name) => {
        const [node, service] = JSON.parse(name) as [string, string];
        return { node, service };
      }),
  };
  return {
    memory,
    intake: {
      accept: async (signals: readonly Signal[]) => {
        if (signals.length > 0) await write(() => void accepted.push(...signals));
        return [];
      },
    },
    turns: { hasten: async (services: readonly ServiceName[]) => void hastened.push(...services) },
    voices: { hear: async (): Promise<readonly Voice[]> => [] },
    accepted,
    /** Services whose turn was brought forward. */
    hastened,
    /** Counting from now. */
    dieAt: (point: number): void => {
      writes = 0;
      deathAt = point;
    },
    live: (): void => {
      deathAt = Infinity;
    },
  };
}
