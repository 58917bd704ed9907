import { constantFrom, oneof, string, stringMatching } from 'fast-check';

import type { Message } from '#src/domain/message.ts';

/** A message in which every string is the same. */
export const every = (words: string): Message => ({
  tone: 'critical',
  title: words,
  blocks: [
    { kind: 'text', text: words },
    { kind: 'fields', fields: [{ name: words, value: words }] },
    { kind: 'table', head: [words, 'b'], rows: [[words, words]] },
    { kind: 'code', code: words },
    { kind: 'link', label: words, url: `https://example.org/?q=${words}` },
    { kind: 'image', name: words, alt: words, png: new Uint8Array([1]) },
    { kind: 'choices', choices: [{ label: words, emoji: '👍', words: ['ack', words] }] },
  ],
  footer: words,
  mentions: [{ name: words, handles: { email: 'x@example.org', telegram: '7', matrix: '@alice:server' } }],
});

/** As alerts are. */
export const alert: Message = {
  tone: 'critical',
  title: 'KMD is down',
  blocks: [
    { kind: 'fields', fields: [{ name: 'Seat', value: 'alright_DEV' }] },
    { kind: 'table', head: ['service', 'state'], rows: [['KMD', 'down']] },
    { kind: 'link', label: 'Graph', url: 'https://example.org/g?a=1&b=2' },
    { kind: 'choices', choices: [{ label: 'Acknowledge', emoji: '👍', words: ['ack', 'a 1'] }] },
  ],
  footer: 'alert a1',
};

/** Words as anybody may write them, and worse. */
export const anyWords = oneof(
  string({ unit: 'binary' }),
  stringMatching(/^[<>&"'`/a-z=:@ ]{1,40}$/u),
  constantFrom(
    '<b>x</b>',
    '</code></pre><script>',
    '"><img src=x>',
    '&lt;',
    '<!--',
    '@alice',
    '/start',
    'a\r\nBcc: b@c',
  ),
);
