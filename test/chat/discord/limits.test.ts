import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { type Rendered, renderDiscord } from '#src/chat/discord/render.ts';
import { type Block, type Message, TONES } from '#src/domain/message.ts';
import { readMessageForm } from '#test/stand-ins/discord/message-form.ts';

/** From a letter to far beyond every limit, with everything that grows or breaks when it is escaped. */
const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', ' ', '\n', '\u200b', '\ud800', '```', '](', '@everyone', 'https://x.org/a_b'),
  fc
    .tuple(
      fc.constantFrom('a', '*', '_ ', '`', '\n', '👍🏽', '公', '](', 'https://', 'word '),
      fc.integer({ min: 1, max: 9_000 }),
    )
    .map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length))),
);
const few = <T>(one: fc.Arbitrary<T>, maxLength: number) => fc.array(one, { maxLength });
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: words }),
  fc.record({ kind: fc.constant('code' as const), code: words }),
  fc.record({ kind: fc.constant('link' as const), label: words, url: fc.oneof(words, fc.webUrl()) }),
  fc.record({
    kind: fc.constant('fields' as const),
    fields: few(fc.record({ name: words, value: words }), 40),
  }),
  fc.record({ kind: fc.constant('table' as const), head: few(words, 3), rows: few(few(words, 4), 6) }),
  fc.record({
    kind: fc.constant('image' as const),
    name: words,
    alt: words,
    png: fc.constantFrom(new Uint8Array(3), new Uint8Array(3 * 1024 * 1024)),
  }),
  fc.record({
    kind: fc.constant('choices' as const),
    choices: few(
      fc.record({
        label: words,
        emoji: fc.constantFrom('👍', '', '✅'),
        words: few(words, 4),
        style: fc.constantFrom('primary' as const, 'danger' as const, undefined),
      }),
      30,
    ),
  }),
);
const account = fc.bigInt({ min: 10n ** 16n, max: 10n ** 18n }).map(String);
const message: fc.Arbitrary<Message> = fc.record({
  tone: fc.constantFrom(...TONES),
  title: words,
  blocks: few(block, 12),
  footer: fc.option(words, { nil: undefined }),
  mentions: few(fc.record({ name: words, handles: fc.record({ discord: fc.oneof(account, words) }) }), 120),
});

const trimmedLength = (words: string | undefined): number => words?.trim().length ?? 0;

/** Discord's limits, counted by a second hand. */
function expectWithinLimits({ body, files }: Rendered): void {
  const { content, embeds, components, allowed_mentions, attachments } = body;
  const sizes = embeds.map(({ title, description, fields = [], footer }) => {
    expect(title?.length ?? 0).toBeLessThanOrEqual(256);
    expect(description?.length ?? 0).toBeLessThanOrEqual(4_096);
    expect(footer?.text.length ?? 0).toBeLessThanOrEqual(2_048);
    expect(fields.length).toBeLessThanOrEqual(25);
    for (const { name, value } of fields) {
      expect(trimmedLength(name)).toBeGreaterThan(0);
      expect(trimmedLength(value)).toBeGreaterThan(0);
      expect(name.length).toBeLessThanOrEqual(256);
      expect(value.length).toBeLessThanOrEqual(1_024);
    }
    const texts = [title, description, footer?.text, ...fields.flatMap(({ name, value }) => [name, value])];
    return texts.reduce((sum, one) => sum + (one?.length ?? 0), 0);
  });
  expect(trimmedLength(embeds[0]?.title)).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(6_000);
  expect(embeds.length).toBeLessThanOrEqual(10);
  expect(content.length).toBeLessThanOrEqual(2_000);
  expect(components.length).toBeLessThanOrEqual(5);
  const ids = components.flatMap((row) => row.components.map(({ custom_id }) => custom_id));
  expect(new Set(ids).size).toBe(ids.length);
  for (const row of components) {
    expect(row.components.length).toBeGreaterThan(0);
    expect(row.components.length).toBeLessThanOrEqual(5);
    for (const { label, custom_id } of row.components) {
      expect(trimmedLength(label)).toBeGreaterThan(0);
      expect(label.length).toBeLessThanOrEqual(80);
      expect(custom_id.length).toBeLessThanOrEqual(100);
    }
  }
  expect(files.length).toBeLessThanOrEqual(10);
  expect(attachments.map(({ filename }) => filename)).toEqual(files.map(({ name }) => name));
  expect(files.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(10 * 1024 * 1024);
  expect(allowed_mentions.parse).toEqual([]);
  expect(allowed_mentions.users.every((id) => content.includes(`<@${id}>`))).toBe(true);
  expect(JSON.stringify(body)).not.toMatch(/\\ud[89a-f]/u);
}

test('whatever a message holds, Discord can take it', () => {
  fc.assert(
    fc.property(message, (any) => {
      const rendered = renderDiscord(any, { reference: 'k'.repeat(25) });
      expectWithinLimits(rendered);
      const { body, files } = rendered;
      const uploads = files.map(({ name, data, contentType }, at) => ({
        key: String(at),
        filename: name,
        bytes: data,
        contentType,
      }));
      readMessageForm(body, uploads);
    }),
    { numRuns: 300 },
  );
}, 60_000);
