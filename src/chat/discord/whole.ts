import type { Block, Message } from '#src/domain/message.ts';

import { readable } from './escape.ts';
import { tableLines } from './table.ts';

/** The whole message as a text file, for what does not fit into the message itself. */
export const wholeText = (message: Message): string =>
  readable(
    [message.title, ...message.blocks.map(blockText), message.footer ?? '']
      .filter((part) => part !== '')
      .join('\n\n'),
  );

const TEXT: { readonly [K in Block['kind']]: (block: Extract<Block, { kind: K }>) => string } = {
  text: (block) => block.text,
  fields: (block) => block.fields.map(({ name, value }) => `${name}: ${value}`).join('\n'),
  table: (block) => tableLines(block.head, block.rows).join('\n'),
  code: (block) => block.code,
  link: (block) => `${block.label}: ${block.url}`,
  image: (block) => `[${block.alt}]`,
  choices: (block) => block.choices.map(({ label, words }) => `${label}: ${words.join(' ')}`).join('\n'),
};

const blockText = <K extends Block['kind']>(block: Extract<Block, { kind: K }>): string =>
  TEXT[block.kind](block);
