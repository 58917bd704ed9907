import { describe, expect, test } from 'vitest';

import type { Block } from '#src/domain/message.ts';
import { whyBlocks } from '#src/health/why.ts';
import { health, result } from './seen.ts';

const textsOf = (blocks: readonly Block[]): readonly string[] =>
  blocks.flatMap((block) => (block.kind === 'text' ? block.text : []));
const rowsOf = (blocks: readonly Block[]): readonly (readonly string[])[] =>
  blocks.flatMap((block) => (block.kind === 'table' ? block.rows : []));

describe('a score explained', () => {
  const poor = health([
    result('listunspent', 'down', { costs: 'time' }),
    result('balance', 'degraded', { costs: 'soon' }),
    result('UTXOs', 'degraded', { costs: 'notarisations' }),
    result('fork', 'unknown', { costs: 'notarisations' }),
    result('peers', 'up', { costs: 'soon' }),
  ]);

  test('names each check, what it takes and why, the dearest first, and what is not known', () => {
    const blocks = whyBlocks([poor]);
    expect(rowsOf(blocks)).toEqual([
      ['−40', 'UTXOs', 'notarisations'],
      ['−15', 'listunspent', 'time'],
      ['−15', 'balance', 'soon notarisations'],
    ]);
    expect(textsOf(blocks)).toEqual([
      'Score: 30 of 100, 1 of 5 checks unknown',
      [
        '−40 ▲ UTXOs, KMD on red-1: UTXOs is bad',
        '−15 ✖ listunspent, KMD on red-1: listunspent is bad',
        '−15 ▲ balance, KMD on red-1: balance is bad',
      ].join('\n'),
      'Not counted, because it is not known:\n? KMD on red-1: not seen (fork)',
    ]);
  });

  test('of a node takes from each service its share', () => {
    const fine = health([result('peers', 'up')], { service: 'LTC' });
    expect(rowsOf(whyBlocks([poor, fine])).map(([points]) => points)).toEqual(['−20', '−7.5', '−7.5']);
  });

  test('where the dearest took all there was, the others take nothing and are said all the same', () => {
    const dead = health([
      result('peers', 'down', { costs: 'soon' }),
      result('fork', 'down', { costs: 'node' }),
    ]);
    expect(rowsOf(whyBlocks([dead]))).toEqual([
      ['−100', 'fork', 'all of its node'],
      ['0', 'peers', 'soon notarisations'],
    ]);
  });

  test('where nothing is wrong, and where nothing is known', () => {
    expect(textsOf(whyBlocks([health([result('peers', 'up')])]))).toEqual([
      'Score: 100 of 100',
      'Nothing is lost.',
    ]);
    expect(textsOf(whyBlocks([health([result('peers', 'unknown')])]))).toEqual([
      'Score: no score: none of 1 check known',
      'Not counted, because it is not known:\n? KMD on red-1: not seen (peers)',
    ]);
  });

  test('of a whole network it stays readable', () => {
    const many = Array.from({ length: 640 }, (_, at) => health(poor.results, { node: `node-${at}` }));
    expect(rowsOf(whyBlocks(many))).toHaveLength(20);
    expect(textsOf(whyBlocks(many))[1]?.split('\n').at(-1)).toBe('… and 1900 findings more.');
    expect(textsOf(whyBlocks(many)).join('').length).toBeLessThan(4_000);
  });
});
