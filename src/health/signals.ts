import type { Severity, Signal } from '#src/domain/alert.ts';
import type { CheckResult, Finding, ServiceHealth } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import type { Raised } from '#src/domain/patrol.ts';
import type { Seat } from '#src/domain/seat.ts';

export interface Changes {
  /** What stands after this look. */
  readonly raised: readonly Raised[];
  /** What the alert intake must be told, ends before beginnings. */
  readonly signals: readonly Signal[];
}

interface Looked {
  readonly target: Target;
  readonly seat?: Seat | undefined;
  readonly health: ServiceHealth;
  readonly raised: readonly Raised[];
}

/**
 * What a look changes: a finding raises at its first appearance and when its severity or its name changes, and is
 * taken back when it is up again. What is unknown, or was not looked at, stays as it was.
 */
export function changesOf({ target, seat, health, raised }: Looked): Changes {
  const seen = new Map(health.results.map((result) => [result.check, result]));
  const staying = raised.filter(({ check, severity, labels }) => {
    const result = seen.get(check);
    if (!result || result.finding.state === 'unknown') return true;
    return severityFor(result.finding) === severity && result.alertname === labels['alertname'];
  });
  const held = new Set(staying.map(({ check }) => check));
  const beginning = health.results.flatMap((result) => {
    const severity = severityFor(result.finding);
    if (severity === undefined || held.has(result.check)) return [];
    return [raise({ target, seat, health, result, severity })];
  });
  const ending = raised.filter((one) => !staying.includes(one));
  return {
    raised: [...staying, ...beginning],
    signals: [...ending.map((one) => endOf(one, health.at)), ...beginning.map(beginningOf)],
  };
}

/** A degraded service warns, a service that is down is critical. */
function severityFor({ state }: Finding): Severity | undefined {
  if (state === 'down') return 'critical';
  return state === 'degraded' ? 'warning' : undefined;
}

const beginningOf = ({ labels, annotations, startsAt }: Raised): Signal => ({
  labels,
  annotations,
  status: 'firing',
  startsAt,
});

export const endOf = ({ labels, annotations, startsAt }: Raised, endsAt: string): Signal => ({
  labels,
  annotations,
  status: 'resolved',
  startsAt,
  endsAt,
});

interface Raising extends Omit<Looked, 'raised'> {
  readonly result: CheckResult;
  readonly severity: Severity;
}

function raise({ target, seat, health, result, severity }: Raising): Raised {
  const { node, service } = target;
  const { check, alertname, finding, shown, remedy, advice } = result;
  const why = 'why' in finding ? finding.why : '';
  const since = 'facts' in finding ? finding.facts['since'] : undefined;
  return {
    check,
    severity,
    startsAt: health.at,
    labels: present({
      alertname,
      severity,
      node: node.id,
      service: service.id,
      coin: service.coin,
      seat: node.seat,
      region: seat?.region,
    }),
    annotations: present({
      summary: `${service.coin ?? service.id} on ${node.id}: ${why}`,
      seen: shown,
      since: since?.toString(),
      description: advice,
      runbook: alertname,
      ...(remedy !== undefined && { remedy, remedy_node: node.id, remedy_service: service.id }),
    }),
  };
}

const present = (record: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).flatMap(([name, value]) => (value ? [[name, value]] : [])));
