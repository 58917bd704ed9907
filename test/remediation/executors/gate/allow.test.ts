import { chmodSync, chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requestOf } from '#src/remediation/executors/gate/words.ts';

import { octal, type Script, script } from './script.ts';

let gate: Script;
beforeAll(() => {
  gate = script();
});
afterAll(() => gate[Symbol.dispose]());

const NOT_ALLOWED = 240;
const WRONG = 241;
const asked = (...words: readonly string[]) => gate.ask(requestOf('run', words));
const passes = (line: string, ...words: readonly string[]): boolean => {
  gate.allow('# a comment', '', line);
  return asked('true', ...words).code === 0;
};

describe('a line of the allow-list', () => {
  test.each<[string, ...string[]]>([
    ['run true'],
    ['run true a b', 'a', 'b'],
    ['run true ?', 'x'],
    ['run true [ab]', 'b'],
    ['run true *', ''],
    ['run true *', 'two words'],
    ['run true *', 'a\nb'],
    ['run true -conf=*', '-conf=/home/x/y.conf'],
    ['run true -*', '-anything'],
    ['run true ../*', '../x'],
    ['run true a ...', 'a'],
    ['run true a ...', 'a', 'b', '--c', '../d'],
    ['run ...', 'a'],
    ['  run   true\ta  ', 'a'],
    [String.raw`run true \*`, '*'],
    ['run true ... b', '...', 'b'],
  ])('%j lets %j through', (line, ...words) => {
    expect(passes(line, ...words)).toBe(true);
  });

  test.each<[string, ...string[]]>([
    ['run true', 'a'],
    ['run true a'],
    ['run true a', 'a', 'b'],
    ['run true a b', 'a b'],
    ['run true a', 'a\n'],
    ['run true a', 'a\nrun true'],
    ['run true a', 'A'],
    ['run true *', '-rf'],
    ['run true ?', '-'],
    ['run true [!x]', '-'],
    ['run true *'],
    ['run true *', 'a', 'b'],
    ['run true /home/*/wallet', '/home/../etc/wallet'],
    ['run true /home/*', '/home/..'],
    ['run true /home/*', '/home/x/../../etc'],
    ['run true -conf=*', '-conf=../x'],
    ['run true *', '..'],
    ['run true a ...', 'b'],
    ['run true ... b', 'x', 'b'],
    [String.raw`run true \*`, 'x'],
    ['once true a', 'a'],
    ['start true a', 'a'],
    ['# run true a', 'a'],
    ['#run true a', 'a'],
    ['r* true a', 'a'],
    ['* ...', 'a'],
    ['...', 'a'],
    ['run tru'],
    ['run true$(id)', 'a'],
    ['run $(echo true)'],
  ])('%j does not let %j through', (line, ...words) => {
    expect(passes(line, ...words)).toBe(false);
    const { code, stderr } = asked('true', ...words);
    expect(code).toBe(NOT_ALLOWED);
    expect(stderr).toMatch(/^tocsin-gate: not allowed: run true/);
    expect(stderr).toContain(gate.allowFile);
    expect(gate.log().trimEnd().split('\n').at(-1)).toContain('refused: run true');
  });

  test('the last one needs no end', () => {
    writeFileSync(gate.allowFile, 'run true a');
    expect(asked('true', 'a').code).toBe(0);
  });

  test('a program is never an option, nor nothing', () => {
    gate.allow('run ...', 'run * ...', 'run -* ...');
    for (const program of ['-h', '--version', '']) expect(asked(program, 'a').code).toBe(WRONG);
  });

  test('is asked for beforehand without anything being done', () => {
    const file = join(gate.folder, 'touched');
    gate.allow(`once touch ${gate.folder}/*`);
    expect(gate.ask(requestOf('may', ['once', 'touch', file])).code).toBe(0);
    expect(gate.ask(requestOf('may', ['run', 'touch', file])).code).toBe(NOT_ALLOWED);
    expect(gate.ask(requestOf('may', ['once', 'touch', '/x'])).code).toBe(NOT_ALLOWED);
    expect(existsSync(file)).toBe(false);
  });

  test('they are told to whom asks', () => {
    gate.allow('# comment', 'run true *', '', 'start /usr/bin/litecoind');
    expect(gate.ask('tocsin-gate 1 allowed').stdout.toString()).toBe(
      'run true *\nstart /usr/bin/litecoind\n',
    );
  });
});

