import { array, assert, oneof, property, constantFrom, string, uint8Array } from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import { requestOf, wordsIn } from '#src/remediation/executors/gate/words.ts';

import { octal, script } from './script.ts';

const shells = ['sh', 'bash'];

describe.each(shells)('words through the real script, read by %s', (shell) => {
  const own = () => {
    const made = script(shell);
    onTestFinished(() => made[Symbol.dispose]());
    made.allow('run printf ...', 'once printf ...');
    return made;
  };
  const printing = [octal('printf'), octal(String.raw`%s\0`)].join(' ');

  test('arrive as they are, whatever they are', () => {
    const { ask } = own();
    let words = 0;
    const tricky = constantFrom(
      '',
      '-n',
      '--',
      '$(id)',
      '`id`',
      ';',
      '*',
      '~',
      "'",
      '"',
      '\\',
      '\n',
      ' ',
      '\r\n',
      '%',
      '%041',
      '\\0101',
      '\\c',
      '!',
      '&&',
      '|',
      '>x',
      '•',
      'ü😀',
      '\u0081\u0088',
    );
    const word = oneof(
      string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text.replaceAll('\0', ''))),
      uint8Array({ min: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      array(tricky, { maxLength: 4 }).map((parts) => Buffer.from(parts.join(''))),
    );
    const kept = property(array(word, { minLength: 60, maxLength: 90 }), (some) => {
      const { stdout, code } = ask(`tocsin-gate 1 run ${printing} ${some.map(octal).join(' ')}`);
      expect(code).toBe(0);
      expect(stdout.toString('latin1')).toBe(some.map((bytes) => `${bytes.toString('latin1')}\0`).join(''));
      words += some.length;
    });
    assert(kept, { numRuns: 40, endOnFailure: true });
    expect(words).toBeGreaterThan(2_000);
  });

  test('each single byte does', () => {
    const { ask } = own();
    const bytes = Array.from({ length: 255 }, (_, index) => Buffer.from([index + 1]));
    const around = bytes.flatMap((byte) => [
      byte,
      Buffer.concat([byte, byte]),
      Buffer.concat([Buffer.from('a'), byte]),
    ]);
    const { stdout } = ask(`tocsin-gate 1 run ${printing} ${around.map(octal).join(' ')}`);
    expect(stdout).toEqual(Buffer.concat(around.map((word) => Buffer.concat([word, Buffer.from([0])]))));
  });

  test('as Tocsin writes them, also for what is done once', () => {
    const { ask } = own();
    const words = ["it's", '', '$(id)', 'a\nb\n', 'ü😀', '%', '--x=y', ' ', '\u0081', '-'];
    const asked = ['printf', String.raw`%s\0`, ...words];
    const whole = words.map((word) => `${word}\0`).join('');
    expect(ask(requestOf('run', asked)).stdout.toString()).toBe(whole);
    expect(ask(requestOf('once', ['node-a@x', ...asked])).stdout.toString()).toBe(whole);
  });

  test('of 64 KiB arrive too', () => {
    const { ask } = own();
    const long = 'x'.repeat(64 * 1024);
    const began = performance.now();
    expect(ask(requestOf('run', ['printf', '%s', long])).stdout.toString()).toBe(long);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

test('what no program can be given is refused before anything is sent', () => {
  expect(() => requestOf('run', ['x', 'a\0b'])).toThrow(RangeError);
  expect(() => requestOf('run', ['x', 'y'.repeat(128 * 1024)])).toThrow(RangeError);
  expect(() => requestOf('run', ['x', "'".repeat(40 * 1024)])).toThrow(RangeError);
});

test('an answer is read as it was written', () => {
  assert(
    property(
      array(
        string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
        { minLength: 1 },
      ),
      (words) => {
        const known = words.map((word) => Buffer.from(word).toString());
        expect(wordsIn(known.map(octal).join(' '))).toEqual(known);
        expect(wordsIn(requestOf('run', known).split(' ').slice(3).join(' '))).toEqual(known);
      },
    ),
  );
  expect(wordsIn('')).toEqual([]);
});
