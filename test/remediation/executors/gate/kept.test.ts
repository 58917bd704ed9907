import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { requestOf } from '#src/remediation/executors/gate/words.ts';

import { type Script, script } from './script.ts';

function own(): Script & { readonly state: string } {
  const made = script();
  onTestFinished(() => made[Symbol.dispose]());
  made.allow('once ...', 'run true');
  return Object.assign(made, { state: join(made.folder, 'state') });
}
const echo = (id: string) => requestOf('once', [id, 'echo', id]);

test('results are kept for a month, and those of another day stay', () => {
  const { ask, state } = own();
  for (const id of ['old', 'young']) expect(ask(echo(id)).stdout.toString()).toBe(`${id}\n`);
  const days = (count: number): Date => new Date(Date.now() - count * 86_400_000);
  utimesSync(join(state, 'once/old/asked'), days(32), days(32));
  utimesSync(join(state, 'once/young/asked'), days(29), days(29));
  ask(echo('new'));
  expect(existsSync(join(state, 'once/old'))).toBe(false);
  expect(existsSync(join(state, 'once/young'))).toBe(true);
});

test('a deed that was claimed and not begun is begun; one that was begun without a known end is not', () => {
  const { ask, state } = own();
  const at = (name: string): string => join(state, 'once', name);
  ask(echo('x'));
  // As if the gate had been ended between its claim and its word that it begins.
  mkdirSync(at('claimed'), { mode: 0o700 });
  writeFileSync(at('claimed/lock'), '');
  expect(ask(echo('claimed')).stdout.toString()).toBe('claimed\n');
  // As if the machine had gone down after that word.
  mkdirSync(at('begun'), { mode: 0o700 });
  writeFileSync(at('begun/asked'), `${echo('begun')}\n`);
  expect(ask(echo('begun'))).toMatchObject({ code: 242, stderr: expect.stringContaining('not known') });
  expect(existsSync(at('begun/out'))).toBe(false);
});

test('the log stays below two megabytes', () => {
  const { ask, state } = own();
  ask(echo('x'));
  writeFileSync(join(state, 'log'), 'x'.repeat(1_100_000));
  ask(echo('y'));
  expect(statSync(join(state, 'log')).size).toBeLessThan(1_000);
  expect(statSync(join(state, 'log.old')).size).toBe(1_100_000);
  expect(readFileSync(join(state, 'log'), 'utf8')).toContain('once y');
});
