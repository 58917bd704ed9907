import { defineCommand } from '#src/command/define.ts';
import { parseDuration } from '#src/domain/duration.ts';
import { type Message, text } from '#src/domain/message.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { type Answer, ANSWERS, type RollCall } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';

const SNOOZE = 'snooze';
const SNOOZE_FOR = '3h';

const ANSWER_WORDS: Readonly<Record<Answer, string>> = {
  'on-it': 'You are on it.',
  done: 'You said done.',
  cannot: 'You said that you cannot.',
};

/** What stands for the own seats now, where it is another's word. */
function othersWords({ entries }: RollCall, actor: OperatorId): readonly string[] {
  const others = entries.filter(({ answeredBy }) => answeredBy !== undefined && answeredBy !== actor);
  return others.map(
    ({ seat, answer, answeredBy, answeredAt = '' }) =>
      `${seat}: ${answeredBy} had said ${answer} at ${inMinutes(answeredAt)}; that stands.`,
  );
}

const noted = ({ notice, entries }: RollCall, lines: readonly string[]): Message => ({
  tone: 'good',
  title: `Noted: ${notice.subject}`,
  blocks: [text(lines.join('\n'))],
  footer: `notice ${notice.id} · ${entries.map(({ seat }) => seat).join(', ')}`,
});

/** `ack ID`: an alert is acknowledged, a notice answered; the id tells which. */
export const ack = defineCommand({
  name: 'ack',
  summary: 'Acknowledge an alert, or answer a notice: on-it, done, cannot, snooze',
  examples: [
    'ack a1b2c3d4e',
    'ack n1b2c3d done',
    'ack n1b2c3d cannot no build host until Monday',
    'ack n1b2c3d snooze 3h',
  ],
  private: false,
  who: 'notary',
  parameters: [
    { name: 'id', summary: 'Id of the alert or notice', required: true, suggest: 'acknowledgeable' },
    { name: 'answer', summary: 'For a notice: how it stands', oneOf: [...ANSWERS, SNOOZE] },
    { name: 'reason', summary: 'Why you cannot; or for how long to be left in peace, once', rest: true },
  ],
  async run({ actor, platform, alerting, broadcast }, { id, answer, reason }): Promise<Message> {
    if (await broadcast.find(id)) {
      if (answer === SNOOZE) {
        const roll = await broadcast.snooze(id, actor, parseDuration(reason ?? SNOOZE_FOR));
        const until = roll.entries[0]?.promise?.until ?? '';
        return noted(roll, [`You asked for time until ${inMinutes(until)}. It is remembered.`]);
      }
      const given = ANSWERS.find((known) => known === answer) ?? 'on-it';
      const roll = await broadcast.acknowledge(id, actor, given, platform, reason);
      const others = othersWords(roll, actor.id);
      return noted(roll, [...(others.length < roll.entries.length ? [ANSWER_WORDS[given]] : []), ...others]);
    }
    const alert = await alerting.acknowledge(id, actor);
    const mine = alert.acknowledgedBy === actor.id;
    const words = mine
      ? 'You acknowledged it.'
      : `${alert.acknowledgedBy} had acknowledged it at ${alert.acknowledgedAt}.`;
    return {
      tone: 'good',
      title: alert.labels['alertname'] ?? 'Alert',
      blocks: [text(words)],
      footer: `alert ${id}`,
    };
  },
});
