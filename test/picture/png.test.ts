import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';

import { createPictures } from '#src/picture/png.ts';

let pictures: ReturnType<typeof createPictures>;
afterEach(() => pictures[Symbol.asyncDispose]());

const logger = pino({ level: 'silent' });
const drawing = (inside = ''): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40" font-family="DejaVu Sans">${inside}</svg>`;
const text = drawing('<text x="4" y="20">64 seats ✔</text>');

test('a drawing becomes a PNG of its size, its words in fonts that need not be installed', async () => {
  pictures = createPictures(logger);
  const [blank, written] = await Promise.all([pictures.png(drawing()), pictures.png(text)]);
  const png = Buffer.from(written ?? []);
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([120, 40]);
  expect(png.length).toBeGreaterThan((blank?.length ?? 0) * 2);
});

test('what cannot be drawn is left out, and the next one is drawn', async () => {
  pictures = createPictures(logger);
  expect(await pictures.png('<svg')).toBeUndefined();
  expect(await pictures.png(text)).toBeDefined();
});

test('it ends in bounded time', async () => {
  pictures = createPictures(logger, 1);
  const endless = drawing('<text>x</text>'.repeat(20_000));
  expect(await pictures.png(endless)).toBeUndefined();
});
