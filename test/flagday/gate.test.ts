import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Counts, NotaryCluster, WorkerNow } from '#src/domain/notary-cluster.ts';
import { gate } from '#src/flagday/gate.ts';
import { createWorkers, NEW, OLD } from '#test/stand-ins/corda/workers.ts';

const before: WorkerNow = { id: 'w1', state: 'up', startedAt: '2026-01-01T00:00:00.000Z' };
const up: WorkerNow = { id: 'w1', state: 'up', startedAt: '2026-01-02T00:00:00.000Z' };

type Seen = Omit<Counts, 'target'>;

/** Each look finds the next of these; the last one stays. */
async function passing(counts: readonly Seen[], more: Partial<NotaryCluster> = {}, now = up) {
  const { cluster } = createWorkers(1);
  let at = 0;
  const said: string[] = [];
  const passed = await gate({
    cluster: {
      ...cluster,
      lookAt: async () => now,
      held: async () => ({ known: { inForce: NEW, accepted: NEW } }),
      counts: async () => counts.slice(at++, at).map((one) => ({ target: 'O_A', ...one })),
      ...more,
    },
    worker: 'w1',
    before,
    hash: NEW,
    everyMs: 1,
    withinMs: 40,
    signal: new AbortController().signal,
    progress: async (why) => void said.push(why),
  });
  return { passed, said };
}
const of = (success: number, fail = 0, inflight = 0): Seen => ({ success, fail, inflight });

describe('a worker passes', () => {
  test.each([
    ['after one more success', [of(4), of(4), of(5)], 1],
    ['when what failed before it was counted does not grow', [of(4, 9), of(6, 9)], 2],
    ['after a fail, with successes since', [of(4), of(5, 1), of(6, 1)], 1],
    ['when the checks are counted anew', [of(40, 3), of(1), of(2)], 1],
    ['when no more are under way than may be', [of(4, 0, 9), of(4, 0, 4), of(4, 0, 3), of(5, 0, 3)], 1],
  ])('%s', async (_name, counts, checks) => {
    expect((await passing(counts)).passed).toEqual({ startedAt: up.startedAt, checks });
  });

  test('when it is the same process and runs with the parameters already: somebody was faster', async () => {
    expect((await passing([of(1), of(2)], {}, before)).passed).toEqual({
      startedAt: before.startedAt,
      checks: 1,
    });
  });

  test('without a health check, by its own word', async () => {
    const { passed } = await passing([], { counts: async () => undefined });
    expect(passed).toEqual({ startedAt: up.startedAt, checks: 0 });
  });
});

describe('a worker does not pass', () => {
  test.each([
    [
      'no check ends',
      Array.from({ length: 99 }, () => of(4)),
      'waits for a check of the notary that succeeds',
    ],
    [
      'each check fails',
      Array.from({ length: 99 }, (_, index) => of(4, index)),
      /a check of O_A failed \(\d+ so far\)/,
    ],
    [
      'too many are under way',
      Array.from({ length: 99 }, (_, index) => of(index, 0, 4)),
      '4 checks of O_A are under way, more than 3',
    ],
    ['it is no target', [], 'is it a target of the health check?'],
  ])('when %s', async (_name, counts, words) => {
    expect((await passing(counts)).passed).toMatchObject({ doubt: expect.stringMatching(words) as string });
  });

  test('when the counts cannot be read', async () => {
    const counts = async () => Promise.reject(new OutsideError('corda', 'timeout', 'no answer in time'));
    expect((await passing([], { counts })).passed).toMatchObject({
      doubt: expect.stringContaining('cannot be read (no answer in time)') as string,
    });
  });

  test.each([
    ['is starting', { ...up, state: 'starting' }, 'it is starting'],
    ['is not known', { id: 'w1', state: 'unknown', why: 'behind a login' }, 'behind a login'],
  ] as const)('when it %s', async (_name, now, words) => {
    expect((await passing([of(1), of(2)], {}, now)).passed).toMatchObject({
      doubt: expect.stringContaining(words) as string,
    });
  });

  test('when it is the same process, and not known to run with the parameters', async () => {
    const held = async () => ({ why: 'its file cannot be read' });
    expect((await passing([of(1), of(2)], { held }, before)).passed).toMatchObject({
      doubt: expect.stringContaining('the same process still runs') as string,
    });
  });

  test('with other parameters than it shall have', async () => {
    const held = async () => ({ known: { inForce: OLD, accepted: NEW } });
    expect((await passing([of(1), of(2)], { held })).passed).toMatchObject({
      doubt: expect.stringContaining(`it runs with parameters ${OLD}, not with ${NEW}`) as string,
    });
  });
});
