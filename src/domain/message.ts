/** Sets the colour; the words must say the same. */
export const TONES = ['neutral', 'good', 'warning', 'critical'] as const;
export type Tone = (typeof TONES)[number];

/**
 * Something a reader may choose: a button in Discord and on the page, a reaction in Matrix.
 * Choosing it is the same as typing `words` as a command, by whoever chose.
 */
export interface Choice {
  readonly label: string;
  readonly emoji: string;
  readonly words: readonly string[];
  readonly style?: 'primary' | 'danger' | undefined;
}

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** Every string is plain text: a renderer escapes it, and nothing in it pings anybody. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fields'; readonly fields: readonly Field[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }
  | { readonly kind: 'image'; readonly name: string; readonly alt: string; readonly png: Uint8Array }
  | { readonly kind: 'choices'; readonly choices: readonly Choice[] };

/** How each state is shown. */
export type StateWords<State extends string> = Readonly<
  Record<State, { readonly words: string; readonly tone: Tone }>
>;

/** The same without its buttons, for an answer that is not kept up to date. */
export const withoutChoices = (message: Message): Message => ({
  ...message,
  blocks: message.blocks.filter((block) => block.kind !== 'choices'),
});

/** Someone to be called by a message: the platform's renderer picks its own handle. */
export interface Mention {
  readonly name: string;
  readonly handles: Readonly<Record<string, string>>;
}

/** What Tocsin says, before any platform gives it a form. */
export interface Message {
  readonly tone: Tone;
  readonly title: string;
  readonly blocks: readonly Block[];
  /** Only these are pinged; text never pings. */
  readonly mentions?: readonly Mention[] | undefined;
  /** Small print: ids, the medium's note. */
  readonly footer?: string | undefined;
}

export const text = (words: string): Block => ({ kind: 'text', text: words });
export const fields = (record: Readonly<Record<string, string | undefined>>): Block => ({
  kind: 'fields',
  fields: Object.entries(record).flatMap(([name, value]) => (value ? [{ name, value }] : [])),
});
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): Block => ({
  kind: 'table',
  head,
  rows,
});
export const choices = (...list: readonly Choice[]): Block => ({ kind: 'choices', choices: list });

/** Whether something may be done; `shown` says what of it whoever decides has seen. */
export const decision = (id: string, ...shown: readonly string[]): Block =>
  choices(
    { label: 'Approve', emoji: '✅', words: ['approve', id, ...shown], style: 'primary' },
    { label: 'Deny', emoji: '❌', words: ['deny', id], style: 'danger' },
  );

/** Words as the line that is typed to say them: a word with blanks is kept together by quotes. */
export const lineOf = (words: readonly string[]): string => words.map(quoted).join(' ');

function quoted(word: string): string {
  if (word !== '' && !/\s|^["']|=["']/u.test(word)) return word;
  const quote = word.includes('"') ? "'" : '"';
  return `${quote}${word.replaceAll(quote, '’')}${quote}`;
}
