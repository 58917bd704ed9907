import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { root } from '#test/real/root.ts';

const PROGRAM = join(root, 'deploy/node/tocsin-keys');
const ADDRESSES = ['RA1eadr1111111111111111111111111A', 'RB2badr2222222222222222222222222B'] as const;
const keyOf = (address: string): string =>
  `U${createHash('sha256').update(address).digest('hex').slice(0, 51)}`;

let folder: Folder;
let cli: string;
let file: string;

/** komodo's program as far as it is asked: its answers as of the sources of 2026, every call with its words and input on record. */
beforeEach(() => {
  folder = temporaryFolder('keys');
  cli = join(folder.path, 'komodo-cli');
  file = join(folder.path, 'kept/keys');
  writeFileSync(
    cli,
    `#!/bin/sh
cd '${folder.path}'
[ "$1" = -ac_name=X ] || exit 9
shift
case $1 in -rpcclienttimeout=*) shift ;; esac
printf '%s\\n' "$*" >>argv
tr '\\0' ' ' </proc/$$/environ >>environ
input=
if [ "$1" = -stdin ]; then shift; input=$(cat); printf '%s\\n--\\n' "$input" >>"stdin-$1"; fi
case $1 in
  help) [ -e newer ] && printf '%s "hex"\\n' "$2" || printf 'help: unknown command: %s\\n' "$2" ;;
  dumpprivkey) [ ! -e locked ] || { echo 'error code: -13' >&2; exit 13; }; cat "key-$2" ;;
  validateaddress) printf '{\\n  "isvalid": true,\\n  "scriptPubKey": "76a9141da22aa0dfcccbecadeb13581c6350bf704cc58188ac"\\n}\\n' ;;
  createrawtransaction) echo 0400 ;;
  signrawtransaction*) [ ! -e parrot ] || { printf '%s\\n' "$input" >&2; exit 5; }; cat complete ;;
  importprivkey) ;;
esac
`,
  );
  chmodSync(cli, 0o755);
  writeFileSync(join(folder.path, 'complete'), '{\n  "hex": "04",\n  "complete": true\n}\n');
  for (const address of ADDRESSES) writeFileSync(join(folder.path, `key-${address}`), `${keyOf(address)}\n`);
});
afterEach(() => folder[Symbol.dispose]());

const run = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(PROGRAM, [...words, '--', cli, '-ac_name=X'], {
    encoding: 'utf8',
  });
  for (const address of ADDRESSES) expect(stdout + stderr).not.toContain(keyOf(address));
  return { status, stdout, stderr };
};
const recorded = (name: string): string =>
  existsSync(join(folder.path, name)) ? readFileSync(join(folder.path, name), 'utf8') : '';
const touch = (name: string): void => writeFileSync(join(folder.path, name), '');
const digest = (): string => createHash('sha256').update(readFileSync(file)).digest('hex');

test('is a POSIX script that dash takes', () => {
  execFileSync('dash', ['-n', PROGRAM]);
  expect(readFileSync(PROGRAM, 'utf8')).not.toMatch(/\beval\b/);
});

test('exports, proves and imports, and no key stands in a command line or an environment', () => {
  expect(run('export', file, ...ADDRESSES)).toEqual({
    status: 0,
    stdout: `exported ${ADDRESSES[0]}\nexported ${ADDRESSES[1]}\nsha256 ${digest()}\n`,
    stderr: '',
  });
  expect([statSync(file).mode & 0o777, statSync(join(folder.path, 'kept')).mode & 0o777]).toEqual([
    0o600, 0o700,
  ]);
  expect(readdirSync(join(folder.path, 'kept'))).toEqual(['keys']);
  expect(run('prove', file)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`proven ${ADDRESSES[1]}`) as string,
  });
  expect(run('import', file, '4000')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(digest()) as string,
  });
  // The last alone has the wallet search its past, for all of them.
  expect(recorded('stdin-importprivkey')).toBe(
    `${keyOf(ADDRESSES[0])}\n\nfalse\n--\n${keyOf(ADDRESSES[1])}\n\ntrue\n4000\n--\n`,
  );
  expect(recorded('stdin-signrawtransaction').split('\n')[2]).toBe(`["${keyOf(ADDRESSES[0])}"]`);
  for (const address of ADDRESSES)
    expect(recorded('argv') + recorded('environ')).not.toContain(keyOf(address));
});

test('asks newer daemons by the call that takes nothing but given keys', () => {
  touch('newer');
  run('export', file, ...ADDRESSES);
  expect(run('prove', file).status).toBe(0);
  expect(recorded('stdin-signrawtransactionwithkey').split('\n')[1]).toBe(`["${keyOf(ADDRESSES[0])}"]`);
  expect(recorded('stdin-signrawtransaction')).toBe('');
});

describe('ends with words, and leaves what is there', () => {
  const exportedOnce = (): string => {
    expect(run('export', file, ...ADDRESSES).status).toBe(0);
    return readFileSync(file, 'utf8');
  };

  test('when it is asked for the same again: nothing is written', () => {
    const text = exportedOnce();
    writeFileSync(join(folder.path, `key-${ADDRESSES[0]}`), 'Uother'.padEnd(52, '1'));
    expect(run('export', file, ...ADDRESSES).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
  test('when the file has other addresses', () => {
    const text = exportedOnce();
    expect(run('export', file, ADDRESSES[0])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nothing was overwritten') as string,
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
  test('when the wallet is locked, or what it gives is no key', () => {
    touch('locked');
    expect(run('export', file, ...ADDRESSES)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('error code: -13') as string,
    });
    expect(readdirSync(join(folder.path, 'kept'))).toEqual([]);
  });
  test('when a key does not sign for its address', () => {
    exportedOnce();
    writeFileSync(join(folder.path, 'complete'), '{\n  "complete": false\n}\n');
    expect(run('prove', file)).toMatchObject({
      status: 1,
      stderr: `tocsin-keys: the exported key is not the one of ${ADDRESSES[0]}\n`,
    });
  });
  test('when the daemon repeats the key in its refusal', () => {
    exportedOnce();
    touch('parrot');
    expect(run('prove', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('it repeated the key') as string,
    });
  });
  test('when others may look into the folder', () => {
    mkdirSync(join(folder.path, 'kept'), { mode: 0o755 });
    expect(run('export', file, ...ADDRESSES)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("not this user's alone") as string,
    });
    expect(existsSync(file)).toBe(false);
  });
  test.each([
    ['export', 'keys', ADDRESSES[0]],
    ['export', '/nowhere/at/all/keys', ADDRESSES[0]],
    ['export', '/tmp/x'],
    ['export', '/tmp/x', '$(touch owned)aaaaaaaaaaaaaaaaaa'],
    ['export', '/tmp/x', '-datadir=/aaaaaaaaaaaaaaaaaaaaaa'],
    ['import', '/tmp/x', '1;2'],
    ['import', '/tmp/x', ''],
    ['shred', '/tmp/x'],
  ])('when it is given %s %s %s', (...words) => {
    expect(run(...words.filter((word) => word !== undefined))).toMatchObject({ status: 1, stdout: '' });
  });
});
