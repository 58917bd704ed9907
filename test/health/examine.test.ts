import pino from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';

import { createExaminer } from '#src/health/examine.ts';
import type { Looker } from '#src/health/look.ts';
import { createLookAt } from '#src/health/look-at.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { FAULTS, startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { mortalWorld, result } from './seen.ts';

function examinerOf(lookers: readonly Looker[], limitMs: number, concurrency?: number) {
  const logged: unknown[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const lookAt = createLookAt({
    kinds: lookers,
    executors: () => undefined,
    logger,
    now: () => new Date('2026-01-01T00:00:00Z'),
    limitMs,
  });
  return { ...createExaminer({ lookAt, memory: mortalWorld().memory, concurrency }), logged };
}

const lookerOf = (id: string, look: Looker['look']): Looker => ({ id, look });
const never = () => new Promise<never>(() => undefined);

test('daemons that do whatever they like do not delay each other beyond the limit', async () => {
  const limitMs = 1_500;
  const daemons = await Promise.all(
    [...FAULTS, 'hang' as const, undefined].map(async (fault) => {
      const daemon = await startDaemon();
      daemon.fault(fault);
      onTestFinished(() => daemon[Symbol.asyncDispose]());
      return daemon;
    }),
  );
  const targets = daemons.map((rpc, index) => targetOf({ rpc, node: `n${index}` }));
  const began = performance.now();
  const healths = await examinerOf(kinds, limitMs).examine(targets);
  expect(performance.now() - began).toBeLessThan(limitMs + 900);
  expect(healths.map(({ node }) => node)).toEqual(targets.map(({ node }) => node.id));
  expect(healths.filter(({ results }) => results[0]?.finding.state === 'up').map(({ node }) => node)).toEqual(
    ['n9'],
  );
  for (const { tookMs } of healths) expect(tookMs).toBeLessThan(limitMs + 900);
});

describe('one service', () => {
  test('of a kind that this version does not know is unknown, in words', async () => {
    const [health] = await examinerOf(kinds, 100).examine([targetOf({ kind: 'unheard-of', coin: 'KMD' })]);
    expect(health).toMatchObject({
      state: 'unknown',
      results: [{ finding: { why: 'this version cannot look at services of kind unheard-of' }, shown: '?' }],
    });
  });

  test('whose kind ignores the signal is given up', async () => {
    const [health] = await examinerOf([lookerOf('utxo', never)], 50).examine([targetOf()]);
    expect(health).toMatchObject({
      state: 'unknown',
      results: [{ finding: { why: 'no result within 0.05 s' } }],
    });
  });

  test('whose kind has a fault of ours is unknown, and the log has it', async () => {
    const examiner = examinerOf([lookerOf('utxo', () => Promise.reject(new Error('our bug')))], 50);
    const [health] = await examiner.examine([targetOf()]);
    expect(health?.state).toBe('unknown');
    expect(examiner.logged).toMatchObject([{ node: 'red-1', service: 'LTC', err: { message: 'our bug' } }]);
  });

  test('has the worst state of its results', async () => {
    const looker = lookerOf('utxo', async () => [
      result('a', 'up'),
      result('b', 'degraded'),
      result('c', 'unknown'),
    ]);
    const [health] = await examinerOf([looker], 50).examine([targetOf()]);
    expect(health).toMatchObject({ node: 'red-1', service: 'LTC', coin: 'LTC', state: 'degraded' });
  });
});

test('no more than the bound are looked at at once, and all in the end', async () => {
  let running = 0;
  let most = 0;
  const looker = lookerOf('utxo', async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return [result('a', 'up')];
  });
  const targets = Array.from({ length: 20 }, (_, index) => targetOf({ node: `n${index}` }));
  const healths = await examinerOf([looker], 1_000, 3).examine(targets);
  expect(most).toBe(3);
  expect(healths.map(({ node }) => node)).toEqual(targets.map(({ node }) => node.id));
  expect(await examinerOf([looker], 1_000).examine([])).toEqual([]);
});
