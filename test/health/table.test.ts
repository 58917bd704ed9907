import { describe, expect, test } from 'vitest';

import { tableLines } from '#src/chat/discord/table.ts';
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
const textsOf = (blocks: readonly Block[]): readonly string[] =>
  blocks.flatMap((block) => (block.kind === 'text' ? block.text : []));
const linesOf = (blocks: readonly Block[]): readonly string[] => {
  const { head = [], rows = [] } = find(blocks, 'table') ?? {};
  return tableLines(head, rows);
};

describe('of one service', () => {
  test('the table has a row per check, the worst first', () => {
    const mixed = health([
      result('peers', 'up', { shown: '8' }),
      result('fork', 'unknown'),
      result('balance', 'degraded', { shown: '0.05' }),
      result('UTXOs', 'down', { shown: '2' }),
    ]);
    expect(find(healthBlocks([mixed]), 'table')).toMatchObject({
      head: ['', 'check', 'seen'],
      rows: [
        ['✖', 'UTXOs', '2'],
        ['▲', 'balance', '0.05'],
        ['?', 'fork', '?'],
        ['✔', 'peers', '8'],
      ],
    });
  });

  test('the score comes first; where all is fine, the table is all there is besides', () => {
    expect(healthBlocks([fine]).map(({ kind }) => kind)).toEqual(['text', 'table']);
    expect(textsOf(healthBlocks([fine]))).toEqual(['Score: 100 of 100']);
    expect(textsOf(healthBlocks([gone]))[0]).toBe('Score: 60 of 100, 2 of 3 checks unknown');
  });
});

describe('of several services', () => {
  test('the table has a row for each, the worst first, and the checks that are not well, the dearest first', () => {
    const table = find(healthBlocks([fine, poor]), 'table');
    expect(table?.head).toEqual(['', 'node', 'service', 'score', 'UTXOs', 'peers']);
    expect(table?.rows).toEqual([
      ['✖', 'blue-1', 'LTC', '45', '2 ✖', '3 ▲'],
      ['✔', 'red-1', 'KMD', '100', '', '8'],
    ]);
  });

  test('where room is left it shows what was measured, of the dearest checks first', () => {
    const figure = { value: 1, unit: 'count' } as const;
    const well = ['KMD', 'LTC'].map((service) =>
      health(
        [
          result('daemon', 'up', { costs: 'notarisations' }),
          result('wallet', 'up', { costs: 'time', figure, shown: '1.2 MB' }),
          result('peers', 'up', { costs: 'soon', figure, shown: '8' }),
          result('UTXOs', 'up', { costs: 'notarisations', figure, shown: '40' }),
          result('a very long title', 'up', { costs: 'notarisations', figure, shown: '5' }),
        ],
        { service },
      ),
    );
    expect(find(healthBlocks(well), 'table')).toMatchObject({
      head: ['', 'service', 'score', 'UTXOs', 'peers', 'wallet'],
      rows: [
        ['✔', 'KMD', '100', '40', '8', '1.2 MB'],
        ['✔', 'LTC', '100', '40', '8', '1.2 MB'],
      ],
    });
  });

  test('of one node it does not repeat the node', () => {
    const other = health([result('peers', 'up')], { service: 'LTC' });
    expect(find(healthBlocks([fine, other]), 'table')?.head).toEqual(['', 'service', 'score']);
  });

  test('with 18 checks each, ten of them bad, it is no wider than a phone shows', () => {
    const titles =
      'daemon sync fork tip-age peers UTXOs balance wallet listunspent dust last-ntx mined key-loaded version disk net-work loop time'.split(
        ' ',
      );
    const many = ['alright-dev-main', 'webworker01-sh-3p'].flatMap((node) =>
      ['KMD', 'LTC', 'SUPERNET'].map((service, turn) =>
        health(
          titles.map((title, at) =>
            result(title, at % 2 === turn % 2 ? 'degraded' : 'up', { shown: `${at} of 1,000` }),
          ),
          { node, service },
        ),
      ),
    );
    const lines = linesOf(healthBlocks(many));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines.length).toBeLessThanOrEqual(2 + many.length * 3);
    expect(textsOf(healthBlocks(many)).join('\n')).toContain('KMD on alright-dev-main: disk is bad');
  });

  test('a long figure is cut in the table', () => {
    const long = health([result('version', 'down', { shown: 'v0.9.2-2-gabcdef0123456' })], {
      node: 'blue-1',
    });
    expect(find(healthBlocks([fine, long]), 'table')?.rows[0]?.at(-1)).toBe('v0.9.2-2-… ✖');
  });
});

test('of nothing it says so', () => {
  expect(healthBlocks([])).toEqual([{ kind: 'text', text: 'There is nothing to look at.' }]);
});

describe('in words', () => {
  test('what is wrong is said with what to do; what is not known once per reason', () => {
    expect(textsOf(healthBlocks([poor]))[1]).toBe(
      '▲ LTC on blue-1: peers is bad. Add peers.\n✖ LTC on blue-1: UTXOs is bad. Split.',
    );
    expect(textsOf(healthBlocks([gone]))[1]).toBe(
      '✖ KMD on red-1: daemon is bad.\n? KMD on red-1: not seen (peers, tip age)',
    );
  });

  test('what each service says of its node is said once, of the node', () => {
    const disk = result('disk', 'down', { of: 'node', advice: 'Make room.' });
    const both = ['KMD', 'LTC'].map((service) => health([disk], { service }));
    expect(textsOf(healthBlocks(both))[1]).toBe('✖ red-1: disk is bad. Make room.');
  });
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
  const lines = textsOf(blocks)[1]?.split('\n') ?? [];
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
