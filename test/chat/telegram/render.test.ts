import { assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MOST, renderTelegram } from '#src/chat/telegram/render.ts';
import type { Message } from '#src/domain/message.ts';
import { alert, anyWords, every } from '#test/chat/hostile.ts';
import { type Entity, entitiesOf } from '#test/stand-ins/telegram/entities.ts';

/** As the Bot API reads it. */
function read(html: string): { readonly text: string; readonly entities: readonly Entity[] } {
  const parsed = entitiesOf(html, 'HTML');
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed;
}
const typesIn = (html: string): readonly string[] => read(html).entities.map(({ type }) => type);

describe('a message', () => {
  test('as Telegram shows it: the ways to answer are lines to type, for nobody reads an answer', () => {
    const { text, entities } = read(renderTelegram(alert).html);
    expect(text).toBe(
      [
        '🔴 KMD is down',
        'Seat: alright_DEV',
        'service  state\n───────  ─────\nKMD      down',
        'Graph',
        'Nobody reads answers here. Type in a chat with Tocsin:\nack "a 1" (Acknowledge)',
        'alert a1',
      ].join('\n\n'),
    );
    expect(entities).toContainEqual({
      type: 'text_link',
      text: 'Graph',
      url: 'https://example.org/g?a=1&b=2',
    });
    expect(entities).toContainEqual({ type: 'code', text: 'ack "a 1"' });
  });

  test('whatever stands in it, only our own markup is markup, and nobody is mentioned', () => {
    const ours = typesIn(renderTelegram(every('x')).html).toSorted();
    assert(
      property(anyWords, (words) => {
        const { html } = renderTelegram(every(`x${words.replaceAll(/\s/gu, ' ')}`));
        expect(html.length).toBeLessThanOrEqual(MOST);
        expect(typesIn(html).toSorted()).toEqual(ours);
      }),
    );
  });

  test('a link leads to the web only', () => {
    for (const url of ['tg://user?id=7', 'javascript:alert(1)']) {
      const { html } = renderTelegram({
        tone: 'neutral',
        title: 't',
        blocks: [{ kind: 'link', label: 'here', url }],
      });
      expect(typesIn(html)).toEqual(['bold']);
      expect(read(html).text).toContain(`here: ${url}`);
    }
  });

  test('a picture is a file beside it', () => {
    const image = { kind: 'image', name: '../load', alt: 'Load', png: new Uint8Array([1, 2]) } as const;
    const { html, files } = renderTelegram({ tone: 'neutral', title: 't', blocks: [image] });
    expect(read(html).text).toContain('🖼 Load');
    expect(files).toMatchObject([{ name: '1--load.png' }]);
  });
});

describe('too long for a message', () => {
  const rows = Array.from({ length: 3_000 }, (_, row) => [`node-${row}`, '<'.repeat(40)]);
  const long: Message = {
    ...alert,
    blocks: [
      { kind: 'text', text: 'begins' },
      { kind: 'table', head: ['node', 'why'], rows },
      ...alert.blocks,
    ],
  };

  test('a beginning in whole lines, the ways to answer, the small print, and the whole in a file', () => {
    const { html, files } = renderTelegram(long);
    const { text } = read(html);
    expect(html.length).toBeLessThanOrEqual(MOST);
    expect(html.length).toBeGreaterThan(MOST / 2);
    expect(text).toMatch(/^🔴 KMD is down\n\nbegins\n\nnode /u);
    expect(text).toContain('ack "a 1" (Acknowledge)');
    expect(text).toMatch(/alert a1\n\n📎 Too long for one message: the whole is in the file below\.$/u);
    expect(files.map(({ name }) => name)).toEqual(['message.txt']);
    expect(files[0]?.data.toString()).toContain('node-2999');
  });

  test('an edit brings no file, and does not speak of one', () => {
    const { html, files } = renderTelegram(long, { withFiles: false });
    expect(files).toEqual([]);
    expect(read(html).text).toMatch(/shortened\.$/u);
  });

  test('whatever is long about it, it fits, and is well-formed', () => {
    assert(
      property(anyWords, integer({ min: 1, max: 4_000 }), (words, times) => {
        const { html } = renderTelegram(
          every(`x${words}`.repeat(Math.ceil((times * 10) / (words.length + 1)))),
        );
        expect(html.length).toBeLessThanOrEqual(MOST);
        expect(read(html).text).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });
});
