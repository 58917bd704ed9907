import type { Signal } from '#src/domain/alert.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { Node, Target } from '#src/domain/node.ts';
import type { Condition, Raised } from '#src/domain/patrol.ts';
import type { Seat } from '#src/domain/seat.ts';
import { SEVERITY } from './condition.ts';

/** What is said of a result: what was seen, what to do about it, and what Tocsin could do. */
export function annotationsOf({ node, service }: Target, result: CheckResult): Record<string, string> {
  const { alertname, finding, shown, remedy, advice } = result;
  const why = 'why' in finding ? finding.why : '';
  const since = 'facts' in finding ? finding.facts['since'] : undefined;
  const what = result.of === 'node' ? node.id : `${service.coin ?? service.id} on ${node.id}`;
  return present({
    summary: `${what}: ${why}`,
    seen: shown,
    since: since?.toString(),
    description: advice,
    runbook: alertname,
    ...(remedy !== undefined && {
      remedy,
      remedy_node: node.id,
      remedy_service: result.remedyService ?? service.id,
      remedy_arguments: pairsOf(result.remedyArguments).join(' '),
    }),
  });
}

/** As they are typed: `target=20`. */
export const pairsOf = (args: CheckResult['remedyArguments'] = {}): readonly string[] =>
  Object.entries(args).map(([name, value]) => `${name}=${value}`);

/** Of a node, or of one service of it. */
export const labelsOf = (
  { node, seat }: { readonly node: Node; readonly seat: Seat | undefined },
  service: string | undefined,
): Record<string, string> =>
  present({
    node: node.id,
    service,
    coin: node.services.find(({ id }) => id === service)?.coin,
    seat: node.seat,
    region: seat?.region,
  });

/** Raises a condition as of `at`. */
export function raise(
  condition: Condition,
  level: 1 | 2,
  { at, labels }: { readonly at: string; readonly labels: Readonly<Record<string, string>> },
): Raised {
  const { alertname, annotations, since } = condition;
  const severity = SEVERITY[level];
  return {
    severity,
    startsAt: at,
    labels: { alertname, severity, ...labels },
    annotations: { ...(since < at && { since }), ...annotations },
  };
}

export const beginningOf = ({ labels, annotations, startsAt }: Raised): Signal => ({
  labels: { ...labels },
  annotations: { ...annotations },
  status: 'firing',
  startsAt,
});

export const endOf = ({ labels, annotations, startsAt }: Raised, endsAt: string): Signal => ({
  labels: { ...labels },
  annotations: { ...annotations },
  status: 'resolved',
  startsAt,
  endsAt,
});

const present = (record: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).flatMap(([name, value]) => (value ? [[name, value]] : [])));
