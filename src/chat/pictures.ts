import type { Message } from '#src/domain/message.ts';

interface Picture {
  readonly name: string;
  readonly data: Buffer;
}

const safeName = (name: string): string =>
  name
    .replace(/\.png$/iu, '')
    .replaceAll(/[^A-Za-z0-9_-]+/gu, '-')
    .slice(0, 60) || 'image';

/** The first `most` pictures of a message as files, numbered, under names that suit every system. */
export const picturesOf = ({ blocks }: Message, most: number): readonly Picture[] =>
  blocks
    .filter((block) => block.kind === 'image')
    .slice(0, most)
    .map(({ name, png }, index) => ({ name: `${index + 1}-${safeName(name)}.png`, data: Buffer.from(png) }));
