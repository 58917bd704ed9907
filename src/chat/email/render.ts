import type { Block, Choice, Field, Message } from '#src/domain/message.ts';

import { picturesOf } from '../pictures.ts';
import {
  clean,
  cut,
  escapeHtml,
  headline,
  hintOf,
  HINTS,
  isLink,
  namesOf,
  oneLine,
  plainText,
} from '../words.ts';

interface Attachment {
  readonly filename: string;
  readonly content: Buffer;
  readonly contentType: string;
  /** Named by the HTML part, which shows it in its place. */
  readonly cid?: string;
}

/** A message in the form of a mail. */
export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly Attachment[];
}

const MOST_SUBJECT = 150;
/** Beyond this, mailboxes hide the rest behind a link. */
const MOST_SHOWN = 80_000;
const BEGINNING = 20_000;
const MOST_TEXT = 2_000_000;
const MOST_IMAGES = 10;
const ATTACHED = 'Too long for one mail: the whole is attached.';

/** Pure: every string of the message stands escaped in the HTML, and as it is in the text. */
export function renderEmail(message: Message): Rendered {
  const subject = cut(headline(message) || 'Tocsin', MOST_SUBJECT);
  const pictures = picturesOf(message, MOST_IMAGES).map(({ name, data }, index) => ({
    filename: name,
    content: data,
    contentType: 'image/png',
    cid: cidOf(index),
  }));
  const text = plainText(message);
  const html = page(message, htmlBlocks(message.blocks));
  if (text.length <= MOST_SHOWN && html.length <= MOST_SHOWN * 2)
    return { subject, text, html, attachments: pictures };
  const beginning = cut(text, BEGINNING);
  const whole = Buffer.from(text.length > MOST_TEXT ? `${cut(text, MOST_TEXT)}\n[cut here]\n` : `${text}\n`);
  return {
    subject,
    text: `${ATTACHED}\n\n${beginning}`,
    html: page({ ...message, title: cut(message.title, 1_000), footer: undefined, mentions: [] }, [
      `<p>${ATTACHED}</p>`,
      pre(beginning),
    ]),
    attachments: [
      ...pictures,
      { filename: 'message.txt', content: whole, contentType: 'text/plain; charset=utf-8' },
    ],
  };
}

const cidOf = (index: number): string => `image-${index}@tocsin`;

const line = (words: string): string => escapeHtml(oneLine(words));
const lines = (words: string): string => escapeHtml(clean(words)).replaceAll('\n', '<br>');
const pre = (words: string): string => `<pre>${escapeHtml(clean(words))}</pre>`;

function page(message: Message, blocks: readonly string[]): string {
  const names = line(namesOf(message));
  return [
    '<!doctype html><html><head><meta charset="utf-8"></head><body>',
    `<h3>${line(headline(message)) || 'Tocsin'}</h3>`,
    names && `<p>${names}</p>`,
    ...blocks,
    message.footer ? `<p><small>${lines(message.footer)}</small></p>` : '',
    '</body></html>',
  ].join('\n');
}

function htmlBlocks(blocks: readonly Block[]): readonly string[] {
  let images = 0;
  return blocks.map((block) => htmlBlock(block, block.kind === 'image' ? images++ : 0));
}

function htmlBlock(block: Block, image: number): string {
  switch (block.kind) {
    case 'text':
      return `<p>${lines(block.text)}</p>`;
    case 'fields':
      return `<ul>${block.fields.map(field).join('')}</ul>`;
    case 'table':
      return table(block.head, block.rows);
    case 'code':
      return pre(block.code);
    case 'link':
      return isLink(block.url)
        ? `<p><a href="${line(block.url)}">${line(block.label)}</a></p>`
        : `<p>${line(block.label)}: ${line(block.url)}</p>`;
    case 'image':
      return image < MOST_IMAGES
        ? `<p><img src="cid:${cidOf(image)}" alt="${line(block.alt)}"></p>`
        : `<p>[${line(block.alt)}]</p>`;
    case 'choices':
  }
  return block.choices.length === 0 ? '' : `<p>${HINTS}</p><ul>${block.choices.map(hint).join('')}</ul>`;
}

const field = ({ name, value }: Field): string => `<li><b>${line(name)}</b>: ${lines(value)}</li>`;

function hint(choice: Choice): string {
  const { label, line: typed } = hintOf(choice);
  return `<li><code>${escapeHtml(typed)}</code> (${escapeHtml(label)})</li>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag} align="left">${line(cell)}</${tag}>`).join('')}</tr>`;
  return `<table cellpadding="4">${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}
