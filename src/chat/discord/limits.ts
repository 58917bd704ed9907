/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits; counted in UTF-16 units, which is never less than Discord counts. */
export const LIMITS = {
  content: 2_000,
  embeds: 10,
  embedTotal: 6_000,
  title: 256,
  description: 4_096,
  fields: 25,
  fieldName: 256,
  fieldValue: 1_024,
  footer: 2_048,
  files: 10,
  altText: 1_024,
  rows: 5,
  buttonsPerRow: 5,
  buttonLabel: 80,
  customId: 100,
  mentions: 100,
  nonce: 25,
} as const;

/** At most `most` units, never half a character; what is cut off leaves an ellipsis. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text
    .slice(0, Math.max(0, most - 1))
    .toWellFormed()
    .replace(/\uFFFD$/u, '')}…`;
}
