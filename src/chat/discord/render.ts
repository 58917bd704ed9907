import type { Choice, Mention, Message, Tone } from '#src/domain/message.ts';

import { buttonsOf, type Row } from './buttons.ts';
import { escapeMarkdown, oneLine, readable } from './escape.ts';
import { cut, LIMITS } from './limits.ts';
import { createPages, type Embed, type Pages } from './pages.ts';
import { tableLines } from './table.ts';
import { wholeText } from './whole.ts';

export interface File {
  readonly name: string;
  readonly data: Buffer;
  readonly contentType: string;
}

/** A message in Discord's form; the same body serves a new message, an edit and an answer. */
export interface Rendered {
  readonly body: {
    readonly content: string;
    readonly embeds: readonly Embed[];
    readonly components: readonly Row[];
    /** Only these are pinged, whatever the text says. */
    readonly allowed_mentions: { readonly parse: readonly []; readonly users: readonly string[] };
    /** All files there are: an edit drops those of before. */
    readonly attachments: readonly {
      readonly id: number;
      readonly filename: string;
      readonly description?: string;
    }[];
  };
  readonly files: readonly File[];
}

// The sign differs in shape, so that the colour carries nothing alone.
const TONE: Readonly<Record<Tone, { readonly color: number; readonly sign: string }>> = {
  neutral: { color: 0x5865f2, sign: '' },
  good: { color: 0x23a55a, sign: '✅' },
  warning: { color: 0xf0b232, sign: '⚠️' },
  critical: { color: 0xd83c3e, sign: '🚨' },
};

const MOST_IMAGE_BYTES = 5 * 1024 * 1024;
const MOST_TEXT = 1_000_000;
const MOST_FOOTER = 1_500;

/** Whatever the message holds, the outcome is within Discord's limits: what does not fit is attached as a file. */
export function renderDiscord(
  message: Message,
  options: { readonly reference?: string | undefined } = {},
): Rendered {
  const { color, sign } = TONE[message.tone];
  const escapedTitle = titleOf(message.title, sign);
  const title = cut(escapedTitle, LIMITS.title);
  const footer = footerOf(message, options.reference);
  const pages = createPages(color, LIMITS.embedTotal - title.length - footer.length);
  const images: { readonly file: File; readonly alt: string }[] = [];
  const choices: Choice[] = [];
  if (title !== escapedTitle) pages.shorten();
  for (const block of message.blocks) {
    switch (block.kind) {
      case 'text':
        pages.text(block.text);
        break;
      case 'fields':
        for (const { name, value } of block.fields) pages.field(name, value);
        break;
      case 'table':
        pages.code(tableLines(block.head, block.rows));
        break;
      case 'code':
        pages.code([block.code]);
        break;
      case 'link':
        addLink(pages, block);
        break;
      case 'image':
        addImage(pages, images, block);
        break;
      case 'choices':
        choices.push(...block.choices);
        break;
    }
  }
  const { rows, typed } = buttonsOf(choices);
  for (const { label, line } of typed) pages.text(`${label}: ${line}`);
  return assemble(message, { pages, images, rows, title, footer });
}

/** With the tone's sign before it, unless it begins with a sign of its own. */
function titleOf(words: string, sign: string): string {
  const title = escapeMarkdown(readable(words).trim() || 'Tocsin');
  return sign === '' || /^\p{Extended_Pictographic}/u.test(title) ? title : `${sign} ${title}`;
}

const footerOf = ({ footer = '' }: Message, reference: string | undefined): string =>
  [cut(readable(footer).trim(), MOST_FOOTER), reference ?? ''].filter(Boolean).join(' · ');

