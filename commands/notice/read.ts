import { statusCard } from '#src/broadcast/card.ts';
import { defineAction } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table } from '#src/domain/message.ts';
import { isMissing, type RollCall } from '#src/domain/roll.ts';

const found = (roll: RollCall | undefined, id: string): RollCall => {
  if (!roll) throw new UserError(`There is no notice ${id}. \`notice list\` shows them.`);
  return roll;
};

export const status = defineAction({
  name: 'status',
  summary: 'The roll call: who got it, who acknowledged, who is missing',
  who: 'observer',
  parameters: [
    { name: 'id', summary: 'Id of the notice; the latest when nothing is said', suggest: 'notice' },
    { name: 'show', summary: 'all, or missing only', oneOf: ['all', 'missing'] },
  ],
  async run({ broadcast }, { id, show }): Promise<Message> {
    const wanted = id ?? (await broadcast.list(1))[0]?.id;
    if (wanted === undefined) return { tone: 'neutral', title: 'There is no notice yet', blocks: [] };
    const roll = found(await broadcast.rollCall(wanted), wanted);
    const missing = roll.entries.filter(isMissing);
    return show === 'missing' ? statusCard({ ...roll, entries: missing }) : statusCard(roll);
  },
});

const MOST_ROWS = 20;
const NONE = { seats: 0, missing: 0 };

export const list = defineAction({
  name: 'list',
  summary: 'The latest notices',
  who: 'observer',
  parameters: [],
  async run({ broadcast }): Promise<Message> {
    const notices = await broadcast.list(MOST_ROWS);
    if (notices.length === 0) return { tone: 'neutral', title: 'There is no notice yet', blocks: [] };
    const summaries = await Promise.all(notices.map((notice) => broadcast.summary(notice.id)));
    const rows = notices.map((notice, index) => {
      const { seats, missing } = summaries[index]?.totals ?? NONE;
      return [notice.id, notice.state, notice.severity, notice.subject, `${seats - missing}/${seats}`];
    });
    return {
      tone: 'neutral',
      title: 'Notices',
      blocks: [table(['id', 'state', 'severity', 'subject', 'acknowledged'], rows)],
    };
  },
});
