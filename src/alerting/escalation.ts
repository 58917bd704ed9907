import { type Alert, severityOf } from '#src/domain/alert.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { hasRole, type Operator, type OperatorId, regularsOf } from '#src/domain/operator.ts';

import { directSeatOf, routeOf } from './route.ts';

/** Where a route says nothing else. */
const ESCALATE_AFTER_MS = 10 * 60_000;

type About = Pick<Alert, 'labels'>;

/**
 * Who is written to, step by step: who is on call, then the others of the seat, then the coordinators. Where nobody is
 * on call, all of the seat at once but for those who only stand in.
 */
export function stepsOf(
  fleet: Fleet,
  { labels }: About,
  onCall: OperatorId | undefined,
): readonly (readonly OperatorId[])[] {
  const seat = directSeatOf(fleet, labels);
  if (seat === undefined) return [];
  const team = fleet.operatorsOf(seat.id);
  const first = firstOf(team, onCall);
  const coordinators = fleet.operators.filter(({ role }) => hasRole(role, 'coordinator'));
  const others = idsOf(team).filter((id) => !first.includes(id));
  const last = idsOf(coordinators).filter((id) => !first.includes(id) && !others.includes(id));
  return [first, ...[others, last].filter((step) => step.length > 0)];
}

const idsOf = (operators: readonly Operator[]): readonly OperatorId[] => operators.map(({ id }) => id);

/** Who is written to at once. */
export function firstStep(
  fleet: Fleet,
  { labels }: About,
  onCall: OperatorId | undefined,
): readonly OperatorId[] {
  const seat = directSeatOf(fleet, labels);
  return seat === undefined ? [] : firstOf(fleet.operatorsOf(seat.id), onCall);
}

/** Who is on call but can be reached nowhere would only be waited for. */
function firstOf(team: readonly Operator[], onCall: OperatorId | undefined): readonly OperatorId[] {
  const named = team.filter(({ id, handles }) => id === onCall && Object.keys(handles).length > 0);
  return idsOf(named.length > 0 ? named : regularsOf(team));
}

/** Whether it goes on to further people while nobody acknowledges it. */
export const escalates = (alert: Alert): boolean =>
  alert.status === 'firing' && alert.acknowledgedBy === undefined && severityOf(alert) === 'critical';

/** The step that is next, and when: each counts from the one before it. Undefined when there is none. */
export function nextStep(
  fleet: Fleet,
  alert: Alert,
  onCall: OperatorId | undefined,
): { readonly to: readonly OperatorId[]; readonly atMs: number } | undefined {
  if (!escalates(alert) || alert.toldAt === undefined) return undefined;
  const { escalations: taken = [] } = alert;
  const to = stepsOf(fleet, alert, onCall)[taken.length + 1];
  const afterMs = routeOf(fleet, alert.labels)?.escalateAfterMs ?? ESCALATE_AFTER_MS;
  return to && { to, atMs: Date.parse(taken.at(-1)?.at ?? alert.toldAt) + afterMs };
}

/** The alert with a further step taken; the same when it was taken already, or is not needed any more. */
export function escalated(alert: Alert, seen: Alert, to: readonly OperatorId[], at: Date): Alert {
  const isAsSeen =
    alert.episode === seen.episode && (alert.escalations?.length ?? 0) === (seen.escalations?.length ?? 0);
  if (!isAsSeen || !escalates(alert)) return alert;
  return {
    ...alert,
    escalations: [...(alert.escalations ?? []), { at: at.toISOString(), to }],
    revision: alert.revision + 1,
    updatedAt: at.toISOString(),
  };
}
