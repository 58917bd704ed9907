import { renderDiscord } from '#src/chat/discord/render.ts';
import { render } from '#src/chat/matrix/render.ts';
import type { Message } from '#src/domain/message.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';

/** How Discord and Matrix are given a message; for Discord also what a person reads of it. */
export interface Renderings {
  readonly 'discord.json': string;
  readonly 'discord.txt': string;
  readonly 'matrix.html': string;
}

export function renderingsOf(message: Message): Renderings {
  const { body } = renderDiscord(message);
  const { content } = render(message, { prefix: '!tocsin', mostBytes: 60 * 1024 });
  return {
    'discord.json': `${JSON.stringify(body, null, 2)}\n`,
    'discord.txt': `${shownMessage(body)}\n`,
    'matrix.html': `${(content.formatted_body ?? '').replaceAll(/(?=<(?:p|ul|li|table|tr|pre)\b)/g, '\n').trim()}\n`,
  };
}

/** Whether all of it stands in the message itself: nothing was left out, cut, or attached instead. */
export const isWhole = (message: Message): boolean => {
  const { files } = renderDiscord(message);
  const { whole } = render(message, { prefix: '!tocsin', mostBytes: 60 * 1024 });
  return files.every(({ name }) => name !== 'message.txt') && whole === undefined;
};
