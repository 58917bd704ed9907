import { describe, expect, test } from 'vitest';

import { boardPicture } from '#src/broadcast/picture.ts';
import type { RollCall, RollEntry } from '#src/domain/roll.ts';

import { after, seasonRoll } from './roll-call.ts';

const NOW = new Date(after(12 * 60));
const many = (count: number, regions: number): RollCall => {
  const { notice, entries } = seasonRoll();
  const entry = (at: number): RollEntry =>
    ({ ...entries[at % entries.length], seat: `seat-${at}`, region: `R${at % regions}` }) as RollEntry;
  return { notice, entries: Array.from({ length: count }, (_, at) => entry(at)) };
};
const textsOf = (svg: string): readonly string[] =>
  Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text/g), ([, words = '']) => words.trim());

describe('the picture of a board', () => {
  test('has all 64 seats, the numbers, and the time left', async () => {
    const roll = seasonRoll();
    const { svg } = boardPicture(roll, NOW);
    const texts = textsOf(svg);
    expect(texts).toEqual(expect.arrayContaining(roll.entries.map(({ seat }) => seat)));
    expect(texts).toEqual(
      expect.arrayContaining([
        'Komodo 0.9.2-2',
        '16 h left',
        '48 of 64 answered',
        '24 proven',
        'EU 4 missing',
      ]),
    );
    await expect(svg).toMatchFileSnapshot('snapshots/board.svg');
  });

  test('says in words what it shows', () => {
    const { alt } = boardPicture(seasonRoll(), NOW);
    expect(alt).toMatch(/^Komodo 0\.9\.2-2: 48 of 64 seats have answered\. 16 h left\. 24 proven, /);
    expect(alt).toContain('missing: kolo_AR, webworker01_AR,');
  });

  test('escapes what people wrote', () => {
    const { svg } = boardPicture(seasonRoll({ subject: '</text><script>"&' }), NOW);
    expect(svg).not.toContain('<script');
    expect(textsOf(svg)).toContain('&lt;/text&gt;&lt;script&gt;&quot;&amp;');
  });

  test('shows those first who need care where there are too many, and how many more there are', () => {
    const { svg, alt } = boardPicture(many(10_000, 5), NOW);
    expect(textsOf(svg).filter((words) => words.startsWith('seat-'))).toHaveLength(125);
    expect(svg).toContain('and 9875 more seats');
    expect(svg.length).toBeLessThan(100_000);
    expect(alt.length).toBeLessThan(1_000);
  });

  test.each([1, 3, 9])('every seat is inside it: %i regions', (regions) => {
    const { svg } = boardPicture(many(80, regions), NOW);
    const [, width = 0, height = 0] = (/width="(\d+)" height="(\d+)"/.exec(svg) ?? []).map(Number);
    const places = Array.from(svg.matchAll(/translate\(([\d.]+) ([\d.]+)\)/g), ([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    expect(places.length).toBeGreaterThan(80);
    for (const [x = 0, y = 0] of places) expect(x < width - 150 && y < height - 60).toBe(true);
  });

  test('a notice without a seat is a picture all the same', () => {
    expect(boardPicture({ ...seasonRoll(), entries: [] }, NOW).svg).toContain('0 of 0 answered');
  });
});
