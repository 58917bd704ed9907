import { assert, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { renderEmail } from '#src/chat/email/render.ts';
import { alert, anyWords, every } from '#test/chat/hostile.ts';

const tagsOf = (html: string): readonly string[] =>
  (html.match(/<[^<>]*>/gu) ?? []).map((tag) => tag.replaceAll(/(href|alt)="[^"]*"/gu, '$1'));

describe('a mail', () => {
  test('as text: the ways to answer are lines to type, for nobody reads an answer', () => {
    const { subject, text, attachments } = renderEmail(alert);
    expect(subject).toBe('🔴 KMD is down');
    expect(text).toBe(
      [
        '🔴 KMD is down',
        'Seat: alright_DEV',
        'service  state\n───────  ─────\nKMD      down',
        'Graph: https://example.org/g?a=1&b=2',
        'Nobody reads answers here. Type in a chat with Tocsin:\n  ack "a 1"   (Acknowledge)',
        'alert a1',
      ].join('\n\n'),
    );
    expect(attachments).toEqual([]);
  });

  test('as HTML', () => {
    const { html } = renderEmail(alert);
    expect(html).toContain('<h3>🔴 KMD is down</h3>');
    expect(html).toContain('<a href="https://example.org/g?a=1&amp;b=2">Graph</a>');
    expect(html).toContain('<li><code>ack &quot;a 1&quot;</code> (Acknowledge)</li>');
  });

  test('whatever stands in it, only our own tags are tags, and the subject is one line', () => {
    const ours = tagsOf(renderEmail(every('x')).html);
    assert(
      property(anyWords, (words) => {
        const { subject, html } = renderEmail(every(`x${words.replaceAll(/\s/gu, ' ')}`));
        expect(tagsOf(html)).toEqual(ours);
        expect(subject).not.toMatch(/[\r\n]/u);
        expect(subject.length).toBeLessThanOrEqual(150);
      }),
    );
  });

  test('an address that is no web page is no link', () => {
    const link = { kind: 'link', label: 'here', url: 'javascript:alert(1)' } as const;
    const { html } = renderEmail({ tone: 'neutral', title: 't', blocks: [link] });
    expect(html).toContain('<p>here: javascript:alert(1)</p>');
  });

  test('a picture is shown in its place', () => {
    const image = { kind: 'image', name: '../load', alt: 'Load', png: new Uint8Array([1, 2]) } as const;
    const { html, attachments } = renderEmail({ tone: 'neutral', title: 't', blocks: [image] });
    expect(html).toContain('<img src="cid:image-0@tocsin" alt="Load">');
    expect(attachments).toMatchObject([{ filename: '1--load.png', cid: 'image-0@tocsin' }]);
  });

  test('too long for a mail: a readable beginning, and the whole attached', () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => [`node-${row}`, '<'.repeat(40)]);
    const { text, html, attachments } = renderEmail({
      tone: 'neutral',
      title: 'long',
      blocks: [
        { kind: 'text', text: 'begins' },
        { kind: 'table', head: ['node', 'why'], rows },
      ],
    });
    expect(text).toMatch(/^Too long for one mail: the whole is attached\.\n\nlong\n\nbegins\n\nnode/u);
    expect(text.length).toBeLessThan(25_000);
    expect(html.length).toBeLessThan(150_000);
    expect(attachments).toHaveLength(1);
    expect(attachments[0]?.content.toString()).toContain('node-4999');
  });
});
