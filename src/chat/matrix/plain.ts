import { type Block, type Choice, lineOf, type Message, type Tone } from '#src/domain/message.ts';

// Control characters but tab and newline, and those that turn the direction of writing.
const UNSEEN = /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text as it may stand in an event: well-formed, without what would only disturb its display. */
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

/** The way to choose for who cannot react, or does not want to. */
export const typedWords = (choice: Choice, prefix: string): string =>
  oneLine(`${prefix} ${lineOf(choice.words)}`);

/** Only what leads to a web page or an address becomes a link. */
export const isLink = (url: string): boolean => {
  const parsed = URL.parse(url);
  return parsed !== null && ['https:', 'http:', 'mailto:'].includes(parsed.protocol);
};

/** A message as plain text: what is read without HTML, in notifications, and in an attachment. */
export function toPlain(message: Message, prefix: string): string {
  const names = (message.mentions ?? []).map((mention) => oneLine(mention.name)).join(', ');
  const parts = [
    [headline(message), names].filter((part) => part !== '').join(' – '),
    ...message.blocks.map((block) => plainBlock(block, prefix)),
    clean(message.footer ?? ''),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function plainBlock(block: Block, prefix: string): string {
  switch (block.kind) {
    case 'text':
      return clean(block.text);
    case 'fields':
      return block.fields.map(({ name, value }) => `${oneLine(name)}: ${clean(value)}`).join('\n');
    case 'table':
      return plainTable([block.head, ...block.rows]);
    case 'code':
      return clean(block.code);
    case 'link':
      return `${oneLine(block.label)}: ${oneLine(block.url)}`;
    case 'image':
      return `[${oneLine(block.alt)}]`;
    case 'choices':
  }
  return block.choices.map((choice) => plainChoice(choice, prefix)).join('\n');
}

const plainChoice = (choice: Choice, prefix: string): string =>
  `${oneLine(choice.emoji)} ${oneLine(choice.label)} – react, or type \`${typedWords(choice, prefix)}\``;

// One long cell must not widen every row.
const WIDEST = 40;

const lengthOf = (words: string): number => Array.from(words).length;

function plainTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(oneLine));
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
  return [lines[0] ?? '', rule, ...lines.slice(1)].join('\n');
}
