import { listCard, statusCard } from '#src/broadcast/board.ts';
import { reportCard, withPicture } from '#src/broadcast/report.ts';
import { type Context, defineAction } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';
import { filtered, type Show, SHOWS } from '#src/domain/progress.ts';
import { reportOf } from '#src/domain/report.ts';
import type { RollCall } from '#src/domain/roll.ts';

const FORMS = ['board', 'json'] as const;

async function rollOf(
  { broadcast }: Pick<Context, 'broadcast'>,
  given: string | undefined,
): Promise<RollCall> {
  const id = given ?? (await broadcast.list(1))[0]?.id;
  if (id === undefined) throw new UserError('There is no notice yet.');
  const roll = await broadcast.rollCall(id);
  if (!roll) throw new UserError(`There is no notice ${id}. \`notice list\` shows them.`);
  return roll;
}

export const status = defineAction({
  name: 'status',
  summary: 'The roll call: who got it, who acknowledged, who is missing, with a picture',
  who: 'observer',
  parameters: [
    { name: 'id', summary: 'Id of the notice; the latest when nothing is said', suggest: 'notice' },
    { name: 'show', summary: 'Which seats; all when nothing is said', oneOf: SHOWS },
    { name: 'region', named: true, summary: 'Only seats of this region' },
    { name: 'coin', named: true, summary: 'Only seats that run this coin', suggest: 'coin' },
    { name: 'as', named: true, summary: 'json, for a script that reads the chat', oneOf: FORMS },
  ],
  async run(context, { id, show, region, coin, as }): Promise<Message> {
    const { fleet, now, pictures } = context;
    const roll = await rollOf(context, id);
    const shown = filtered(fleet, roll.entries, { show: show as Show | undefined, region, coin });
    const card = statusCard(roll, shown, now);
    if (as === 'json') {
      const seats = JSON.stringify(
        { notice: roll.notice.id, state: roll.notice.state, seats: shown },
        null,
        1,
      );
      return { ...card, blocks: [{ kind: 'code', code: seats }] };
    }
    return await withPicture(card, { pictures, roll, at: now });
  },
});

const MOST_ROWS = 20;

export const list = defineAction({
  name: 'list',
  summary: 'The latest notices',
  who: 'observer',
  parameters: [],
  async run({ broadcast, now }): Promise<Message> {
    const notices = await broadcast.list(MOST_ROWS);
    const rolls = await Promise.all(notices.map((notice) => broadcast.summary(notice.id)));
    return listCard(
      rolls.filter((roll) => roll !== undefined),
      now,
    );
  },
});

export const report = defineAction({
  name: 'report',
  summary: 'How a notice went: time to 50, 90 and 100 %, by which medium, what is still wrong',
  who: 'observer',
  parameters: [
    { name: 'id', summary: 'Id of the notice; the latest when nothing is said', suggest: 'notice' },
  ],
  async run(context, { id }): Promise<Message> {
    const roll = await rollOf(context, id);
    if (roll.notice.sentAt === undefined)
      throw new UserError(`Notice ${roll.notice.id} was not sent: there is nothing to report.`);
    const card = reportCard(reportOf(roll));
    return await withPicture(card, { pictures: context.pictures, roll, at: context.now });
  },
});
