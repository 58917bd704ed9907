// Tags that clients let through: https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
const INLINE = new Set(['strong', 'b', 'em', 'i', 'u', 's', 'del', 'code', 'a', 'span', 'sub', 'sup', 'img']);
const BLOCK = new Set([
  'p',
  'br',
  'ul',
  'ol',
  'li',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'pre',
  'div',
]);
const HIDDEN = /<(script|style|mx-reply)\b[^]*?<\/\1\s*>/giu;
const TAG = /<\/?([a-z][a-z0-9-]*)(?:\s[^<>]*)?\/?>/giu;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** The text that a Matrix client shows of a formatted body: tags are obeyed or dropped, entities decoded. */
export const displayed = (html: string): string =>
  html
    .replaceAll(HIDDEN, '')
    .replaceAll(TAG, (_, name: string) => (BLOCK.has(name.toLowerCase()) ? '\n' : ''))
    .replaceAll(/&(lt|gt|amp|quot|#39);/gu, (_, name: string) => ENTITIES[name] ?? '');

/** Every tag of it in order, attributes included. */
export const tagsOf = (html: string): readonly string[] => html.match(TAG) ?? [];

/** Whether clients let all of its tags through. */
export const isAllowed = (html: string): boolean =>
  [...html.matchAll(TAG)].every(([, name = '']) => INLINE.has(name) || BLOCK.has(name));
