import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { listingOf, spaceOf } from '#src/remediation/executors/files.ts';
import { requestOf } from '#src/remediation/executors/gate/words.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { root } from '#test/real/root.ts';
import { makeKey } from '#test/real/sshd.ts';

const node = join(root, 'deploy', 'node');
let folder: Folder;
let home: string;

beforeEach(() => {
  folder = temporaryFolder('install');
  onTestFinished(() => folder[Symbol.dispose]());
  home = join(folder.path, 'home');
  mkdirSync(home, { mode: 0o755 });
  makeKey(join(folder.path, 'id'));
  makeKey(join(folder.path, 'other'));
  // The home is that of the account, which is not ours to change.
  const stubs = join(folder.path, 'stubs');
  mkdirSync(stubs);
  writeFileSync(
    join(stubs, 'getent'),
    `#!/bin/sh\n[ "$2" = notary ] && echo "notary:x:1000:1000::${home}:/bin/sh"\n`,
  );
  writeFileSync(
    join(stubs, 'id'),
    `#!/bin/sh\ncase $* in -un) echo notary ;; -u) echo 1000 ;; *) exec /usr/bin/id -g ;; esac\n`,
  );
  writeFileSync(
    join(stubs, 'install'),
    `#!/bin/sh\nfor word do shift; case $word in notary) word=$(/usr/bin/id -un) ;; esac; set -- "$@" "$word"; done\nexec /usr/bin/install "$@"\n`,
  );
  for (const stub of ['getent', 'id', 'install']) chmodSync(join(stubs, stub), 0o755);
});

const install = (...words: readonly string[]) => {
  const env = { PATH: `${join(folder.path, 'stubs')}:${process.env['PATH']}`, HOME: home };
  return spawnSync('sh', [join(node, 'install'), ...words], { env, encoding: 'utf8' });
};
const publicKey = (name = 'id'): string => join(folder.path, `${name}.pub`);
const keyIn = (name = 'id'): string => readFileSync(publicKey(name), 'utf8').split(' ').slice(0, 2).join(' ');
const keys = (): string => readFileSync(join(home, '.ssh/authorized_keys'), 'utf8');
const lists = (): string => join(home, '.config/tocsin-gate/allow');

describe('install', () => {
  test('puts the gate in place, an allow-list, and the one line of the key', () => {
    expect(install('notary', publicKey(), '7771', '7776')).toMatchObject({ status: 0, stderr: '' });
    const gate = join(home, '.local/bin/tocsin-gate');
    expect(readFileSync(gate, 'utf8')).toBe(readFileSync(join(node, 'tocsin-gate'), 'utf8'));
    expect(keys()).toBe(
      `restrict,permitopen="127.0.0.1:7771",permitopen="127.0.0.1:7776",port-forwarding,command="${gate} ${lists()}" ${keyIn()} tocsin\n`,
    );
    expect(statSync(join(home, '.ssh')).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, '.ssh/authorized_keys')).mode & 0o777).toBe(0o600);
    expect(statSync(lists()).mode & 0o777).toBe(0o644);
    const env = { ...process.env, HOME: home, SSH_ORIGINAL_COMMAND: 'tocsin-gate 1 allowed' };
    const lines = execFileSync(gate, [lists()], { env, encoding: 'utf8' });
    expect(lines).toMatch(/^run env LC_ALL=C ls /m);
  });

  test('again changes nothing but the line of that key, and leaves the list alone', () => {
    install('notary', publicKey(), '7771');
    writeFileSync(lists(), 'run true\n');
    const other = `restrict ${keyIn('other')} a person\n`;
    writeFileSync(join(home, '.ssh/authorized_keys'), `${other}${keys()}`);
    expect(install('notary', publicKey())).toMatchObject({ status: 0 });
    expect(keys()).toBe(
      `${other}restrict,command="${home}/.local/bin/tocsin-gate ${lists()}" ${keyIn()} tocsin\n`,
    );
    expect(readFileSync(lists(), 'utf8')).toBe('run true\n');
  });

  test.each([
    ['no key', () => ['notary', join(folder.path, 'id')]],
    ['no user', () => ['nobody-here', publicKey()]],
    ['no port', () => ['notary', publicKey(), '7771"']],
    ['nothing', () => []],
  ])('says what is wrong, and changes nothing: %s', (_, words) => {
    expect(install(...words())).toMatchObject({ status: 1, stderr: expect.stringMatching(/^install: /) });
    expect(() => keys()).toThrow('ENOENT');
  });
});

test('every line of the list that it brings along, also of those behind a #, is one that the gate takes', () => {
  const lines = readFileSync(join(node, 'allow'), 'utf8').split('\n');
  const commands = lines.flatMap((line) => /^#?((?:run|once|start) .*)$/.exec(line)?.[1] ?? []);
  expect(commands.length).toBeGreaterThan(10);
  const list = join(folder.path, 'allow');
  writeFileSync(list, `${commands.join('\n')}\n`, { mode: 0o644 });
  const may = (how: string, words: readonly string[]): number | null =>
    spawnSync('sh', [join(node, 'tocsin-gate'), list, join(folder.path, 'state')], {
      env: { ...process.env, SSH_ORIGINAL_COMMAND: requestOf('may', [how, ...words]) },
    }).status;
  for (const command of commands) {
    const [how = '', ...words] = command
      .split(' ')
      .map((word) => word.replaceAll(/\[(.).*?\]/g, '$1').replaceAll('*', 'x'));
    expect(may(how, words), command).toBe(0);
  }
  expect(may('run', listingOf('/home/komodo/.komodo/wallet.dat'))).toBe(0);
  expect(may('run', listingOf('/home/komodo/.komodo/MCL/wallet.dat'))).toBe(0);
  expect(may('run', spaceOf('/home/komodo/.komodo/MCL'))).toBe(0);
  expect(may('run', listingOf('/home/komodo/.komodo/../../x/wallet.dat'))).not.toBe(0);
  expect(
    may('run', [
      '/usr/local/bin/komodo-cli',
      '-conf=/home/komodo/.komodo/komodo.conf',
      '-rpcclienttimeout=5',
      'dumpprivkey',
      'R',
    ]),
  ).not.toBe(0);
});
