import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

import { initWasm, Resvg } from '@resvg/resvg-wasm';

import type { Asked, Painted } from './png.ts';

/** The thread that draws: it shares nothing with the rest, and ends with whoever started it. */

const packages = createRequire(import.meta.url);
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'] as const;

const [, ...fontBuffers] = await Promise.all([
  readFile(packages.resolve('@resvg/resvg-wasm/index_bg.wasm')).then(initWasm),
  ...FONTS.map((name) => readFile(packages.resolve(`dejavu-fonts-ttf/ttf/${name}`))),
]);
const font = { fontBuffers, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' };

function paint(svg: string): Uint8Array {
  const drawing = new Resvg(svg, { font });
  const image = drawing.render();
  const png = image.asPng();
  image.free();
  drawing.free();
  return png;
}

// What cannot be drawn ends the thread with its error: a renderer that failed half-way is not used again.
parentPort?.on('message', ({ id, svg }: Asked) => {
  parentPort?.postMessage({ id, png: paint(svg) } satisfies Painted);
});
