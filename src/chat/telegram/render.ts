import type { Block, Choice, Message } from '#src/domain/message.ts';

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
  tableLines,
} from '../words.ts';

/** https://core.telegram.org/bots/api#sendmessage; counted with the markup, which is never less than Telegram counts. */
export const MOST = 4_096;

interface File {
  readonly name: string;
  readonly data: Buffer;
}

/** A message in Telegram's form, of its HTML style. */
export interface Rendered {
  readonly html: string;
  /** What does not stand in it: images, and the whole of a text that was too long. */
  readonly files: readonly File[];
}

const MOST_TITLE = 300;
const MOST_FOOTER = 500;
const MOST_LABEL = 80;
const MOST_TYPED = 200;
const MOST_CHOICES = 6;
const MOST_TEXT = 2_000_000;
const MOST_IMAGES = 5;
const ATTACHED = '📎 Too long for one message: the whole is in the file below.';
const SHORTENED = '📎 Too long for one message: shortened.';

/** Lines of a block in one kind of markup; `plain` stands in when a line is too long and has to be cut. */
interface Part {
  readonly open: string;
  readonly close: string;
  readonly lines: readonly { readonly html: string; readonly plain: string }[];
}

/**
 * Pure: whatever the message holds, the outcome is within Telegram's limit; every string of it is escaped. An edit
 * brings no files.
 */
export function renderTelegram(message: Message, { withFiles = true } = {}): Rendered {
  const files = picturesOf(message, MOST_IMAGES);
  const full = [
    heading(message, Infinity),
    ...message.blocks.map((block) => written(partOf(block, Infinity))),
    foot(message, Infinity),
  ];
  const html = joined(full);
  if (html.length <= MOST) return { html, files };
  const text = plainText(message);
  const whole = Buffer.from(text.length > MOST_TEXT ? `${cut(text, MOST_TEXT)}\n[cut here]\n` : `${text}\n`);
  if (!withFiles) return { html: beginningOf(message, SHORTENED), files: [] };
  return { html: beginningOf(message, ATTACHED), files: [...files, { name: 'message.txt', data: whole }] };
}

/** The head, the ways to answer and the small print in any case; of the rest what fits between. */
function beginningOf(message: Message, note: string): string {
  const head = heading(message, MOST_TITLE);
  const choices = message.blocks.filter((block) => block.kind === 'choices').slice(0, 1);
  const tail = [
    ...choices.map((block) => written(partOf(block, MOST_CHOICES))),
    foot(message, MOST_FOOTER),
    note,
  ];
  const shown: string[] = [head];
  let left = MOST - joined([head, ...tail]).length;
  for (const block of message.blocks.filter(({ kind }) => kind !== 'choices')) {
    const part = partOf(block, Infinity);
    const all = written(part);
    if (all === '') continue;
    const begun = all.length + GAP.length <= left ? all : begin(part, left - GAP.length);
    if (begun !== '') shown.push(begun);
    if (begun !== all) break;
    left -= all.length + GAP.length;
  }
  return joined([...shown, ...tail]);
}

const GAP = '\n\n';
const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(GAP);

const written = ({ open, close, lines }: Part): string =>
  lines.length === 0 ? '' : `${open}${lines.map(({ html }) => html).join('\n')}${close}`;

/** As many lines as there is room for; of a line that alone is too long, its beginning. */
function begin(part: Part, most: number): string {
  let room = most - part.open.length - part.close.length - 1;
  const kept: { html: string; plain: string }[] = [];
  for (const line of part.lines) {
    if (line.html.length + 1 > room) {
      const html = cutEscaped(line.plain, room - 1);
      if (kept.length === 0 && html !== '') kept.push({ html, plain: '' });
      break;
    }
    kept.push(line);
    room -= line.html.length + 1;
  }
  return written({ ...part, lines: kept });
}

/** Text, escaped, and cut before that so that what comes of it is no longer than `most`. */
function cutEscaped(words: string, most: number): string {
  let html = '';
  for (const character of words) {
    const next = safe(character);
    if (html.length + next.length + 1 > most) return html === '' ? '' : `${html}…`;
    html += next;
  }
  return html;
}

const INVISIBLE = '\u2060';

/** Escaped, and such that no name in it is a mention: Telegram makes mentions of plain text by itself. */
const safe = (words: string): string => escapeHtml(words.replaceAll('@', `@${INVISIBLE}`));
const line = (words: string): string => safe(oneLine(words));
/** Within code Telegram looks for nothing. */
const code = (words: string): string => escapeHtml(words);

function heading(message: Message, mostTitle: number): string {
  const title = headline(message) || 'Tocsin';
  const names = namesOf(message);
  const shown = Number.isFinite(mostTitle)
    ? [cutEscaped(title, mostTitle), cutEscaped(names, mostTitle)]
    : [safe(title), safe(names)];
  return `<b>${shown[0]}</b>${shown[1] ? ` – ${shown[1]}` : ''}`;
}

function foot({ footer }: Message, most: number): string {
  const words = clean(footer ?? '');
  const shown = Number.isFinite(most) ? cutEscaped(words, most) : safe(words);
  return shown === '' ? '' : `<i>${shown}</i>`;
}

function partOf(block: Block, mostChoices: number): Part {
  const plainly = (words: string, escaped: (words: string) => string) =>
    words === '' ? [] : words.split('\n').map((plain) => ({ plain, html: escaped(plain) }));
  switch (block.kind) {
    case 'text':
      return { open: '', close: '', lines: plainly(clean(block.text), safe) };
    case 'fields':
      return {
        open: '',
        close: '',
        lines: block.fields.map(({ name, value }) => ({
          html: `<b>${line(name)}</b>: ${safe(clean(value))}`,
          plain: `${oneLine(name)}: ${clean(value)}`,
        })),
      };
    case 'table':
      return { ...PRE, lines: plainly(tableLines(block.head, block.rows).join('\n'), code) };
    case 'code':
      return { ...PRE, lines: plainly(clean(block.code), code) };
    case 'link': {
      const [label, url] = [oneLine(block.label), oneLine(block.url)];
      const html = isLink(url) && label ? `<a href="${escapeHtml(url)}">${safe(label)}</a>` : undefined;
      const plain = `${label}: ${url}`;
      return { open: '', close: '', lines: [{ html: html ?? safe(plain), plain }] };
    }
    case 'image':
      return { open: '', close: '', lines: plainly(`🖼 ${oneLine(block.alt)}`, safe) };
    case 'choices':
  }
  return choicesPart(block.choices, mostChoices);
}

const PRE = { open: '<pre>', close: '</pre>' } as const;

function choicesPart(choices: readonly Choice[], most: number): Part {
  if (choices.length === 0) return { open: '', close: '', lines: [] };
  const isCut = Number.isFinite(most);
  const lines = choices.slice(0, isCut ? most : undefined).map((choice) => {
    const { label, line: typed } = hintOf(choice);
    const html = isCut
      ? `<code>${cutEscaped(typed, MOST_TYPED)}</code> (${cutEscaped(label, MOST_LABEL)})`
      : `<code>${code(typed)}</code> (${safe(label)})`;
    return { html, plain: `${typed} (${label})` };
  });
  return { open: `${HINTS}\n`, close: '', lines };
}
