import type { Examiner } from '#src/domain/finding.ts';
import type { PatrolMemory } from '#src/domain/patrol.ts';
import type { LookAt } from './look-at.ts';

interface ExaminerNeeds {
  readonly lookAt: LookAt;
  readonly memory: Pick<PatrolMemory, 'latest'>;
  /** Services looked at at once; sockets and memory, not time, ask for a bound. */
  readonly concurrency?: number | undefined;
}

const DEFAULT_CONCURRENCY = 128;

/** Looks on demand; what it sees raises no alert. */
export function createExaminer({
  lookAt,
  memory,
  concurrency = DEFAULT_CONCURRENCY,
}: ExaminerNeeds): Examiner {
  return {
    async examine(targets) {
      // What was seen before makes findings better, it is not needed for them.
      const earlier = await memory.latest(targets).catch(() => []);
      return await inParallel(targets, concurrency, (target, index) => lookAt(target, earlier[index]));
    },
    latest: (targets) => memory.latest(targets),
  };
}

async function inParallel<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}
