import { expect, test } from 'vitest';

import { tableLines } from '#src/chat/discord/table.ts';

test('columns are aligned', () => {
  const lines = tableLines(
    ['service', 'state', 'why'],
    [
      ['KMD', 'up', ''],
      ['LTC', 'degraded', 'no peers'],
    ],
  );
  expect(lines.join('\n')).toBe(
    [
      'service  state     why',
      '───────  ────────  ────────',
      'KMD      up',
      'LTC      degraded  no peers',
    ].join('\n'),
  );
});

test('wide characters take two places', () => {
  expect(
    tableLines(
      [],
      [
        ['✅', 'a'],
        ['公証', 'b'],
        ['abcd', 'c'],
        ['é', 'd'],
      ],
    ),
  ).toEqual(['✅    a', '公証  b', 'abcd  c', 'é     d']);
});

test('a table wider than a phone gives its widest column a line below, and loses nothing', () => {
  const why = 'the daemon does not answer: connection refused at 127.0.0.1';
  expect(
    tableLines(
      ['service', 'why', 'state'],
      [
        ['KMD', why, 'down'],
        ['LTC', '', 'up'],
      ],
    ),
  ).toEqual(['service  state', '───────  ─────', 'KMD      down', `  why: ${why}`, 'LTC      up']);
});

test('line breaks within a cell become blanks; missing cells are empty', () => {
  expect(tableLines(['a', 'b'], [['x\ny']])).toEqual(['a    b', '───  ─', 'x y']);
});
