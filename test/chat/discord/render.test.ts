import { describe, expect, test } from 'vitest';

import { renderDiscord } from '#src/chat/discord/render.ts';
import { type Block, choices, fields, type Message, table, text } from '#src/domain/message.ts';

import { shownMessage } from './shown.ts';

const say = (title: string, ...blocks: Block[]): Message => ({ tone: 'neutral', title, blocks });
const bodyOf = (message: Message) => renderDiscord(message).body;
const bytes = new Uint8Array([137, 80, 78, 71]);
const footerOf = (message: Message) =>
  renderDiscord(message, { reference: 'k1' }).body.embeds.at(-1)?.footer?.text;
const button = (label: string, ...words: string[]) => ({ label, emoji: '👍', words });
const linkTo = (url: string, label = 'release') =>
  bodyOf(say('t', { kind: 'link', label, url })).embeds[0]?.description;
const image = (name: string, png = bytes): Block => ({ kind: 'image', name, alt: 'Blocks <b>', png });

test('the tone has a colour and, unless the title has one, a sign', () => {
  const looks = (['neutral', 'good', 'warning', 'critical'] as const).map((tone) => {
    const [embed] = bodyOf({ tone, title: 'KMD', blocks: [] }).embeds;
    return [embed?.title, embed?.color];
  });
  expect(looks.map(([title]) => title)).toEqual(['KMD', '✅ KMD', '⚠️ KMD', '🚨 KMD']);
  expect(new Set(looks.map(([, color]) => color)).size).toBe(4);
  expect(bodyOf({ tone: 'good', title: '🔔 Resolved', blocks: [] }).embeds[0]?.title).toBe('🔔 Resolved');
});

test('words and tables come in order; fields stand below them, and what follows begins a new card', () => {
  const { embeds } = bodyOf(
    say('t', text('one'), table(['a', 'b'], [['1', '2']]), fields({ Seat: 'x_DEV' }), text('two')),
  );
  expect(embeds.map(({ description }) => description)).toEqual(['one\n```\na  b\n─  ─\n1  2\n```', 'two']);
  expect(embeds[0]?.fields).toEqual([{ name: 'Seat', value: 'x_DEV', inline: true }]);
});

test('two texts are two paragraphs', () => {
  expect(bodyOf(say('t', text('one'), text('two'))).embeds[0]?.description).toBe('one\n\ntwo');
});

test('the reference is the last word of the small print', () => {
  expect(footerOf(say('t'))).toBe('k1');
  expect(footerOf({ ...say('t', fields({ a: 'b' }), text('x')), footer: 'alert a1' })).toBe('alert a1 · k1');
});

describe('mentions', () => {
  const ada = '123456789012345678';
  const calling = (...handles: Record<string, string>[]): Message => ({
    ...say(`@everyone <@${ada}>`, text(`@here <@${ada}>`), fields({ [`<@${ada}>`]: '@everyone' })),
    mentions: handles.map((given) => ({ name: 'Bob *B*', handles: given })),
  });

  test('nobody is pinged by a text', () => {
    expect(bodyOf(calling()).allowed_mentions).toEqual({ parse: [], users: [] });
    expect(bodyOf(calling()).content).toBe('');
  });

  test('only those meant are, once each', () => {
    const { allowed_mentions, content } = bodyOf(calling({ discord: ada }, { discord: ada, matrix: '@a:b' }));
    expect(allowed_mentions).toEqual({ parse: [], users: [ada] });
    expect(content).toBe(`<@${ada}>`);
  });

  test('who has no account here is named; what is no account is not used as one', () => {
    const { allowed_mentions, content } = bodyOf(calling({ matrix: '@b:x' }, { discord: '1> @everyone' }));
    expect(allowed_mentions.users).toEqual([]);
    expect(content).toBe('Bob \\*B\\*, Bob \\*B\\*');
  });

  test('more than a message can call are counted', () => {
    const many = Array.from({ length: 200 }, (_, at) => ({
      discord: String(100_000_000_000_000_000n + BigInt(at)),
    }));
    const { allowed_mentions, content } = bodyOf(calling(...many));
    expect(allowed_mentions.users).toHaveLength(80);
    expect(content).toMatch(/ and 120 more$/u);
    expect(content.length).toBeLessThan(2_000);
  });
});