describe('a request', () => {
  test.each([
    ['a login', undefined],
    ['nothing', ''],
    ['a shell', 'sh'],
    ['sftp', '/usr/lib/openssh/sftp-server'],
    ['scp', 'scp -t /tmp'],
    ['rsync', 'rsync --server -e.LsfxCIvu . /tmp'],
    ['another program behind a line end', 'tocsin-gate 1 run true\nrm -rf /'],
    ['a line before it', 'rm\ntocsin-gate 1 run true'],
    ['a shell line', 'tocsin-gate 1 run true; rm x'],
    ['a substitution', 'tocsin-gate 1 run $(rm x)'],
    ['backticks', 'tocsin-gate 1 run `rm x`'],
    ['quotes', "tocsin-gate 1 run 'true'"],
    ['a glob', 'tocsin-gate 1 run tru*'],
    ['a tab', 'tocsin-gate 1 run\ttrue'],
    ['two blanks', 'tocsin-gate 1 run  true'],
    ['a blank at the end', 'tocsin-gate 1 run true '],
    ['another version', 'tocsin-gate 2 run true'],
    ['no verb', 'tocsin-gate 1'],
    ['another verb', 'tocsin-gate 1 eval true'],
    ['a verb in other words', 'tocsin-gate 1 RUN true'],
    ['a verb that is a number', 'tocsin-gate 1 %162%165%156 true'],
    ['a zero byte', 'tocsin-gate 1 run true a%000b'],
    ['a zero byte alone', 'tocsin-gate 1 run true %000'],
    ['half a number', 'tocsin-gate 1 run true %04'],
    ['no byte', 'tocsin-gate 1 run true %777'],
    ['a bare percent inside', 'tocsin-gate 1 run true a%'],
    ['bytes that are no ASCII', 'tocsin-gate 1 run trué'],
    ['an id that leads elsewhere', `tocsin-gate 1 once ../x true`],
    ['an id with a slash', `tocsin-gate 1 once a/b true`],
    ['an id that is hidden', `tocsin-gate 1 once .x true`],
    ['no id', `tocsin-gate 1 once % true`],
    ['an id and nothing else', `tocsin-gate 1 once x`],
    ['an id with a line end', `tocsin-gate 1 once x%012 true`],
    ['a name that leads elsewhere', `tocsin-gate 1 recall ../log`],
    ['a start without a program', `tocsin-gate 1 start x`],
    ['no port', `tocsin-gate 1 listening 80.`],
    ['a port that is none', `tocsin-gate 1 listening %`],
    ['two ports', `tocsin-gate 1 listening 80 81`],
    ['no process', `tocsin-gate 1 running ../1 x`],
    ['no process to remember', `tocsin-gate 1 remember x self y 1`],
    ['a process to remember without a number of words', `tocsin-gate 1 remember x 1 y`],
  ])('that is %s is refused, logged, and nothing is done', (_, request) => {
    gate.allow('run true ...', 'once true ...');
    const before = existsSync(join(gate.folder, 'state/log')) ? gate.log().length : 0;
    const { code, stdout, stderr } = gate.ask(request);
    expect(code).toBe(WRONG);
    expect(stdout).toHaveLength(0);
    expect(stderr).toMatch(/^tocsin-gate: [^\n]+\n$/);
    expect(gate.log().slice(before)).toMatch(/^\S+Z refused: [ -~]+\n$/);
  });

  test('its log cannot be made to say what did not happen', () => {
    gate.allow();
    const before = gate.log().length;
    const forged = '2026-01-01T00:00:00Z once x: ended with 0';
    const written = [String.raw`\n${forged}`, String.raw`\012${forged}`, String.raw`\c`];
    asked('true', `a\n${forged}`, ...written, '\u001b[2J', '-rpcpassword=hunter2');
    const lines = gate.log().slice(before);
    expect(lines.match(/\n/g)).toHaveLength(1);
    expect(lines).toMatch(/^[ -~]+\n$/);
    expect(lines).not.toContain('hunter2');
  });

  test('every byte of a word may be written by its number, and it stays a word', () => {
    gate.allow('run true *');
    expect(gate.ask(`tocsin-gate 1 run ${octal('true')} ${octal('x; rm -rf /')}`).code).toBe(0);
  });
});

describe('the allow-list itself', () => {
  test.each([0o664, 0o646, 0o666])('is none when others may write it: %o', (mode) => {
    gate.allow('run true');
    chmodSync(gate.allowFile, mode);
    expect(asked('true')).toMatchObject({ code: WRONG, stderr: expect.stringContaining('chmod go-w') });
  });

  test('is none in a folder where others may write', () => {
    gate.allow('run true');
    chmodSync(gate.folder, 0o770);
    expect(asked('true')).toMatchObject({ code: WRONG, stderr: expect.stringContaining('chmod go-w') });
    chmodSync(gate.folder, 0o700);
    expect(asked('true').code).toBe(0);
  });

  test.skipIf(process.getuid?.() !== 0)('is none when it belongs to somebody else', () => {
    gate.allow('run true');
    chownSync(gate.allowFile, 12_345, 0);
    expect(asked('true')).toMatchObject({ code: WRONG, stderr: expect.stringContaining('somebody else') });
    chownSync(gate.allowFile, 0, 0);
  });

  test('that is not there lets nothing through', () => {
    using other = script();
    expect(other.ask(requestOf('run', ['true'])).code).toBe(NOT_ALLOWED);
    rmSync(other.allowFile);
    expect(other.ask(requestOf('run', ['true']))).toMatchObject({
      code: WRONG,
      stderr: `tocsin-gate: there is no ${other.allowFile}\n`,
    });
  });
});
