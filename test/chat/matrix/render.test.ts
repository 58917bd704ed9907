import { assert, constantFrom, oneof, property, string, stringMatching } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { render } from '#src/chat/matrix/render.ts';
import type { Message } from '#src/domain/message.ts';
import { every } from '#test/chat/hostile.ts';

import { displayed, isAllowed, tagsOf } from './displayed.ts';

const options = { prefix: '!tocsin', mostBytes: 60 * 1024 };
const size = (content: object): number => Buffer.byteLength(JSON.stringify(content));
const alice = { name: 'Alice', handles: { matrix: '@alice:server', discord: '123' } };

describe('a message', () => {
  test('as plain text', () => {
    const { content } = render(
      {
        tone: 'critical',
        title: 'KMD is down',
        blocks: [
          { kind: 'fields', fields: [{ name: 'Seat', value: 'alright_DEV' }] },
          {
            kind: 'table',
            head: ['service', 'state'],
            rows: [
              ['KMD', 'down'],
              ['iguana', 'up'],
            ],
          },
          { kind: 'link', label: 'Graph', url: 'https://example.org/g' },
          { kind: 'choices', choices: [{ label: 'Acknowledge', emoji: '👍', words: ['ack', 'a 1'] }] },
        ],
        footer: 'alert a1',
        mentions: [alice],
      },
      options,
    );
    expect(content.body).toBe(
      [
        '🔴 KMD is down – Alice',
        'Seat: alright_DEV',
        'service  state\n───────  ─────\nKMD      down\niguana   up',
        'Graph: https://example.org/g',
        '👍 Acknowledge – react, or type `!tocsin ack "a 1"`',
        'alert a1',
      ].join('\n\n'),
    );
  });

  test('as HTML of tags that clients let through', () => {
    const { formatted_body: html = '' } = render(every('x'), options).content;
    expect(isAllowed(html)).toBe(true);
    expect(html).toContain(
      '<p><strong>🔴 x</strong><br><a href="https://matrix.to/#/@alice:server">x</a></p>',
    );
    expect(html).toContain(
      '<table><thead><tr><th>x</th><th>b</th></tr></thead><tbody><tr><td>x</td><td>x</td></tr></tbody></table>',
    );
    expect(html).toContain('<li>👍 x – react, or type <code>!tocsin ack x</code></li>');
  });

  test('whatever stands in it, only our own tags are tags, and it reads as it was written', () => {
    const ours = tagsOf(render(every('x'), options).content.formatted_body ?? '').map(withoutTarget);
    const word = oneof(
      string({ unit: 'binary' }),
      stringMatching(/^[<>&"'`/a-z=:@ ]{1,40}$/u),
      constantFrom('<b>x</b>', '</code></pre><script>', '"><img src=x>', '&lt;', '<mx-reply>', '@room'),
    );
    assert(
      property(word, (words) => {
        // Without line breaks, which become tags of ours.
        const plain = `x${words.replaceAll(/\s/gu, ' ')}`;
        const html = render(every(plain), options).content.formatted_body ?? '';
        expect(tagsOf(html).map(withoutTarget)).toEqual(ours);
        expect(displayed(html)).toContain(
          plain
            .toWellFormed()
            .replaceAll(/[^\P{Cc}\t]|[\u202a-\u202e\u2066-\u2069]/gu, '')
            .trim(),
        );
      }),
    );
  });

  test('an address that is no web page is no link', () => {
    const link = { kind: 'link', label: 'here', url: 'javascript:alert(1)' } as const;
    const { content } = render({ tone: 'neutral', title: 't', blocks: [link] }, options);
    expect(content.formatted_body).toContain('<p>here: javascript:alert(1)</p>');
  });
});

describe('who is called', () => {
  test('only those it mentions, on this platform, with a well-formed account', () => {
    const bad = [
      { name: 'x', handles: { matrix: '@room' } },
      { name: 'y', handles: { matrix: 'alice:server' } },
    ];
    const none = [{ name: 'z', handles: { discord: '1' } }];
    const { content } = render({ ...every('x'), mentions: [alice, ...bad, ...none, alice] }, options);
    expect(content['m.mentions']).toEqual({ user_ids: ['@alice:server'] });
    expect(content.msgtype).toBe('m.text');
  });

  test('nobody by any text: the empty m.mentions is there, and never says room', () => {
    assert(
      property(oneof(constantFrom('@room', '@everyone', '@alice:server'), string()), (words) => {
        const { content } = render({ ...every(words), mentions: [] }, options);
        expect(content['m.mentions']).toEqual({});
        expect(content.msgtype).toBe('m.notice');
      }),
    );
  });

  test('a message that is to ring is a text: notices never notify', () => {
    const message: Message = { tone: 'neutral', title: 't', blocks: [] };
    expect(render(message, { ...options, rings: true }).content.msgtype).toBe('m.text');
    expect(render(message, options).content.msgtype).toBe('m.notice');
  });
});

describe('too long for an event', () => {
  test('a beginning that fits, the choices kept, and the whole beside it', () => {
    const rows = Array.from({ length: 3_000 }, (_, row) => [`node-${row}`, 'x'.repeat(40)]);
    const choices = [{ label: 'Acknowledge', emoji: '👍', words: ['ack', 'a1'] }];
    const { content, whole } = render(
      {
        tone: 'neutral',
        title: 'long',
        blocks: [
          { kind: 'text', text: 'begins' },
          { kind: 'table', head: ['node', 'why'], rows },
          { kind: 'choices', choices },
        ],
      },
      options,
    );
    expect(size(content)).toBeLessThanOrEqual(options.mostBytes);
    expect(content.body).toMatch(/^long\n\nbegins\n\nnode/u);
    expect(content.body).toContain('… and 2800 more');
    expect(content.body).toContain('the whole is attached');
    expect(content['org.tocsin.choices']).toEqual([{ emoji: '👍', words: ['ack', 'a1'] }]);
    expect(whole).toContain('node-2999');
  });

  test('whatever is long about it, it fits', () => {
    const huge = '€<'.repeat(50_000);
    const many = Array.from({ length: 2_000 }, () => alice);
    const wide = { kind: 'table', head: Array.from({ length: 9_000 }, () => 'h'), rows: [] } as const;
    const messages: readonly Message[] = [
      every(huge),
      { tone: 'neutral', title: huge, blocks: [wide], footer: huge },
      {
        tone: 'neutral',
        title: 't',
        blocks: Array.from({ length: 5_000 }, () => wide).slice(0, 5),
        mentions: many,
      },
    ];
    for (const message of messages) {
      const { content, whole } = render(message, options);
      expect(size(content)).toBeLessThanOrEqual(options.mostBytes);
      expect(whole).toBeDefined();
    }
  });
});

const withoutTarget = (tag: string): string => tag.replace(/href="[^"]*"/u, 'href');
