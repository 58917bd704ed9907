import { type Alert, SEVERITIES, type Severity, severityOf } from '#src/domain/alert.ts';
import type { Cause } from '#src/domain/delivery.ts';
import { type Block, fields, type Message, table, text } from '#src/domain/message.ts';

import { placeOf, SYMBOL } from './card.ts';

/** One alert of a bundle as it stands now. */
export interface Member {
  readonly id: string;
  /** Undefined when it is no longer on record. */
  readonly alert: Alert | undefined;
  readonly isOver: boolean;
}

const MOST_NAMED = 20;
const MOST_KINDS = 10;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The message of many alerts that came at once: counts, the critical ones by name, then all of them. */
export function bundleCard(bundle: Cause, members: readonly Member[]): Message {
  const known = members.flatMap(({ alert, isOver }) => (alert ? [{ alert, isOver }] : []));
  const firing = members.filter(({ isOver }) => !isOver);
  const over = members.length - firing.length;
  const bySeverity = Map.groupBy(known, ({ alert }) => severityOf(alert));
  const worst = SEVERITIES.find((severity) =>
    firing.some(({ alert }) => alert && severityOf(alert) === severity),
  );
  const counts = SEVERITIES.flatMap((severity) => {
    const count = bySeverity.get(severity)?.length ?? 0;
    return count > 0 ? [`${count} ${severity}`] : [];
  }).join(', ');
  return {
    tone: worst === undefined ? 'good' : worst === 'info' ? 'neutral' : worst,
    title:
      worst === undefined
        ? `✅ All over: ${plural(members.length, 'alert')}`
        : `${SYMBOL[worst]} ${plural(members.length, 'alert')} at once: ${counts}`,
    blocks: [
      text(
        `${firing.length} still firing, ${over} over. \`alerts\` lists what fires, \`alerts ID\` shows one.`,
      ),
      ...criticalOf(firing),
      fields({ 'By name': kindsOf(known.map(({ alert }) => alert)) }),
      table(['id', 'severity', 'alert', 'where', 'state'], sorted(members).map(rowOf)),
    ],
    footer: bundle.replace(':', ' '),
  };
}

function criticalOf(firing: readonly Member[]): Block[] {
  const critical = firing.flatMap(({ id, alert }) =>
    alert && severityOf(alert) === 'critical' ? [{ id, alert }] : [],
  );
  if (critical.length === 0) return [];
  const lines = critical
    .slice(0, MOST_NAMED)
    .map(({ id, alert }) => [nameOf(alert), placeOf(alert), id].filter(Boolean).join(' · '));
  const more = critical.length > MOST_NAMED ? [`and ${critical.length - MOST_NAMED} more critical`] : [];
  return [text([...lines, ...more].join('\n'))];
}

function kindsOf(alerts: readonly Alert[]): string {
  const kinds = [...Map.groupBy(alerts, nameOf)].toSorted(([, a], [, b]) => b.length - a.length);
  const shown = kinds.slice(0, MOST_KINDS).map(([name, list]) => `${name} × ${list.length}`);
  const more = kinds.length > MOST_KINDS ? [`${kinds.length - MOST_KINDS} other names`] : [];
  return [...shown, ...more].join(', ');
}

const nameOf = ({ labels }: Alert): string => labels['alertname'] ?? 'Alert';
const rank = ({ alert }: Member): number =>
  alert ? SEVERITIES.indexOf(severityOf(alert)) : SEVERITIES.length;
const sorted = (members: readonly Member[]): readonly Member[] =>
  members.toSorted((a, b) => Number(a.isOver) - Number(b.isOver) || rank(a) - rank(b));

const rowOf = ({ id, alert, isOver }: Member): readonly string[] => {
  const severity: Severity | '–' = alert ? severityOf(alert) : '–';
  const state = isOver ? 'over' : (alert?.acknowledgedBy ?? 'firing');
  return [id, severity, alert ? nameOf(alert) : '–', (alert && placeOf(alert)) ?? '–', state];
};
