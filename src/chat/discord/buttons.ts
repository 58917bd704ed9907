import type { Choice } from '#src/domain/message.ts';

import { oneLine } from './escape.ts';
import { cut, LIMITS } from './limits.ts';

// https://discord.com/developers/docs/components/reference
const ACTION_ROW = 1;
const BUTTON = 2;
const STYLE = { secondary: 2, primary: 1, danger: 4 } as const;

interface Button {
  readonly type: typeof BUTTON;
  readonly style: number;
  readonly label: string;
  readonly custom_id: string;
}
export interface Row {
  readonly type: typeof ACTION_ROW;
  readonly components: readonly Button[];
}

/** The words as a typed line: those with a blank or a quote in them are put in quotes. */
export const lineOf = (words: readonly string[]): string =>
  words.map((word) => quoted(oneLine(word))).join(' ');

function quoted(word: string): string {
  if (/^[^\s"']+$/u.test(word)) return word;
  if (!word.includes('"')) return `"${word}"`;
  // The two kinds of quotes do not mix within one word.
  return `'${word.replaceAll("'", '’')}'`;
}

/**
 * A button per choice, which carries the words to be said: it works after any restart, with nothing kept.
 * Choices that no button can carry are returned to be typed.
 */
export function buttonsOf(choices: readonly Choice[]): {
  readonly rows: readonly Row[];
  readonly typed: readonly { readonly label: string; readonly line: string }[];
} {
  const buttons = new Map<string, Button>();
  const typed = new Map<string, { readonly label: string; readonly line: string }>();
  for (const { label, emoji, words, style } of choices) {
    const line = lineOf(words);
    if (line.trim() === '' || buttons.has(line)) continue;
    if (line.length > LIMITS.customId || buttons.size === LIMITS.rows * LIMITS.buttonsPerRow) {
      typed.set(line, { label, line });
      continue;
    }
    const shown = cut(oneLine(`${emoji} ${label}`).trim() || line, LIMITS.buttonLabel);
    buttons.set(line, { type: BUTTON, style: STYLE[style ?? 'secondary'], label: shown, custom_id: line });
  }
  const all = [...buttons.values()];
  const rows: Row[] = [];
  for (let at = 0; at < all.length; at += LIMITS.buttonsPerRow) {
    rows.push({ type: ACTION_ROW, components: all.slice(at, at + LIMITS.buttonsPerRow) });
  }
  return { rows, typed: [...typed.values()] };
}
