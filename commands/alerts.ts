import { alertCard } from '#src/alerting/card.ts';
import { defineCommand } from '#src/command/define.ts';
import { type Alert, SEVERITIES, severityOf } from '#src/domain/alert.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table, text } from '#src/domain/message.ts';
import { recipientName } from '#src/domain/room.ts';

const MOST = 30;

/** `alerts`: what fires; `alerts ID`: one, with where it was brought. */
export const alerts = defineCommand({
  name: 'alerts',
  summary: 'What fires now, or one alert with its deliveries',
  examples: ['alerts', 'alerts a1b2c3d4e'],
  private: false,
  who: 'observer',
  parameters: [{ name: 'id', summary: 'Id of one alert', suggest: 'alert' }],
  async run({ alerting, deliveries }, { id }): Promise<Message> {
    if (id === undefined) return listMessage(await alerting.list({ status: 'firing' }));
    const alert = await alerting.get(id);
    if (!alert) throw new UserError(`There is no alert ${id}.`);
    const rows = await deliveries.list({ cause: `alert:${alert.id}:${alert.episode}` });
    const card = alertCard(alert);
    return { ...card, blocks: [...card.blocks, deliveriesTable(rows)] };
  },
});

function listMessage(firing: readonly Alert[]): Message {
  if (firing.length === 0) return { tone: 'good', title: 'No alert fires', blocks: [] };
  const sorted = firing.toSorted(
    (a, b) => SEVERITIES.indexOf(severityOf(a)) - SEVERITIES.indexOf(severityOf(b)),
  );
  const rows = sorted
    .slice(0, MOST)
    .map((alert) => [
      alert.id,
      severityOf(alert),
      alert.labels['alertname'] ?? '–',
      [alert.labels['node'] ?? alert.labels['seat'], alert.labels['service']].filter(Boolean).join(' ') ||
        '–',
      alert.silencedBy ? 'silenced' : (alert.acknowledgedBy ?? '–'),
    ]);
  const more = firing.length > MOST ? [text(`and ${firing.length - MOST} more`)] : [];
  return {
    tone: severityOf(sorted[0]!) === 'critical' ? 'critical' : 'warning',
    title: `${firing.length} ${firing.length === 1 ? 'alert fires' : 'alerts fire'}`,
    blocks: [table(['id', 'severity', 'alert', 'where', 'ack'], rows), ...more],
  };
}

const deliveriesTable = (rows: readonly Delivery[]) =>
  table(
    ['to', 'over', 'state', 'why'],
    rows.map((row) => [recipientName(row.to), row.platform, row.state, row.reason ?? row.note ?? '–']),
  );