function assemble(
  message: Message,
  parts: {
    readonly pages: Pages;
    readonly images: readonly { readonly file: File; readonly alt: string }[];
    readonly rows: readonly Row[];
    readonly title: string;
    readonly footer: string;
  },
): Rendered {
  const { pages, images, rows, title, footer } = parts;
  const embeds = pages.embeds.map((embed) => ({ ...embed }));
  const [first, last] = [embeds[0], embeds.at(-1)];
  if (first) first.title = title;
  if (last && footer !== '') last.footer = { text: footer };
  const whole = pages.shortened || (message.footer?.length ?? 0) > MOST_FOOTER ? [wholeFile(message)] : [];
  const called = callOf(message.mentions ?? []);
  return {
    body: {
      content: [called.words, whole.length > 0 ? '📎 Shortened: the whole is in the attached file.' : '']
        .filter(Boolean)
        .join('\n'),
      embeds,
      components: rows,
      allowed_mentions: { parse: [], users: called.users },
      attachments: [
        ...images.map(({ file, alt }, id) => ({ id, filename: file.name, ...(alt && { description: alt }) })),
        ...whole.map(({ name }) => ({ id: images.length, filename: name })),
      ],
    },
    files: [...images.map(({ file }) => file), ...whole],
  };
}

function wholeFile(message: Message): File {
  const text = wholeText(message);
  const data = Buffer.from(text.length > MOST_TEXT ? `${cut(text, MOST_TEXT)}\n[cut here]\n` : `${text}\n`);
  return { name: 'message.txt', data, contentType: 'text/plain; charset=utf-8' };
}

/** A link that shows where it leads only when it can be trusted to: anything odd is shown as text. */
function addLink(pages: Pages, { label, url }: { readonly label: string; readonly url: string }): void {
  const target = URL.parse(url);
  const name = escapeMarkdown(oneLine(label).trim()).replaceAll(/[[\]]/gu, '\\$&');
  const address = target?.href.replaceAll('(', '%28').replaceAll(')', '%29') ?? '';
  const safe = target !== null && /^https?:$/u.test(target.protocol) && !/[\s<>]/u.test(address);
  // Discord shows a link as raw Markdown when its label looks like an address itself.
  if (
    !safe ||
    name === '' ||
    name.includes('\\[') ||
    /:\/\//u.test(name) ||
    name.length + address.length > LIMITS.title * 8
  ) {
    pages.text(`${label}: ${url}`);
  } else {
    pages.markdown(`[${name}](${address})`);
  }
}

function addImage(
  pages: Pages,
  images: { readonly file: File; readonly alt: string }[],
  image: { readonly name: string; readonly alt: string; readonly png: Uint8Array },
): void {
  const stem = image.name
    .replace(/\.png$/iu, '')
    .replaceAll(/[^A-Za-z0-9_-]+/gu, '-')
    .slice(0, 60);
  const name = `${images.length + 1}-${stem || 'image'}.png`;
  const bytes = images.reduce((sum, { file }) => sum + file.data.length, image.png.length);
  const alt = cut(oneLine(image.alt).trim(), LIMITS.altText);
  if (bytes > MOST_IMAGE_BYTES || images.length >= LIMITS.files - 1 || !pages.image(name)) {
    pages.text(`[${alt}]`);
    return;
  }
  images.push({ file: { name, data: Buffer.from(image.png), contentType: 'image/png' }, alt });
}

const ACCOUNT = /^\d{17,20}$/u;
/** So many mentions fit into the content beside the note. */
const MOST_CALLED = 80;

/** Who is called: pinged by account, by name who has none here. */
function callOf(mentions: readonly Mention[]): { readonly words: string; readonly users: readonly string[] } {
  const accounts = new Set<string>();
  const names: string[] = [];
  for (const { name, handles } of mentions) {
    const account = handles['discord'];
    if (account !== undefined && ACCOUNT.test(account)) accounts.add(account);
    else names.push(escapeMarkdown(cut(oneLine(name), 40)));
  }
  const users = [...accounts].slice(0, MOST_CALLED);
  const words = users.map((id) => `<@${id}>`).join(' ');
  const rest = names.length + accounts.size - users.length;
  const others = names.join(', ');
  if (rest === 0) return { words, users };
  const fits = others.length > 0 && accounts.size === users.length && words.length + others.length < 1_900;
  return { words: [words, fits ? others : `and ${rest} more`].filter(Boolean).join(' '), users };
}
