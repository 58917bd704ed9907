import { expect, test } from 'vitest';

import { detailOf } from '#src/command/detail.ts';

test('what was typed is kept bounded, and without a password', () => {
  const node = '{ id: a, services: [{ rpc: { url: "http://h", user: u, password: hunter2 } }] }';
  expect(detailOf({ node, reason: 'x'.repeat(65_536) })).toEqual({
    node: node.replace('hunter2', '[hidden]'),
    reason: `${'x'.repeat(500)}… (65536 characters)`,
  });
});
