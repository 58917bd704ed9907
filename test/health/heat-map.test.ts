import { describe, expect, test } from 'vitest';

import { type Glance, glanceOf } from '#src/domain/glance.ts';
import { heatMap } from '#src/health/heat-map.ts';
import { NOW, season } from './season.ts';

const glance = (seats: number, services: number): Glance => {
  const { fleet, latest } = season({ seats, services });
  return glanceOf(fleet, NOW, { seats: fleet.seats, targets: fleet.targets(), latest });
};
const textsOf = (svg: string): readonly string[] =>
  Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text/g), ([, words = '']) => words.trim());
const marksOf = (svg: string, state: string): number => svg.split(`<use href="#${state}" x=`).length - 1;

describe('the heat map', () => {
  test('has every seat, every service, and a mark for each state', () => {
    const seen = glance(64, 40);
    const { svg } = heatMap(seen);
    const texts = textsOf(svg);
    expect(texts).toEqual(expect.arrayContaining([...seen.services]));
    for (const { seats } of seen.regions)
      expect(texts).toEqual(expect.arrayContaining(seats.map(({ seat }) => seat.id)));
    for (const state of ['up', 'degraded', 'down', 'unknown'] as const)
      expect(marksOf(svg, state), state).toBe(seen.counts[state]);
  });

  test('each state has a shape of its own, and not only a colour', () => {
    const { svg } = heatMap(glance(8, 2));
    const shapes = Array.from(svg.matchAll(/<g id="(\w+)">(.*?)<\/g>/gs), ([, id, shape = '']) => [
      id,
      shape.replaceAll(/(fill|stroke)="#\w+"/g, '').replaceAll(/\s+/g, ' '),
    ]);
    expect(shapes.map(([id]) => id)).toEqual(['up', 'degraded', 'down', 'unknown']);
    expect(new Set(shapes.map(([, shape]) => shape)).size).toBe(4);
  });

  test('says when it was, and what is too old to be shown as it was', () => {
    const seen = glance(64, 40);
    const texts = textsOf(heatMap(seen).svg);
    expect(seen.stale).toBe(13);
    expect(texts).toContain('as of 2026-11-21 12:00 UTC');
    expect(texts).toContain('13 last looks are older than three intervals: unknown');
  });

  test('says in words what it shows, what is down by its name', () => {
    const { alt } = heatMap(glance(8, 2));
    expect(alt).toBe(
      'Heat map of komodo-season-8 as of 2026-11-21 12:00 UTC: 12 healthy, 1 degraded, 1 down, 2 unknown. ' +
        'score 94 of 100, 2 of 58 checks unknown. down: KMD of kolo_DEV',
    );
    expect(heatMap(glance(640, 40)).alt.length).toBeLessThan(1_000);
  });

  test.each([
    [1, 1],
    [8, 2],
    [16, 40],
    [20, 12],
    [64, 40],
    [640, 40],
  ])('%i seats × %i services: every mark lies inside it, in its own cell', (seats, services) => {
    const { svg } = heatMap(glance(seats, services));
    const [, width = 0, height = 0] = (/width="(\d+)" height="(\d+)"/.exec(svg) ?? []).map(Number);
    const blocks = svg.split(/(?=<g transform="translate\([\d.]+ [\d.]+\) scale\(1)/).slice(1);
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const [, x = 0, y = 0, scale = 0] = (
        /translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)/.exec(block) ?? []
      ).map(Number);
      const rows = Array.from(block.matchAll(/translate\(0 ([\d.]+)\)/g), ([, top]) => Number(top));
      const columns = Array.from(block.matchAll(/<use href="#\w+" x="([\d.]+)"/g), ([, at]) => Number(at));
      expect(y + scale * (Math.max(...rows) + 26)).toBeLessThan(height - 80);
      for (const column of columns) expect(x + scale * column).toBeLessThan(width - 60);
      const apart = [...new Set(columns)].toSorted((a, b) => a - b);
      for (const [at, column] of apart.entries())
        if (at > 0) expect(column - (apart[at - 1] ?? 0)).toBeGreaterThanOrEqual(20);
    }
  });

  test('shows the sickest where there are too many, and how many more there are', () => {
    const { svg } = heatMap(glance(640, 40));
    expect(textsOf(svg)).toContain('as of 2026-11-21 12:00 UTC · and 510 more seats');
    expect(svg.length).toBeLessThan(400_000);
  });

  test('escapes what people wrote', () => {
    expect(heatMap({ ...glance(1, 1), network: '<script>' }).svg).not.toContain('<script');
  });

  test('of no seat is a picture all the same', () => {
    expect(textsOf(heatMap(glance(0, 1)).svg)).toContain('0 seats');
  });
});
