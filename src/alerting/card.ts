import { type Alert, severityOf } from '#src/domain/alert.ts';
import { type Block, type Choice, choices, fields, type Message, text } from '#src/domain/message.ts';
import { inMinutes } from '#src/domain/time.ts';

export const SYMBOL = { critical: '🔴', warning: '🟠', info: '🔵' } as const;
const TONE = { critical: 'critical', warning: 'warning', info: 'neutral' } as const;
/** Labels and annotations that have a place of their own, or none. */
const SHOWN_ELSEWHERE = new Set(['alertname', 'severity', 'summary', 'description', 'message']);
const MACHINE_ONLY = /^(remedy|remedy_node|remedy_service|remedy_arguments|runbook|runbook_url|__.*)$/;

const TO_DO = 'What to do';

/** What an alert is about, in few words. */
export const placeOf = ({ labels }: Alert): string | undefined =>
  [labels['node'] ?? labels['seat'] ?? labels['instance'], labels['service'] ?? labels['coin']]
    .filter(Boolean)
    .join(' ') || undefined;

/** The message of an alert as it stands now. */
export function alertCard(alert: Alert): Message {
  const severity = severityOf(alert);
  const resolved = alert.status === 'resolved';
  const name = alert.labels['alertname'] ?? 'Alert';
  return {
    tone: resolved ? 'good' : TONE[severity],
    title: resolved ? `✅ Resolved: ${name}` : `${SYMBOL[severity]} ${severity.toUpperCase()}: ${name}`,
    blocks: [...wordsOf(alert), labelsOf(alert), stateOf(alert), ...linksOf(alert), ...actionsOf(alert)],
    footer: `alert ${alert.id}`,
  };
}

function wordsOf({ annotations }: Alert): Block[] {
  const { summary, description, message } = annotations;
  return [summary, description ?? message].flatMap((words) => (words ? [text(words)] : []));
}

function labelsOf({ labels, annotations }: Alert): Block {
  const extra = Object.entries({ ...labels, ...annotations }).filter(
    ([name]) => !SHOWN_ELSEWHERE.has(name) && !MACHINE_ONLY.test(name),
  );
  return fields(Object.fromEntries(extra));
}

const stateOf = (alert: Alert): Block =>
  fields({
    Since: inMinutes(alert.startsAt),
    'Over at': alert.endsAt && inMinutes(alert.endsAt),
    Acknowledged: alert.acknowledgedAt && `${alert.acknowledgedBy}, ${inMinutes(alert.acknowledgedAt)}`,
    Escalated: escalatedWords(alert),
    Silence: alert.silencedBy,
    ...helpOf(alert),
  });

/** Where no address leads to the page of an alert, the command that shows it. */
const helpOf = ({ annotations: { runbook, runbook_url: url } }: Alert) =>
  runbook && !url ? { [TO_DO]: `help ${runbook}` } : {};

const escalatedWords = ({ escalations = [] }: Alert): string =>
  escalations.map(({ at, to }) => `${to.join(', ')}, ${inMinutes(at)}`).join('; ');

function linksOf({ annotations, generatorURL }: Alert): Block[] {
  const links: readonly (readonly [string, string | undefined])[] = [
    [TO_DO, annotations['runbook_url']],
    ['Source', generatorURL],
  ];
  return links.flatMap(([label, url]) =>
    url && /^https?:\/\//.test(url) ? [{ kind: 'link', label, url } as const] : [],
  );
}

function actionsOf(alert: Alert): Block[] {
  if (alert.status === 'resolved') return [];
  const list: Choice[] = [];
  if (!alert.acknowledgedBy)
    list.push({ label: 'Acknowledge', emoji: '👍', words: ['ack', alert.id], style: 'primary' });
  const { remedy, remedy_node: node, remedy_service: service, remedy_arguments: args } = alert.annotations;
  if (remedy && node) {
    const words = [
      'remedy',
      'run',
      remedy,
      node,
      ...(service ? [service, ...(args?.split(' ').filter(Boolean) ?? [])] : []),
    ];
    list.push({ label: `Request ${remedy}`, emoji: '🔧', words });
  }
  return list.length > 0 ? [choices(...list)] : [];
}
