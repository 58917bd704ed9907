import { type Choice, lineOf, type Message } from '#src/domain/message.ts';

import { oneLine, plainText } from '../words.ts';

export { clean, headline, isLink, oneLine } from '../words.ts';

/** The way to choose for who cannot react, or does not want to. */
export const typedWords = (choice: Choice, prefix: string): string =>
  oneLine(`${prefix} ${lineOf(choice.words)}`);

/** A message as plain text: what is read without HTML, in notifications, and in an attachment. */
export const toPlain = (message: Message, prefix: string): string =>
  plainText(message, (choices) => choices.map((choice) => plainChoice(choice, prefix)).join('\n'));

const plainChoice = (choice: Choice, prefix: string): string =>
  `${oneLine(choice.emoji)} ${oneLine(choice.label)} – react, or type \`${typedWords(choice, prefix)}\``;
