import { defineCommand } from '#src/command/define.ts';
import { type Message, text } from '#src/domain/message.ts';
import { type Answer, ANSWERS } from '#src/domain/notice.ts';

const ANSWER_WORDS: Readonly<Record<Answer, string>> = {
  'on-it': 'You are on it.',
  done: 'You said done.',
  cannot: 'You said that you cannot.',
};

/** `ack ID`: an alert is acknowledged, a notice answered; the id tells which. */
export const ack = defineCommand({
  name: 'ack',
  summary: 'Acknowledge an alert, or answer a notice: on-it, done or cannot',
  examples: ['ack a1b2c3d4e', 'ack n1b2c3d done', 'ack n1b2c3d cannot no build host until Monday'],
  private: false,
  who: 'notary',
  parameters: [
    { name: 'id', summary: 'Id of the alert or notice', required: true, suggest: 'acknowledgeable' },
    { name: 'answer', summary: 'For a notice: how it stands', oneOf: ANSWERS },
    { name: 'reason', summary: 'Why you cannot', rest: true },
  ],
  async run({ actor, platform, alerting, broadcast }, { id, answer, reason }): Promise<Message> {
    if (await broadcast.rollCall(id)) {
      const given = ANSWERS.find((known) => known === answer) ?? 'on-it';
      const notice = await broadcast.acknowledge(id, actor, given, platform, reason);
      return {
        tone: 'good',
        title: `Noted: ${notice.subject}`,
        blocks: [text(ANSWER_WORDS[given])],
        footer: `notice ${id}`,
      };
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
