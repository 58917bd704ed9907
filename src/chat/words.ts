import { type Block, type Choice, lineOf, type Message, type Tone } from '#src/domain/message.ts';

// Control characters but tab and newline, and those that turn the direction of writing.
const UNSEEN = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text as anybody may have written it: well-formed, without what would only disturb its display. */
export const clean = (words: string): string =>
  words.toWellFormed().replaceAll('\r\n', '\n').replaceAll(UNSEEN, '').trim();

export const oneLine = (words: string): string =>
  clean(words)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');

const MARKS: Readonly<Record<Tone, string>> = { neutral: '', good: '✅ ', warning: '⚠️ ', critical: '🔴 ' };

/** With the tone's mark before it, unless it begins with a mark of its own. */
export const headline = ({ tone, title }: Pick<Message, 'tone' | 'title'>): string => {
  const words = oneLine(title);
  return /^\p{Extended_Pictographic}/u.test(words) ? words : `${MARKS[tone]}${words}`;
};

/** Who is called, by name: nobody is notified by it. */
export const namesOf = ({ mentions = [] }: Pick<Message, 'mentions'>): string =>
  mentions.map(({ name }) => oneLine(name)).join(', ');

/** Only what leads to a web page or an address becomes a link. */
export const isLink = (url: string): boolean => {
  const parsed = URL.parse(url);
  return parsed !== null && ['https:', 'http:', 'mailto:'].includes(parsed.protocol);
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML shows it, in text and in quoted attributes alike. */
export const escapeHtml = (words: string): string =>
  words.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');

/** At most `most` units, never half a character; what is cut off leaves an ellipsis. */
export const cut = (words: string, most: number): string =>
  words.length <= most
    ? words
    : `${words
        .slice(0, Math.max(0, most - 1))
        .toWellFormed()
        .replace(/\ufffd$/u, '')}…`;

// One long cell must not widen every row.
const WIDEST = 40;

const lengthOf = (words: string): number => Array.from(words).length;

/** A table as lines of equal-width characters. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [head, ...rows].map((row) => row.map(oneLine));
  const widths = cells.reduce<readonly number[]>(
    (most, row) =>
      Array.from({ length: Math.max(most.length, row.length) }, (_, column) =>
        Math.max(most[column] ?? 0, Math.min(lengthOf(row[column] ?? ''), WIDEST)),
      ),
    [],
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [lines[0] ?? '', rule, ...lines.slice(1)];
}

/** How a choice is made where nobody is heard. */
export const hintOf = (choice: Choice): { readonly label: string; readonly line: string } => ({
  label: oneLine(choice.label),
  line: oneLine(lineOf(choice.words)),
});

/** Stands before the hints. */
export const HINTS = 'Nobody reads answers here. Type in a chat with Tocsin:';

/** The whole message as plain text, each kind of block in a form of its own; `choice` makes a choice a line. */
export function plainText(message: Message, choices: (choices: readonly Choice[]) => string = hints): string {
  const parts = [
    [headline(message), namesOf(message)].filter((part) => part !== '').join(' – '),
    ...message.blocks.map((block) => plainBlock(block, choices)),
    clean(message.footer ?? ''),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const hints = (choices: readonly Choice[]): string =>
  choices.length === 0
    ? ''
    : [
        HINTS,
        ...choices.map((choice) => {
          const { label, line } = hintOf(choice);
          return `  ${line}   (${label})`;
        }),
      ].join('\n');

function plainBlock(block: Block, choices: (choices: readonly Choice[]) => string): string {
  switch (block.kind) {
    case 'text':
      return clean(block.text);
    case 'fields':
      return block.fields.map(({ name, value }) => `${oneLine(name)}: ${clean(value)}`).join('\n');
    case 'table':
      return tableLines(block.head, block.rows).join('\n');
    case 'code':
      return clean(block.code);
    case 'link':
      return `${oneLine(block.label)}: ${oneLine(block.url)}`;
    case 'image':
      return `[${oneLine(block.alt)}]`;
    case 'choices':
  }
  return choices(block.choices);
}
