import type { CheckResult, ServiceHealth } from '#src/domain/finding.ts';
import type { Contact, Level } from '#src/domain/patrol.ts';
import { NODE_UNREACHABLE } from './way.ts';

/** After a start, figures of this long tell of the start, not of the service. */
export const GRACE_MS = 5 * 60_000;
/** What has been catching up for longer has stopped to. */
const MOST_SETTLING_MS = 48 * 3_600_000;

/** How a look came through, and whether its figures count yet. */
export function contactAfter(
  before: Contact | undefined,
  { results, at }: ServiceHealth,
  graceMs: number,
): Contact {
  const own = results.filter(({ of }) => of !== 'node');
  const closed = closedIn(results);
  const state = stateOf(own, closed);
  const settlingSince = own.some(({ settling }) => settling) ? (before?.settlingSince ?? at) : undefined;
  const cameBack = before !== undefined && before.state === 'refused' && state === 'reached';
  const settles =
    cameBack ||
    (settlingSince !== undefined && Date.parse(at) - Date.parse(settlingSince) < MOST_SETTLING_MS);
  const settledAt = settles ? later(at, graceMs) : before?.settledAt;
  return {
    at,
    state,
    since: before?.state === state ? before.since : at,
    closed,
    ...(before?.wide && { wide: before.wide }),
    ...(settledAt !== undefined && settledAt > at && { settledAt }),
    ...(settlingSince !== undefined && { settlingSince }),
  };
}

function closedIn(results: readonly CheckResult[]): Level {
  const way = results.find(({ of, alertname }) => of === 'node' && alertname === NODE_UNREACHABLE);
  if (way?.finding.state === 'down') return 2;
  return way?.finding.state === 'degraded' ? 1 : 0;
}

function stateOf(own: readonly CheckResult[], closed: Level): Contact['state'] {
  if (own.some(({ contact }) => contact === 'refused')) return 'refused';
  if (own.some(({ finding }) => finding.state !== 'unknown')) return 'reached';
  return closed === 2 || own.some(({ contact }) => contact === 'unreachable') ? 'unreachable' : 'unknown';
}

const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();
