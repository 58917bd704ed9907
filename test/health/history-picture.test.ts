import { expect, test } from 'vitest';

import { chartsOf, checkOf, comparison, sameOf, shownOf } from '#src/health/history-charts.ts';
import { historyPicture, periodWords } from '#src/health/history-picture.ts';
import { eventful, WEEK, weekOf } from './week.ts';

const HOUR_MS = 3_600_000;
const textsOf = (svg: string): readonly string[] =>
  Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text/g), ([, words = '']) => words.trim());
const one = weekOf('red-1', 'KMD', 3, eventful);
const title = 'KMD on red-1';
const smalls = historyPicture({ title, period: WEEK, charts: chartsOf(shownOf([one])) });

test('a service: each of its figures, with the last one, its limits, and when it begins', async () => {
  const texts = textsOf(smalls.svg);
  const titles = one.latest!.results.filter(({ figure }) => figure).map((result) => result.title);
  expect(titles.length).toBe(11);
  for (const name of titles) expect(texts.some((text) => name.startsWith(text.replace('…', '')))).toBe(true);
  // The last of peers, the limits of the age of the tip, one that is too far away to be drawn, and the beginning.
  expect(texts).toEqual(expect.arrayContaining([title, '0', '30 min', '2 h', 'limit &gt; 20 MB', '14 Nov']));
  await expect(smalls.svg).toMatchFileSnapshot('snapshots/history-service.svg');
});

test('the worst comes first', () => {
  expect(
    chartsOf(shownOf([one]))
      .map((chart) => chart.title)
      .slice(0, 2),
  ).toEqual(['peers', 'notary UTXOs']);
});

test('where nobody looked the line is broken and the band is blank; what could not be seen breaks the line alone', () => {
  const [peers] = chartsOf(shownOf([one]));
  const { svg } = historyPicture({ title, period: WEEK, charts: [peers!] });
  const [line = ''] = Array.from(svg.matchAll(/d="(M[^"]*L[^"]*)"/g), ([, path]) => path!);
  const runs = line.split('M').slice(1);
  /** Where in the plot an hour is, and what hour is there. */
  const [left, width] = [84, 664];
  const hourAt = (x: number): number => ((x - left) / width) * 168;
  const begins = runs.map((run) => hourAt(Number.parseFloat(run)));
  const ends = runs.map((run) => hourAt(Number.parseFloat(run.split('L').at(-1)!)));
  expect(begins.map((hour) => Math.round(hour))).toEqual([0, 79, 126]);
  expect(ends.map((hour) => Math.round(hour))).toEqual([70, 120, 168]);
  const bands = Array.from(
    svg.matchAll(/<rect\s+x="([\d.]+)"\s+y="\d+"\s+width="(\d+\.\d)"\s+height="(\d+)"/g),
    ([, x, wide, height]) => ({ from: hourAt(Number(x)), to: hourAt(Number(x) + Number(wide)), height }),
  );
  const heightAt = (hour: number) => bands.find(({ from, to }) => from <= hour && hour < to)?.height;
  expect([60, 75, 90, 123, 140, 167].map(heightAt)).toEqual(['4', undefined, '4', '2', '4', '14']);
});

test('a coin: one chart, a line for each node, the sickest named', async () => {
  const pasts = Array.from({ length: 7 }, (_, seed) =>
    weekOf(`seat-${seed}-main`, 'KMD', seed, seed === 4 ? eventful : undefined),
  );
  expect(checkOf(pasts)).toBe('peers');
  const shown = sameOf(pasts, 'tip-age');
  const { svg, alt } = historyPicture({ title: 'KMD', period: WEEK, charts: [comparison(shown)] });
  const texts = textsOf(svg);
  expect(texts).toEqual(expect.arrayContaining(['tip age', 'seat-4-main', '3 more, none of them worse']));
  expect(texts.filter((text) => text.startsWith('seat-'))[0]).toBe('seat-4-main');
  expect(alt).toBe('KMD, the last 7 days: tip age 0 s to 2.4 h, 7 services');
  await expect(svg).toMatchFileSnapshot('snapshots/history-coin.svg');
});

test('a node: of each service the sickest few, no more than can be read', () => {
  const pasts = Array.from({ length: 5 }, (_, seed) => weekOf('red-1', `C${seed}`, seed));
  const charts = chartsOf(shownOf(pasts));
  expect(charts).toHaveLength(12);
  expect(new Set(charts.map((chart) => chart.title.split(' · ')[0])).size).toBe(4);
});

test('it says in words what it shows', () => {
  expect(smalls.alt).toMatch(
    /^KMD on red-1, the last 7 days: peers 0 to 12, last 0; notary UTXOs 8 to 60, last 8; /,
  );
  expect(smalls.alt.length).toBeLessThan(1_024);
});

test('escapes what people wrote, and cuts what is too long', () => {
  const { svg } = historyPicture({
    title: '</text><script>"&'.repeat(9),
    period: WEEK,
    charts: [{ title: '<b>'.repeat(40), limits: [], lines: [{ name: '', buckets: [], leads: true }] }],
  });
  expect(svg).not.toMatch(/<script|<b>/);
  expect(textsOf(svg)).toContain('nothing was measured');
});

test('figures that never move, and a single look, are a picture all the same', () => {
  const bucket = { from: WEEK.to - 300_000, state: 'up', span: { min: 0, max: 0, last: 0 } } as const;
  const charts = [{ title: 'behind', limits: [], lines: [{ name: '', buckets: [bucket], leads: true }] }];
  for (const to of [WEEK.to, WEEK.from + HOUR_MS]) {
    const { svg } = historyPicture({ title, period: { from: WEEK.from, to }, charts });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  }
});

test.each([
  [6, '6 h'],
  [24, '24 h'],
  [60, '2 d 12 h'],
  [168, '7 days'],
])('%i hours are %s', (hours, words) => {
  expect(periodWords({ from: 0, to: hours * HOUR_MS })).toBe(words);
});
