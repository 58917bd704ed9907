import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { hasEnded, incarnation } from '#src/gateway/incarnation.ts';

test('a life is over when its process is gone or another has its number; of other folders nothing is known', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const life = incarnation('/data', child.pid) ?? '';
  expect(hasEnded(life, '/data')).toBe(false);
  const reused = JSON.stringify((JSON.parse(life) as unknown[]).with(4, '1'));
  expect(hasEnded(reused, '/data')).toBe(true);
  expect(hasEnded(reused, '/other')).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(hasEnded(life, '/data')).toBe(true);
  expect(hasEnded(life, '/other')).toBe(false);
});

test('a note that is none says nothing', () => {
  for (const note of ['', '{}', '[1,2]', 'null']) expect(hasEnded(note, '/data')).toBe(false);
});