describe('choices', () => {
  test('are rows of buttons that carry the words', () => {
    const { components } = bodyOf(
      say('t', choices(...Array.from({ length: 7 }, (_, at) => button(`b${at}`, 'ack', `a${at}`)))),
    );
    expect(components.map((row) => row.components.length)).toEqual([5, 2]);
    expect(components[0]?.components[0]).toEqual({ type: 2, style: 2, label: '👍 b0', custom_id: 'ack a0' });
  });

  test('keep words with blanks and quotes together', () => {
    const { components } = bodyOf(say('t', choices(button('x', 'deny', 'r1', 'not now', 'a"b', `c'"d e`))));
    expect(components[0]?.components[0]?.custom_id).toBe(`deny r1 "not now" 'a"b' 'c’"d e'`);
  });

  test('that no button can carry are told to be typed', () => {
    const long = 'x'.repeat(120);
    const { components, embeds } = bodyOf(
      say(
        't',
        choices(
          button('long', 'ack', long),
          ...Array.from({ length: 26 }, (_, at) => button(`b${at}`, `w${at}`)),
        ),
      ),
    );
    expect(components.flatMap((row) => row.components)).toHaveLength(25);
    expect(embeds[0]?.description).toBe(`long: ack ${long}\n\nb25: w25`);
  });

  test('said twice are one button', () => {
    expect(
      bodyOf(say('t', choices(button('a', 'ack'), button('b', 'ack')))).components[0]?.components,
    ).toHaveLength(1);
  });
});

describe('links', () => {
  test('show their label', () => {
    expect(linkTo('https://example.org/a_(b)?x=1&y=*z*')).toBe(
      '[release](https://example.org/a_%28b%29?x=1&y=*z*)',
    );
  });

  test.for([
    ['javascript:alert(1)', 'a', 'a: javascript:alert(1)'],
    ['not an address', 'a', 'a: not an address'],
    ['https://example.org/', 'https://trusted.example', 'https://trusted.example: https://example.org/'],
    ['https://example.org/', '[x](https://evil.example)', '[x](https://evil.example): https://example.org/'],
    ['https://example.org/', '', ': https://example.org/'],
  ] as const)('that are odd show as text: %s %s', ([url, label, shown]) => {
    const body = bodyOf(say('t', { kind: 'link', label, url }));
    expect(shownMessage(body)).toBe(`t\n${shown}`);
  });
});

describe('images', () => {
  test('are attached and shown, with their description', () => {
    const { body, files } = renderDiscord(say('t', image('../a b.png'), image('c.png')));
    expect(files.map(({ name }) => name)).toEqual(['1--a-b.png', '2-c.png']);
    expect(body.embeds.map(({ image }) => image?.url)).toEqual([
      'attachment://1--a-b.png',
      'attachment://2-c.png',
    ]);
    expect(body.attachments).toEqual([
      { id: 0, filename: '1--a-b.png', description: 'Blocks <b>' },
      { id: 1, filename: '2-c.png', description: 'Blocks <b>' },
    ]);
  });

  test('too large or too many are told of in words', () => {
    const large = renderDiscord(say('t', image('a', new Uint8Array(6 * 1024 * 1024))));
    expect(large.files).toEqual([]);
    expect(shownMessage(large.body)).toBe('t\n[Blocks <b>]');
    expect(
      renderDiscord(say('t', ...Array.from({ length: 12 }, () => image('a')))).files.length,
    ).toBeLessThanOrEqual(10);
  });
});

describe('what does not fit', () => {
  const rows = Array.from({ length: 500 }, (_, at) => [`node-${at}`, 'behind']);
  const long = renderDiscord({
    ...say('Roll call', text('begins here'), table(['node', 'state'], rows)),
    footer: 'f',
  });

  test('begins readably and is attached as a whole', () => {
    const shown = shownMessage(long.body);
    expect(shown).toMatch(/^📎 Shortened[^]*Roll call\nbegins here\nnode {6}state\n[^]*node-100/u);
    expect(shown).not.toContain('node-499');
    expect(long.files.map(({ name }) => name)).toEqual(['message.txt']);
    const whole = long.files[0]?.data.toString() ?? '';
    expect(whole).toContain('Roll call\n\nbegins here\n\nnode');
    expect(whole).toContain('node-499  behind');
    expect(whole.trimEnd()).toMatch(/f$/u);
  });

  test('64 rows do fit', () => {
    const { files, body } = renderDiscord(
      say(
        't',
        table(
          ['seat', 'delivered', 'acknowledged'],
          rows.slice(0, 64).map(([a]) => [a ?? '', 'discord 12:31', 'yes']),
        ),
      ),
    );
    expect(files).toEqual([]);
    expect(shownMessage(body)).toContain('node-63');
  });

  test('more than 25 fields go on in the next card', () => {
    const many = fields(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`n${at}`, 'v'])));
    const { body, files } = renderDiscord(say('t', many));
    expect(body.embeds.map((embed) => embed.fields?.length)).toEqual([25, 5]);
    expect(files).toEqual([]);
  });

  test('a long value is cut and attached', () => {
    const { body, files } = renderDiscord(say('t', fields({ log: '*'.repeat(900) })));
    expect(body.embeds[0]?.fields?.[0]?.value.length).toBeLessThanOrEqual(1_024);
    expect(files[0]?.data.toString()).toContain('*'.repeat(900));
  });

  test('nothing follows what was left out', () => {
    const { body } = renderDiscord(say('t', text('x '.repeat(5_000)), text('after')));
    expect(shownMessage(body)).not.toContain('after');
  });
});
