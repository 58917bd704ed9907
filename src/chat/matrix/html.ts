import type { Block, Choice, Field, Mention, Message } from '#src/domain/message.ts';

import { isHandle } from './identifier.ts';
import { clean, headline, isLink, oneLine, typedWords } from './plain.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (words: string): string =>
  words.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
const line = (words: string): string => escaped(oneLine(words));
const lines = (words: string): string => escaped(clean(words)).replaceAll('\n', '<br>');

/** The mentioned account on this platform; undefined for whoever has none. */
export const handleOf = (mention: Mention): string | undefined => {
  const handle = mention.handles['matrix'];
  return handle !== undefined && isHandle(handle) ? handle : undefined;
};

/**
 * A message as the HTML that clients show, of the tags they let through; every string of it escaped.
 * https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
 */
export function toHtml(message: Message, prefix: string): string {
  const pills = (message.mentions ?? []).map(pill).join(' ');
  const parts = [
    `<p><strong>${line(headline(message))}</strong>${pills && `<br>${pills}`}</p>`,
    ...message.blocks.map((block) => htmlBlock(block, prefix)),
    message.footer ? `<p><em>${lines(message.footer)}</em></p>` : '',
  ];
  return parts.join('');
}

function pill(mention: Mention): string {
  const handle = handleOf(mention);
  if (handle === undefined) return line(mention.name);
  const path = encodeURIComponent(handle).replace('%40', '@').replaceAll('%3A', ':');
  return `<a href="https://matrix.to/#/${escaped(path)}">${line(mention.name)}</a>`;
}

function htmlBlock(block: Block, prefix: string): string {
  switch (block.kind) {
    case 'text':
      return `<p>${lines(block.text)}</p>`;
    case 'fields':
      return `<ul>${block.fields.map(field).join('')}</ul>`;
    case 'table':
      return table(block.head, block.rows);
    case 'code':
      return `<pre><code>${escaped(clean(block.code))}</code></pre>`;
    case 'link':
      return isLink(block.url)
        ? `<p><a href="${line(block.url)}">${line(block.label)}</a></p>`
        : `<p>${line(block.label)}: ${line(block.url)}</p>`;
    case 'image':
      return `<p>🖼 ${line(block.alt)}</p>`;
    case 'choices':
  }
  return `<ul>${block.choices.map((one) => choice(one, prefix)).join('')}</ul>`;
}

const field = ({ name, value }: Field): string => `<li><b>${line(name)}</b>: ${lines(value)}</li>`;

const choice = (one: Choice, prefix: string): string =>
  `<li>${line(one.emoji)} ${line(one.label)} – react, or type <code>${escaped(typedWords(one, prefix))}</code></li>`;

const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${line(cell)}</${tag}>`).join('')}</tr>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map((cells) => row(cells, 'td')).join('');
  return `<table><thead>${row(head, 'th')}</thead><tbody>${body}</tbody></table>`;
}
