const MARK = Symbol('html');

/** Markup that is safe to send: made by `html` or `raw` alone. */
export interface Html {
  readonly [MARK]: string;
}

/** What may stand in a template. Nothing is shown for false, null and undefined. */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (words: string): string => words.replace(/[&<>"']/gu, (sign) => ENTITIES[sign] ?? '');

/** Trusts the string as it is: for constants of our own code, never for anything that came from outside. */
export const raw = (constant: string): Html => ({ [MARK]: constant });

/** A template whose values are escaped, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return raw(
    strings.map((string, index) => string + (index < values.length ? shown(values[index]) : '')).join(''),
  );
}

function shown(content: Content): string {
  if (content === undefined || content === null || content === false) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return String(content);
  if (MARK in content) return content[MARK];
  return content.map(shown).join('');
}

/** The markup as a string, to be sent. */
export const markup = (safe: Html): string => safe[MARK];

/** An address that may stand in a link: http and https only, so that no script hides in it. */
export function linkable(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed && /^https?:$/u.test(parsed.protocol) ? parsed.href : undefined;
}
