const INVISIBLE = '\u200b';

// Control characters, and those that turn the direction of what follows: nobody can read them, some deceive.
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text as anybody may have written it, without what breaks a request or deceives a reader. */
export const readable = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?/gu, '\n')
    .replaceAll(/[\t\u2028\u2029]/gu, ' ')
    .replaceAll(UNREADABLE, '');

export const oneLine = (text: string): string => readable(text).replaceAll('\n', ' ');

/** As far as Discord may read on in a web address: nothing in it is Markdown, and a backslash would be part of it. */
const WEB_ADDRESS = /https?:\/\/[^\s<]*<?/gu;
const PLAIN_ADDRESS = /^https?:\/\/[A-Za-z0-9\-._~:/?#@!$&=+,;%]+[)\]'".,:;]*$/u;

/** Headings, quotes, lists, small print: they mean something at the beginning of a line only (stars are escaped anywhere). */
const LINE_START = /^(\s*)(#{1,3}|-#|>{1,3}|[-+])(?=\s|$)/gmu;
const NUMBERED = /^(\s*\d+)([.)])(?=\s|$)/gmu;

const escapeWords = (text: string): string =>
  text
    .replaceAll(/[\\`*~|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|<(?=\S|$)|@(?=everyone|here)/giu, '\\$&')
    .replaceAll('](', ']\\(');

/**
 * Text that Discord's Markdown shows as it is: no style, link, quote, list, mention, emoji or time comes of it.
 * https://support.discord.com/hc/en-us/articles/210298617
 */
export function escapeMarkdown(text: string): string {
  const clean = readable(text);
  let escaped = '';
  let from = 0;
  for (const { 0: address, index } of clean.matchAll(WEB_ADDRESS)) {
    escaped += escapeWords(clean.slice(from, index)) + escapeAddress(address);
    from = index + address.length;
  }
  escaped += escapeWords(clean.slice(from));
  return escaped.replaceAll(LINE_START, '$1\\$2').replaceAll(NUMBERED, '$1\\$2');
}

/** A plain one can be followed; any other shows as text, which is no link. */
const escapeAddress = (address: string): string =>
  PLAIN_ADDRESS.test(address) ? address : escapeWords(address).replaceAll('://', '\\://');

/** Text within a code block: nothing but the fence itself means anything there. */
export const escapeCode = (text: string): string => readable(text).replaceAll(/`(?=`)/gu, `\`${INVISIBLE}`);
