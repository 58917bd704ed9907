import { expect, test } from 'vitest';

import { completions } from '#src/chat/console/complete.ts';
import type { Menu } from '#src/domain/menu.ts';

const head = { summary: '', examples: [], private: false };
const MENU: readonly Menu[] = [
  { ...head, name: 'health', parameters: [{ name: 'node', summary: '', suggest: 'node' }], actions: [] },
  { ...head, name: 'help', parameters: [], actions: [] },
  {
    ...head,
    name: 'notice',
    parameters: [],
    actions: [
      {
        name: 'announce',
        summary: '',
        parameters: [
          { name: 'subject', summary: '', required: true },
          { name: 'severity', named: true, summary: '', oneOf: ['mandatory', 'info'] },
          { name: 'coin', named: true, summary: '', suggest: 'coin' },
          { name: 'text', summary: '', rest: true },
        ],
      },
      { name: 'status', summary: '', parameters: [{ name: 'id', summary: '', suggest: 'notice' }] },
    ],
  },
];

const values = async (suggest: string, part: string) =>
  [`${suggest}-1`, `${suggest}-2`].filter((value) => value.startsWith(part));

test.each([
  ['', ['health', 'help', 'notice']],
  ['he', ['health', 'help']],
  ['health ', ['health node-1', 'health node-2']],
  ['health node-2', ['health node-2']],
  ['health node-2 ', []],
  ['notice ', ['notice announce', 'notice status']],
  ['notice s', ['notice status']],
  ['notice status ', ['notice status notice-1', 'notice status notice-2']],
  ['notice announce x ', ['notice announce x severity=', 'notice announce x coin=']],
  ['notice announce x severity=m', ['notice announce x severity=mandatory']],
  ['notice announce x severity=info c', ['notice announce x severity=info coin=']],
  ['notice announce x coin=', ['notice announce x coin=coin-1', 'notice announce x coin=coin-2']],
  ['nothing ', []],
])('"%s" may become %j', async (typed, expected) => {
  expect(await completions(MENU, typed, values)).toEqual(expected);
});
