import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { escapeCode, escapeMarkdown, readable } from '#src/chat/discord/escape.ts';

import { shownMarkdown } from './shown.ts';

const INVISIBLE = /\u200b/gu;

describe('the reader of these tests', () => {
  test.for([
    ['**a**', '«bold a»'],
    ['# a', '«line #»a'],
    ['- a', '«line -»a'],
    ['1. a', '«line 1.»a'],
    ['<@123456789012345678>', '«mention <@123456789012345678>»'],
    ['@everyone', '«mention everyone»'],
    ['||a||', '«spoiler a»'],
    ['a_b_ c', 'a«slanted b» c'],
    ['[a](https://x.org)', 'a'],
  ] as const)('sees Markdown: %s', ([markdown, shown]) => {
    expect(shownMarkdown(markdown)).toBe(shown);
  });
});

describe('escaped text shows as it is', () => {
  test.for([
    '**bold** *it* __under__ _it_ ~~struck~~ ||spoiler|| `code` ```block```',
    '[label](https://evil.example/x_y_z)',
    '<@123456789012345678> <@&123456789012345678> <#123456789012345678> <t:1:R> <:a:123> </x:1> <id:browse>',
    '@everyone @here @Everyone',
    '# one\n## two\n-# small\n> quote\n>>> rest\n- item\n* item\n+ item\n1. one\n2) two',
    'a\\*b \\ back\\\\slash',
    'alright_DEV a_b_ _c d_e_f __init__',
    'https://example.org/a_b_c?x=1&y=~~z~~#_w_ and (https://example.org/_x_).',
    'xhttps://example.org/**a**',
    '1 < 2 > 0, mail a@b.org',
  ])('%j', (words) => {
    expect(shownMarkdown(escapeMarkdown(words))).toBe(words);
  });

  test('of any text', () => {
    const pieces = fc.constantFrom(
      '*',
      '**',
      '_',
      '__',
      '~~',
      '||',
      '`',
      '```',
      '[',
      ']',
      '(',
      ')',
      '](',
      '<',
      '>',
      '<@',
      '@',
      'everyone',
      '\\',
      '#',
      '-',
      '-#',
      '>>>',
      '+',
      '1',
      '.',
      ')',
      ' ',
      '\n',
      'a',
      'b',
      'Z9',
      'https://',
      'x.org/',
      ':',
      '&',
      '12345678901234567',
      'é',
      '👍',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (some) => {
        const words = some.join('');
        expect(shownMarkdown(escapeMarkdown(words))).toBe(words);
      }),
      { numRuns: 3_000 },
    );
  });

  test('and stays readable where nothing has to be escaped', () => {
    const words =
      'Seat alright_DEV: KMD is 12 blocks behind (974446 of 974458), 0.5 < 1 - see https://example.org/run_book';
    expect(escapeMarkdown(words)).toBe(words);
  });
});

test('a code block cannot be left', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('`', '``', '```', 'a', '\n', ' '), { maxLength: 12 }), (some) => {
      const code = `x${some.join('')}x`;
      const block = `\`\`\`\n${escapeCode(code)}\n\`\`\`after`;
      expect(shownMarkdown(block).replaceAll(INVISIBLE, '')).toBe(`${code}after`);
    }),
  );
});

test('what cannot be read, or turns the direction of reading, is dropped', () => {
  expect(readable('a\u0000b\u202ec\r\nd\te\u2028f\ud800')).toBe('abc\nd e f\ufffd');
});
