import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { COSTS } from '#src/domain/finding.ts';
import { POINTS } from '#src/domain/score.ts';
import { COST_WORDS } from '#src/health/why.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { root } from '#test/real/root.ts';

const page = readFileSync(join(root, 'docs/health.md'), 'utf8');
/** Rows of a table of the page, cells without their padding. */
const rowsUnder = (head: string): readonly (readonly string[])[] => {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => line.replaceAll(/\s+/g, ' ').startsWith(head));
  expect(at, head).toBeGreaterThan(0);
  const end = lines.indexOf('', at);
  return lines.slice(at + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

test('docs/health.md: the points are those that are taken', () => {
  const rows = rowsUnder('| what it costs | ▲ | ✖ |').map((row) => row.slice(0, 3));
  expect(rows).toEqual(
    COSTS.map((cost) => [COST_WORDS[cost], `${POINTS[cost].degraded}`, `${POINTS[cost].down}`]),
  );
});

test('docs/health.md: every check there is stands there with what it costs, and no other', () => {
  const expected = kinds.flatMap(({ id, checks }) =>
    checks.map(({ title, costs = 'soon' }) => `${title} of ${id} costs ${COST_WORDS[costs]}`),
  );
  const found = rowsUnder('| what it costs | checks |').flatMap(([costs = '', ...byKind]) =>
    byKind.flatMap((cell) =>
      cell.split(' · ').flatMap((entry) => {
        const [kind = '', titles = ''] = entry.split(': ');
        return titles.split(', ').map((title) => `${title} of ${kind.replaceAll('`', '')} costs ${costs}`);
      }),
    ),
  );
  expect(found.toSorted()).toEqual(expected.toSorted());
});
