/** A stretch of a message that Telegram treats in a way of its own. */
export interface Entity {
  readonly type: 'bold' | 'italic' | 'code' | 'pre' | 'text_link' | 'mention';
  readonly text: string;
  readonly url?: string | undefined;
}

const TYPES: Readonly<Record<string, Entity['type']>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
};
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/**
 * Text in the HTML style, read as strictly as the Bot API reads it: a tag it does not know, or one that is not closed,
 * is refused. Names in plain text become mentions, as Telegram makes them.
 * https://core.telegram.org/bots/api#html-style
 */
export function entitiesOf(
  source: string,
  mode: unknown,
): { readonly text: string; readonly entities: readonly Entity[] } | { readonly fault: string } {
  if (mode !== 'HTML') return { text: source, entities: mentionsIn(source) };
  const entities: Entity[] = [];
  const open: { tag: string; at: number; url?: string | undefined }[] = [];
  let text = '';
  let plain = '';
  for (const [piece, slash, tag, attributes] of source.matchAll(PIECE)) {
    if (tag === undefined) {
      if (piece.startsWith('<')) return { fault: `unexpected "<" at byte offset ${text.length}` };
      const shown = decoded(piece);
      text += shown;
      // In code nobody is mentioned.
      plain += open.some((one) => one.tag === 'code' || one.tag === 'pre') ? ' '.repeat(shown.length) : shown;
      continue;
    }
    const type = TYPES[tag];
    if (!type) return { fault: `unsupported start tag "${tag}" at byte offset ${text.length}` };
    if (slash === '') {
      open.push({ tag, at: text.length, url: /href="([^"]*)"/u.exec(attributes ?? '')?.[1] });
      continue;
    }
    const begun = open.pop();
    if (begun?.tag !== tag) return { fault: `unmatched end tag at byte offset ${text.length}` };
    entities.push({ type, text: text.slice(begun.at), ...(begun.url && { url: decoded(begun.url) }) });
  }
  if (open.length > 0) return { fault: `can't find end tag corresponding to start tag "${open[0]?.tag}"` };
  return { text, entities: [...entities, ...mentionsIn(plain)] };
}

const PIECE = /<(\/?)([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>|<|[^<]+/giu;

const decoded = (text: string): string =>
  text.replaceAll(
    /&(?:(lt|gt|amp|quot)|#(\d+));/gu,
    (_, name: string | undefined, code: string | undefined) =>
      name === undefined ? String.fromCodePoint(Number(code)) : (ENTITIES[name] ?? ''),
  );

// As good as any: a name of Telegram's has five characters or more, but nobody should rely on that.
const mentionsIn = (text: string): readonly Entity[] =>
  Array.from(text.matchAll(/@\w+/gu), ([name]) => ({ type: 'mention', text: name }));
