import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';

import { shownArguments } from '#src/nodes/utxo/process/shown-arguments.ts';
import { processIn } from '#src/remediation/executors/gate/answer.ts';
import { GATE } from '#test/real/gate.ts';

import { octal, script } from './script.ts';

/** What the script tells of a process that was started so. */
function told() {
  const made = script();
  onTestFinished(() => made[Symbol.dispose]());
  mkdirSync(join(made.folder, 'state/remembered'), { recursive: true });
  return (argv: readonly string[]): readonly string[] => {
    const words = ['7', 'boot:1', octal('/'), octal('HOME=/home/notary'), '%', ...argv.map(octal)];
    writeFileSync(join(made.folder, 'state/remembered/LTC'), `${words.join(' ')}\n`);
    const { stdout, code } = made.ask('tocsin-gate 1 recall LTC');
    expect(code).toBe(0);
    const process = processIn(stdout.toString(), 'ssh', 'node-a');
    expect(process).toMatchObject({ pid: 7, startedAt: 'boot:1', cwd: '/', env: { HOME: '/home/notary' } });
    return process?.argv ?? [];
  };
}

const SECRETS = [
  ['/usr/bin/litecoind', '-rpcpassword=hunter2', '-datadir=/data'],
  ['/d', '--walletpassphrase', 'hunter2', '-x'],
  ['/d', '-token', '-x', 'hunter1'],
  ['/d', '-token=', 'hunter1'],
  ['/d', 'PASSWORD=hunter2', 'Api_Key=', '=key', '-PrivKey=a=b'],
  ['/d', '-proxy=socks5://u:hunter2@127.0.0.1:9050', 'http://a@b://c@d', 'x://@'],
  ['/d', '', '-seed', '', '-auth', 'a\nb\n'],
];

test.each(SECRETS)('%j is told on the node as Tocsin shows it', (...argv) => {
  expect(told()(argv)).toEqual(shownArguments(argv));
});

test('whatever the command line is', () => {
  const tell = told();
  const part = oneof(
    constantFrom(
      '-',
      '--',
      '=',
      '://',
      '@',
      '/',
      ' ',
      '\n',
      '\t',
      '\\',
      '%',
      '•••',
      'ü',
      '\u00a0',
      '\u2028',
      "'",
    ),
    constantFrom(
      'rpcpassword',
      'Pass',
      'pwd',
      'KEY',
      'secret',
      'toKen',
      'seed',
      'auth',
      'user',
      'cred',
      'mnemonic',
      'priv',
      'wif',
      'http',
      'x',
    ),
    string({ unit: 'binary', maxLength: 3 }).map((text) => text.replaceAll('\0', '')),
  );
  const word = array(part, { maxLength: 5 }).map((parts) => Buffer.from(parts.join('')).toString());
  const same = property(array(word, { minLength: 20, maxLength: 40 }), (words) => {
    const argv = ['/usr/bin/litecoind', ...words];
    expect(tell(argv)).toEqual(shownArguments(argv));
  });
  assert(same, { numRuns: 60, endOnFailure: true });
});

test('the names of secrets are the same ones', () => {
  const here = readFileSync('src/nodes/utxo/process/shown-arguments.ts', 'utf8');
  const names = /const SECRET = \/([a-z|]+)\/i/.exec(here)?.[1]?.split('|') ?? [];
  expect(names.length).toBeGreaterThan(10);
  const there = [...readFileSync(GATE, 'utf8').matchAll(/\*((?:\[[A-Z][a-z]\])+)\*/g)].map(([, name = '']) =>
    name.replaceAll(/\[[A-Z]([a-z])\]/g, '$1'),
  );
  expect(there.toSorted()).toEqual(names.toSorted());
});

test.each(['gate', 'deed', 'processes'])('no signal is in tocsin-%s, and nothing that evaluates', (part) => {
  const script = readFileSync(join(dirname(GATE), `tocsin-${part}`), 'utf8');
  expect(script.replaceAll(/^\s*#.*$/gm, '')).not.toMatch(/\bp?kill(?:all)?\b|\beval\b|\bSIG[A-Z]/);
});
