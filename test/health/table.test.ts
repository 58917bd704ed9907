import { describe, expect, test } from 'vitest';

import type { Block } from '#src/domain/message.ts';
import { healthBlocks, healthTone } from '#src/health/table.ts';
import { health, result } from './seen.ts';

const fine = health([result('peers', 'up', { shown: '8' }), result('tip age', 'up', { shown: '3 min' })]);
const poor = health(
  [
    result('peers', 'degraded', { advice: 'Add peers.' }),
    result('UTXOs', 'down', { shown: '2', remedy: 'split', advice: 'Split.' }),
  ],
  { node: 'blue-1', service: 'LTC' },
);
const gone = health([
  result('daemon', 'down', { shown: 'down', remedy: 'restart-chain' }),
  result('peers', 'unknown'),
  result('tip age', 'unknown'),
]);

const find = <K extends Block['kind']>(blocks: readonly Block[], kind: K) =>
  blocks.find((block): block is Extract<Block, { kind: K }> => block.kind === kind);

describe('the table', () => {
  test('has a row per service, the worst first, a column per check, and marks what is wrong', () => {
    const table = find(healthBlocks([fine, poor]), 'table');
    expect(table?.head).toEqual(['', 'node', 'service', 'peers', 'UTXOs', 'tip age']);
    expect(table?.rows).toEqual([
      ['✖', 'blue-1', 'LTC', '3 ▲', '2 ✖', ''],
      ['✔', 'red-1', 'KMD', '8', '', '3 min'],
    ]);
  });

  test('of services that are fine is all there is', () => {
    expect(healthBlocks([fine, fine]).map(({ kind }) => kind)).toEqual(['table']);
  });

  test('of nothing says so', () => {
    expect(healthBlocks([])).toEqual([{ kind: 'text', text: 'There is nothing to look at.' }]);
  });
});

test('what is wrong is said in words, with what to do; what is not known once per reason', () => {
  expect(find(healthBlocks([poor]), 'text')?.text).toBe(
    '▲ LTC on blue-1: peers is bad. Add peers.\n✖ LTC on blue-1: UTXOs is bad. Split.',
  );
  expect(find(healthBlocks([gone]), 'text')?.text).toBe(
    '✖ KMD on red-1: daemon is bad.\n? KMD on red-1: not seen (peers, tip age)',
  );
});

describe('a proposed remedy', () => {
  test('is a choice that asks for it', () => {
    expect(find(healthBlocks([poor]), 'choices')?.choices).toEqual([
      { label: 'Split UTXOs', emoji: '🔧', words: ['remedy', 'run', 'split', 'blue-1', 'LTC'] },
    ]);
  });

  test('names its service where there are several', () => {
    const labels = find(healthBlocks([poor, gone]), 'choices')?.choices.map(({ label }) => label);
    expect(labels).toEqual(['Split UTXOs: LTC on blue-1', 'Restart daemon: KMD on red-1']);
  });

  test('is offered once, though two checks propose it', () => {
    const twice = health([
      result('a', 'down', { remedy: 'restart-chain' }),
      result('b', 'degraded', { remedy: 'restart-chain' }),
    ]);
    expect(find(healthBlocks([twice]), 'choices')?.choices).toHaveLength(1);
  });
});

test('a whole network stays readable', () => {
  const many = Array.from({ length: 640 }, (_, index) =>
    health([...poor.results], { node: `node-${index}` }),
  );
  const blocks = healthBlocks(many);
  expect(find(blocks, 'table')?.rows).toHaveLength(40);
  const lines = find(blocks, 'text')?.text.split('\n') ?? [];
  expect(lines.slice(-2)).toEqual(['… and 1265 findings more.', '… and 600 services more.']);
  expect(find(blocks, 'choices')?.choices).toHaveLength(5);
});

test.each([
  [[fine], 'good'],
  [[fine, health([result('a', 'unknown')])], 'neutral'],
  [[fine, health([result('a', 'degraded')])], 'warning'],
  [[fine, poor], 'critical'],
  [[], 'good'],
] as const)('tone %#', (healths, tone) => {
  expect(healthTone(healths)).toBe(tone);
});
