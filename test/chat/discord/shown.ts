import type { StoredMessage } from '#test/stand-ins/discord/discord.ts';

type Rule = readonly [RegExp, (match: RegExpExecArray) => string];

/** How Discord's client reads Markdown, as far as it could change a text: the first rule that matches wins. */
const RULES: readonly Rule[] = [
  [/^\\([^0-9A-Za-z\s])/u, ([, character]) => character ?? ''],
  [/^```(?:[a-z0-9_+\-.#]+\n)?\n*([^\n][^]*?)\n*```/iu, ([, code]) => code ?? ''],
  [/^(`+)([^]*?[^`])\1(?!`)/u, ([, , code]) => `«code ${code}»`],
  [/^https?:\/\/[^\s<]+[^<.,:;"')\]\s]/u, ([address]) => address],
  [
    /^\[((?:\[[^\]]*\]|[^[\]]|\](?=[^[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\s*\)/u,
    ([, label]) => shownMarkdown(label ?? ''),
  ],
  [/^<(?:@[!&]?|#|t:|a?:\w+:|\/|id:)[^>\s]*>/u, ([mention]) => `«mention ${mention}»`],
  [/^@(everyone|here)/u, ([, who]) => `«mention ${who}»`],
  [/^\|\|([^]+?)\|\|/u, ([, inner]) => `«spoiler ${inner}»`],
  [/^~~(?=\S)([^]*?\S)~~/u, ([, inner]) => `«struck ${inner}»`],
  [/^\*\*((?:\\[^]|[^\\])+?)\*\*(?!\*)/u, ([, inner]) => `«bold ${inner}»`],
  [/^__((?:\\[^]|[^\\])+?)__(?!_)/u, ([, inner]) => `«underlined ${inner}»`],
  [/^\*(?=\S)((?:\\[^]|[^\\*])+?)\*/u, ([, inner]) => `«slanted ${inner}»`],
  [/^\b_((?:__|\\[^]|[^\\_])+?)_\b/u, ([, inner]) => `«slanted ${inner}»`],
];
const LINE_RULE = /^ *(?:#{1,3} |-# |>>> |> |[*+-] |\d+[.)] )(?=\S)/u;

export function shownMarkdown(markdown: string): string {
  let shown = '';
  for (let at = 0; at < markdown.length;) {
    const rest = markdown.slice(at);
    const marker = at === 0 || markdown[at - 1] === '\n' ? LINE_RULE.exec(rest)?.[0] : undefined;
    if (marker !== undefined) {
      shown += `«line ${marker.trim()}»`;
      at += marker.length;
      continue;
    }
    let taken = 1;
    let words = rest[0] ?? '';
    for (const [pattern, read] of RULES) {
      const match = pattern.exec(rest);
      if (!match) continue;
      [taken, words] = [match[0].length, read(match)];
      break;
    }
    shown += words;
    at += taken;
  }
  return shown;
}

type Part = Pick<StoredMessage, 'content' | 'embeds'> & { readonly components: readonly unknown[] };

/** A message as a person reads it; what Markdown made of the text is put in «quotes». */
export function shownMessage({ content, embeds, components }: Part): string {
  const rows = components as readonly { readonly components?: readonly { readonly label?: string }[] }[];
  return [
    shownMarkdown(content),
    ...embeds.flatMap(({ title, description, fields, footer }) => [
      shownMarkdown(title ?? ''),
      shownMarkdown(description ?? ''),
      ...(fields ?? []).flatMap(({ name, value }) => [shownMarkdown(name), shownMarkdown(value)]),
      footer?.text ?? '',
    ]),
    ...rows.flatMap((row) => (row.components ?? []).map(({ label }) => `[${label}]`)),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
