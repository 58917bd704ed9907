import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import { array, assert, property, string } from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import { commandOf } from '#src/remediation/executors/ssh/words.ts';

/** What a POSIX shell makes of the line: the words, each on its end a zero byte. */
function wordsOf(command: string): readonly string[] {
  const out = execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}
const printing = (words: readonly string[]): string => commandOf(['printf', String.raw`%s\0`, ...words]);

describe('words', () => {
  test.each([
    ["it's"],
    ["''"],
    ['$(touch /tmp/x)', '`id`', '$HOME', '~/x', '*'],
    ['two words', 'a\nb', '\ttab', ''],
    ['-n', '--', '\\', '\\\\n', '"', '!!', '#', '&', ';', '|', '<', '>'],
    ['ü', '😀', '\u2028', '\ufeff'],
  ])('stay as they are: %j', (...words) => {
    expect(wordsOf(printing(words))).toEqual(words);
  });

  test('whatever they are', () => {
    const word = string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
    const lines = array(word, { minLength: 1, maxLength: 4 });
    // Many lines a shell: starting one takes longer than reading it.
    const kept = property(array(lines, { minLength: 100, maxLength: 200 }), (some) => {
      expect(wordsOf(some.map(printing).join('\n'))).toEqual(some.flat());
    });
    assert(kept, { numRuns: 5, endOnFailure: true });
  });

  test('get no input', () => {
    const given = openSync(import.meta.filename, 'r');
    onTestFinished(() => closeSync(given));
    const catted = (command: string): string =>
      execFileSync('sh', ['-c', command], { stdio: [given, 'pipe', 'inherit'], encoding: 'utf8' });
    expect(catted(commandOf(['cat']))).toBe('');
    expect(catted('cat')).toContain('get no input');
  });

  test('that no program can be given are refused before anything is sent', () => {
    expect(() => commandOf(['x', 'a\0b'])).toThrow(RangeError);
    expect(() => commandOf(['x', 'y'.repeat(128 * 1024)])).toThrow(RangeError);
  });
});
