import { defineCommand } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table } from '#src/domain/message.ts';

const DEFAULT_ROWS = 20;
const MOST_ROWS = 100;

/** `audit [rows]`: what was asked, decided and done, newest first. */
export const audit = defineCommand({
  name: 'audit',
  summary: 'Who asked, approved and did what, newest first',
  examples: ['audit', 'audit 50'],
  private: true,
  who: 'notary',
  parameters: [{ name: 'rows', summary: `How many (${DEFAULT_ROWS}; at most ${MOST_ROWS})` }],
  async run({ audit: log }, { rows = String(DEFAULT_ROWS) }): Promise<Message> {
    const count = Number(rows);
    if (!Number.isInteger(count) || count < 1)
      throw new UserError(`rows is a number from 1 to ${MOST_ROWS}.`);
    const entries = await log.list(Math.min(count, MOST_ROWS));
    return {
      tone: 'neutral',
      title: 'Audit',
      blocks: [
        table(
          ['when', 'who', 'what', 'about'],
          entries.map((entry) => [
            entry.at.slice(5, 19).replace('T', ' '),
            entry.who,
            entry.what,
            entry.about ?? '–',
          ]),
        ),
      ],
    };
  },
});
