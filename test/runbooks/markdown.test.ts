import { expect, test } from 'vitest';

import { parseRunbook } from '#src/runbooks/markdown.ts';

test('headings, paragraphs over several lines, code, lists with continued items, and what is marked in a line', () => {
  const page = `# DaemonDown

## Means

Nothing listens
on \`7771\`: **gone**, see [others](PeersLow.md).

\`\`\`sh
pgrep -a komodod
## not a heading
\`\`\`

1. Look
   again.
2. Wait.

- One
`;
  expect(parseRunbook(page)).toEqual({
    title: 'DaemonDown',
    passages: [
      { kind: 'heading', text: 'Means' },
      {
        kind: 'words',
        spans: [
          { kind: 'plain', text: 'Nothing listens on ' },
          { kind: 'code', text: '7771' },
          { kind: 'plain', text: ': ' },
          { kind: 'strong', text: 'gone' },
          { kind: 'plain', text: ', see ' },
          { kind: 'link', text: 'others', to: 'PeersLow.md' },
          { kind: 'plain', text: '.' },
        ],
      },
      { kind: 'code', code: 'pgrep -a komodod\n## not a heading' },
      {
        kind: 'list',
        ordered: true,
        items: [[{ kind: 'plain', text: 'Look again.' }], [{ kind: 'plain', text: 'Wait.' }]],
      },
      { kind: 'list', ordered: false, items: [[{ kind: 'plain', text: 'One' }]] },
    ],
  });
});

test.each(['```\nnever closed', '1.', '# ', '[](', '**', '  indented', ''])('%j ends', (page) => {
  expect(JSON.stringify(parseRunbook(page).passages)).toContain(page.replace(/^```\n/, '').trim());
});
