import type { Block, Choice, Message } from '#src/domain/message.ts';

import { CHOICES_KEY, type Content } from './content.ts';
import { handleOf, toHtml } from './html.ts';
import { clean, toPlain } from './plain.ts';

type Image = Extract<Block, { kind: 'image' }>;

/** A message in Matrix's form. */
export interface Rendered {
  readonly content: Content;
  /** The whole as plain text, when the content shows only its beginning. */
  readonly whole?: string;
  readonly images: readonly Image[];
  readonly choices: readonly Choice[];
}

export interface RenderOptions {
  readonly prefix: string;
  /** It is to notify its readers; whoever is mentioned is notified in any case. */
  readonly rings?: boolean;
  /** The content stays below; an event may have 65,536 bytes with its envelope. */
  readonly mostBytes: number;
}

/** How much of each block is kept, from everything to hardly anything. */
const CUTS = [
  { rows: 200, characters: 8_000 },
  { rows: 60, characters: 3_000 },
  { rows: 20, characters: 800 },
  { rows: 5, characters: 200 },
  { rows: 1, characters: 60 },
] as const;

/** Pure: the same message has the same content, which the deduplication of edits relies on. */
export function render(message: Message, options: RenderOptions): Rendered {
  const { mostBytes } = options;
  const images = message.blocks.filter((block) => block.kind === 'image');
  const choices = message.blocks.flatMap((block) => (block.kind === 'choices' ? block.choices : []));
  const fits = (content: Content): boolean => Buffer.byteLength(JSON.stringify(content)) <= mostBytes;

  const full = contentOf(message, choices, options);
  if (fits(full)) return { content: full, images, choices };
  const whole = toPlain(message, options.prefix);
  for (const cut of CUTS) {
    const content = contentOf(shortened(message, cut), choices, options);
    if (fits(content)) return { content, whole, images, choices };
  }
  const { tone, title } = shortened(message, CUTS[4]);
  const hint: Message = { tone, title, blocks: [{ kind: 'text', text: ATTACHED }] };
  return { content: contentOf(hint, [], options), whole, images, choices: [] };
}

function contentOf(message: Message, choices: readonly Choice[], { prefix, rings }: RenderOptions): Content {
  const handles = (message.mentions ?? []).flatMap((mention) => handleOf(mention) ?? []);
  return {
    msgtype: rings || handles.length > 0 ? 'm.text' : 'm.notice',
    body: toPlain(message, prefix),
    format: 'org.matrix.custom.html',
    formatted_body: toHtml(message, prefix),
    // Present even when empty: without it, older rules look for names and @room in the text.
    'm.mentions': handles.length > 0 ? { user_ids: [...new Set(handles)] } : {},
    ...(choices.length > 0 && {
      [CHOICES_KEY]: choices.map(({ emoji, words }) => ({ emoji, words: [...words] })),
    }),
  };
}

/** What readers see, without what calls them: an edit must call nobody. */
export const silent = (content: Content): Content => ({ ...content, msgtype: 'm.notice', 'm.mentions': {} });

const ATTACHED = 'Too long for one message: the whole is attached.';

function shortened(message: Message, cut: (typeof CUTS)[number]): Message {
  const kept = message.blocks.filter((block, index) => index < cut.rows || block.kind === 'choices');
  return {
    ...message,
    title: shorter(message.title, cut.characters),
    blocks: [...kept.map((block) => shorterBlock(block, cut)), { kind: 'text', text: ATTACHED }],
    footer: message.footer === undefined ? undefined : shorter(message.footer, cut.characters),
  };
}

function shorterBlock(block: Block, { rows, characters }: (typeof CUTS)[number]): Block {
  const cell = (words: string): string => shorter(words, Math.min(characters, 1_000));
  switch (block.kind) {
    case 'text':
      return { ...block, text: shorter(block.text, characters) };
    case 'code':
      return { ...block, code: shorter(block.code, characters) };
    case 'fields':
      return {
        ...block,
        fields: block.fields
          .slice(0, rows)
          .map(({ name, value }) => ({ name: cell(name), value: cell(value) })),
      };
    case 'table': {
      const left = block.rows.length - rows;
      const more = left > 0 ? [[`… and ${left} more`]] : [];
      const head = block.head.slice(0, rows + 9);
      return {
        ...block,
        head: head.map(cell),
        rows: [...block.rows.slice(0, rows).map((row) => row.slice(0, head.length).map(cell)), ...more],
      };
    }
    case 'link':
    case 'image':
    case 'choices':
  }
  return block;
}

function shorter(words: string, most: number): string {
  const text = clean(words);
  return text.length <= most
    ? text
    : `${text
        .slice(0, most)
        .toWellFormed()
        .replace(/\ufffd$/u, '')}…`;
}
