import type { CheckResult, FindingState, ServiceHealth } from '#src/domain/finding.ts';

export const SYMBOL: Readonly<Record<FindingState, string>> = {
  up: '✔',
  unknown: '?',
  degraded: '▲',
  down: '✖',
};
/** What the symbols mean, for the small print. */
export const LEGEND = '✔ up  ▲ degraded  ✖ down  ? could not look';

interface Reason {
  readonly line: string;
  readonly title: string;
  readonly isUnknown: boolean;
  readonly advice: string | undefined;
}

function reasonOf(
  { node, service }: ServiceHealth,
  { title, finding, advice, of }: CheckResult,
): readonly Reason[] {
  if (finding.state === 'up') return [];
  const whose = of === 'node' ? node : `${service} on ${node}`;
  const line = `${SYMBOL[finding.state]} ${whose}: ${finding.why}`;
  return [{ line, title, isUnknown: finding.state === 'unknown', advice }];
}

/** One line per service, or node, and reason, with what to do; a reason that several checks share is said once. */
export function reasonsIn(healths: readonly ServiceHealth[]): readonly string[] {
  const reasons = healths.flatMap((health) => health.results.flatMap((result) => reasonOf(health, result)));
  return [...Map.groupBy(reasons, ({ line }) => line)].map(([line, of]) => {
    const [first] = of;
    const titles = [...new Set(of.map(({ title }) => title))].join(', ');
    return first?.isUnknown ? `${line} (${titles})` : `${line}.${first?.advice ? ` ${first.advice}` : ''}`;
  });
}
