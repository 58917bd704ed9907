/** One curve: its values over time, in its own unit. */
export interface Curve {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly (readonly [minutes: number, value: number])[];
}

const [WIDTH, HEIGHT, LEFT, GAP] = [820, 130, 60, 34];

/** Curves below each other over one time, as SVG; each from zero. */
export function plot(title: string, curves: readonly Curve[]): string {
  const minutes = Math.max(...curves.flatMap(({ points }) => points.map(([at]) => at)), 0.1);
  const x = (at: number): string => (LEFT + (at / minutes) * (WIDTH - LEFT - 20)).toFixed(1);
  const frames = curves.map(({ name, unit, points }, index) => {
    const top = 50 + index * (HEIGHT + GAP);
    const highest = Math.max(...points.map(([, value]) => value), 1) * 1.1;
    const y = (value: number): string => (top + HEIGHT - (value / highest) * HEIGHT).toFixed(1);
    const line = points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ');
    return [
      `<text x="${LEFT}" y="${top - 6}">${name}, ${unit}</text>`,
      `<rect x="${LEFT}" y="${top}" width="${WIDTH - LEFT - 20}" height="${HEIGHT}" fill="none" stroke="#bbb"/>`,
      `<text x="${LEFT - 6}" y="${top + 10}" text-anchor="end">${highest.toFixed(0)}</text>`,
      `<text x="${LEFT - 6}" y="${top + HEIGHT}" text-anchor="end">0</text>`,
      `<polyline fill="none" stroke="#1f6feb" stroke-width="1.5" points="${line}"/>`,
    ].join('\n');
  });
  const height = 60 + curves.length * (HEIGHT + GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${title}</text>`,
    ...frames,
    `<text x="${WIDTH - 20}" y="${height - 14}" text-anchor="end">${minutes.toFixed(0)} minutes</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** The slope of the straight line nearest to the points (least squares), per minute. */
export function slopePerMinute(points: Curve['points']): number {
  const mean = (of: (point: Curve['points'][number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
}
