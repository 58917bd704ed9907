import { escapeCode, escapeMarkdown, oneLine, readable } from './escape.ts';
import { cut, LIMITS } from './limits.ts';

export interface EmbedField {
  readonly name: string;
  readonly value: string;
  readonly inline: boolean;
}

/** One embed of a message, as Discord takes it. */
export interface Embed {
  title?: string;
  description?: string;
  color: number;
  fields?: EmbedField[];
  image?: { readonly url: string };
  footer?: { readonly text: string };
}

/** Embeds filled from top to bottom; whatever goes beyond Discord's limits is left out and noted. */
export interface Pages {
  readonly embeds: readonly Embed[];
  /** Whether anything was left out or cut. */
  readonly shortened: boolean;
  text(words: string): void;
  /** Markdown of our own, at most as long as one description; nothing in it is escaped. */
  markdown(line: string): void;
  code(lines: readonly string[]): void;
  field(name: string, value: string): void;
  /** False when there is no place for another image. */
  image(fileName: string): boolean;
  /** To be called for what is shown in no other way. */
  shorten(): void;
}

const FENCE = '```';
const FENCED_EXTRA = 2 * FENCE.length + 2;
/** Longer lines are broken; an escaped one still fits into a description. */
const LINE = 1_000;
const SHORT = 24;

/** `budget`: characters there are for all embeds together. */
export function createPages(color: number, budget: number): Pages {
  const embeds: Embed[] = [{ color }];
  let left = budget;
  let shortened = false;
  // Once something is left out, nothing may follow: a message with a hole in it misleads.
  let full = false;
  let current = embeds[0] as Embed;
  let lastWasText = false;

  function leaveOut(): false {
    shortened = full = true;
    return false;
  }
  function nextPage(): boolean {
    if (embeds.length === LIMITS.embeds) return leaveOut();
    current = { color };
    embeds.push(current);
    return true;
  }
  const separator = (): string => (current.description === undefined ? '' : '\n');
  const room = (): number =>
    Math.min(LIMITS.description - (current.description?.length ?? 0), left) - separator().length;

  /** Fields and images stand below the description: what comes after them needs a new page. */
  const beginWords = (): boolean =>
    (current.fields === undefined && current.image === undefined) || nextPage();

  function append(words: string): void {
    const added = separator() + words;
    current.description = (current.description ?? '') + added;
    left -= added.length;
  }

  function appendLine(line: string): boolean {
    if (full || !beginWords()) return false;
    if (line.length > room()) {
      if (line.length > left || !nextPage()) return leaveOut();
    }
    append(line);
    return true;
  }

  return {
    embeds,
    get shortened() {
      return shortened;
    },
    text(words) {
      if (lastWasText) appendLine('');
      lastWasText = true;
      readable(words)
        .split('\n')
        .flatMap(piecesOf)
        .every((line) => appendLine(escapeMarkdown(line)));
    },
    markdown(line) {
      lastWasText = false;
      appendLine(line);
    },
    code(lines) {
      lastWasText = false;
      const waiting = lines.flatMap((line) => escapeCode(line).split('\n')).flatMap(piecesOf);
      let from = 0;
      while (from < waiting.length && !full && beginWords()) {
        const count = fitting(waiting, from, room() - FENCED_EXTRA);
        if (count > 0) {
          append([FENCE, ...waiting.slice(from, from + count), FENCE].join('\n'));
          from += count;
        } else if (current.description === undefined || (waiting[from]?.length ?? 0) + FENCED_EXTRA > left) {
          leaveOut();
        } else {
          nextPage();
        }
      }
    },
    field(rawName, rawValue) {
      lastWasText = false;
      if (full) return;
      const name = fit(oneLine(rawName), LIMITS.fieldName);
      const value = fit(readable(rawValue), LIMITS.fieldValue);
      const isTaken = current.image !== undefined || current.fields?.length === LIMITS.fields;
      if (name.length + value.length > left) leaveOut();
      if (full || (isTaken && !nextPage())) return;
      const inline = name.length <= SHORT && value.length <= SHORT && !value.includes('\n');
      (current.fields ??= []).push({ name, value, inline });
      left -= name.length + value.length;
    },
    image(fileName) {
      lastWasText = false;
      if (full || (current.image !== undefined && !nextPage())) return false;
      current.image = { url: `attachment://${fileName}` };
      return true;
    },
    shorten() {
      shortened = true;
    },
  };

  /** Escaped, not blank, and within the limit. */
  function fit(raw: string, most: number): string {
    const escaped = escapeMarkdown(raw.trim());
    if (escaped === '') return '–';
    if (escaped.length <= most) return escaped;
    shortened = true;
    for (let length = most; ; length = Math.floor(length * 0.9)) {
      const shorter = escapeMarkdown(cut(raw.trim(), length));
      if (shorter.length <= most) return shorter;
    }
  }
}

/** How many of the lines, each with its line break, fit into the room. */
function fitting(lines: readonly string[], from: number, room: number): number {
  let used = 0;
  let at = from;
  for (let line = lines[at]; line !== undefined && used + line.length <= room; line = lines[++at]) {
    used += line.length + 1;
  }
  return at - from;
}

function piecesOf(line: string): readonly string[] {
  if (line.length <= LINE) return [line];
  const pieces: string[] = [];
  let piece = '';
  for (const character of line) {
    if (piece.length + character.length > LINE) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}
