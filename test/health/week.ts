import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Past } from '#src/health/history-charts.ts';
import type { Period } from '#src/domain/history.ts';
import { type Columns, coursesOf, type Row, rowOf } from '#src/store/history-form.ts';
import { lifeOf } from './days.ts';

const HOUR_MS = 3_600_000;
const BEGINS = new Date('2026-11-14T06:20:00.000Z');

export const WEEK: Period = { from: BEGINS.getTime(), to: BEGINS.getTime() + 168 * HOUR_MS };

type Bend = Parameters<typeof lifeOf>[0]['bend'];

/** Nobody looked on the third day; on the sixth the daemon was down; before, a chain that stood still; at the end peers leave. */
export const eventful: Bend = (check, hours, value) => {
  if (hours > 120 && hours < 126) return undefined;
  if (check === 'tip-age' && hours > 40 && hours < 42.5) return (hours - 40) * 3_600;
  return check === 'peers' && hours > 150 ? Math.max(0, value - 9 + Math.floor((168 - hours) / 3)) : value;
};

/** A week of a service, a look every five minutes. */
export function weekOf(node: string, service: string, seed: number, bend?: Bend): Past {
  const life = lifeOf({ node, service, seed, begins: BEGINS, ...(bend && { bend }) });
  const known: Columns = new Map();
  const rows: Row[] = [];
  let latest: ServiceHealth | undefined;
  for (let at = WEEK.from; at < WEEK.to; at += HOUR_MS / 12) {
    const hours = (at - WEEK.from) / HOUR_MS;
    if (hours > 70 && hours < 79) continue;
    latest = life(new Date(at));
    rows.push(rowOf(latest, known));
  }
  return { node, service, courses: coursesOf(rows), latest };
}
