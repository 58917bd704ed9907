import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { html, linkable, markup, raw } from '#src/html.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const read = (escaped: string): string =>
  escaped.replace(/&(?:amp|lt|gt|quot|#39);/gu, (entity) => ENTITIES[entity] ?? entity);

// Mostly of the signs that matter, so that each run meets them.
const nasty = fc.string({
  unit: fc.constantFrom('<', '>', '&', '"', "'", '`', '=', '/', 'a', ';', '#', '3', '9', 'é', '\n'),
});

test('any string in text is read back as it was, and holds no sign of markup', () => {
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: 'grapheme' })), (words) => {
      const shown = /^<p>([^]*)<\/p>$/u.exec(markup(html`<p>${words}</p>`))?.[1] ?? 'no match';
      expect(shown).not.toMatch(/[<>"']/u);
      expect(shown).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/u);
      expect(read(shown)).toBe(words);
    }),
  );
});

test('any string in a quoted attribute stays in it', () => {
  fc.assert(
    fc.property(nasty, (words) => {
      const shown =
        /^<i title="([^"]*)"><\/i>$/u.exec(markup(html`<i title="${words}"></i>`))?.[1] ?? 'no match';
      expect(read(shown)).toBe(words);
    }),
  );
});

test('nothing is shown for what is not there; lists and templates stand as they are', () => {
  const list = ['<a>', html`<b>${'&'}</b>`, [1, null]];
  expect(markup(html`${undefined}${null}${false}|${0}|${list}|${raw('<hr>')}`)).toBe(
    '|0|&lt;a&gt;<b>&amp;</b>1|<hr>',
  );
});

test('an object that only looks like markup is none', () => {
  const forged = JSON.parse('{"html":"<script>","toString":"x"}') as never;
  expect(() => markup(html`${forged}`)).toThrow(TypeError);
});

test.each([
  ['https://example.org/a?b=1&c', 'https://example.org/a?b=1&c'],
  ['http://example.org', 'http://example.org/'],
  ['javascript:alert(1)', undefined],
  ['JaVaScRiPt:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['//example.org', undefined],
  ['nothing', undefined],
])('%s may be linked: %s', (url, expected) => {
  expect(linkable(url)).toBe(expected);
});
