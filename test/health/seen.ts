import type { Signal } from '#src/domain/alert.ts';
import { type CheckResult, type Finding, type ServiceHealth, worst } from '#src/domain/finding.ts';
import type { PatrolMemory, Remembered } from '#src/domain/patrol.ts';

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

const name = ({ node, service }: { node: string; service: string }): string => `${node} ${service}`;

/** A memory and an intake that die before or after a chosen one of their writes, as a killed process does. */
export function mortalWorld() {
  const kept = new Map<string, string>();
  const accepted: Signal[] = [];
  let writes = 0;
  let deathAt = Infinity;
  /** Even points in time lie before a write, odd ones after it. */
  const write = async (happen: () => void): Promise<void> => {
    const turn = writes++;
    if (deathAt === 2 * turn) throw new Error('killed');
    happen();
    if (deathAt === 2 * turn + 1) throw new Error('killed');
  };
  const memory: PatrolMemory = {
    recall: async (of) => {
      const json = kept.get(name(of));
      return json === undefined ? undefined : (JSON.parse(json) as Remembered);
    },
    keep: (of, remembered) => write(() => void kept.set(name(of), JSON.stringify(remembered))),
    forget: (of) => write(() => void kept.delete(name(of))),
    list: async () =>
      [...kept.keys()].map((key) => {
        const [node = '', service = ''] = key.split(' ');
        return { node, service };
      }),
    latest: async (targets) =>
      Promise.all(
        targets.map(
          async ({ node, service }) => (await memory.recall({ node: node.id, service: service.id }))?.latest,
        ),
      ),
  };
  return {
    memory,
    intake: {
      accept: async (signals: readonly Signal[]) => {
        if (signals.length > 0) await write(() => void accepted.push(...signals));
        return [];
      },
    },
    accepted,
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
