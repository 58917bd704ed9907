import { defineCommand } from '#src/command/define.ts';
import type { Audit, Link } from '#src/domain/audit.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table, text } from '#src/domain/message.ts';

const DEFAULT_ROWS = 20;
const MOST_ROWS = 100;

/** What may be typed in place of a number of rows. */
const VERIFY = 'verify';

/** `audit [rows]`, `audit verify`: what was asked, decided and done, newest first; whether nobody changed it. */
export const audit = defineCommand({
  name: 'audit',
  summary: 'Who asked, approved and did what, newest first; and whether nobody changed it',
  examples: ['audit', 'audit 50', 'audit verify', 'audit --noted 120:ab12cd34ab12cd34'],
  private: true,
  who: 'notary',
  parameters: [
    { name: 'rows', summary: `How many (${DEFAULT_ROWS}; at most ${MOST_ROWS}), or: ${VERIFY}` },
    {
      name: 'verify',
      named: true,
      summary: 'Check that no entry was changed, taken out or moved',
      oneOf: ['yes'],
    },
    {
      name: 'noted',
      named: true,
      summary: 'Verify, and that this last entry of an earlier time still stands',
    },
  ],
  async run({ audit: log }, { rows = String(DEFAULT_ROWS), verify, noted }): Promise<Message> {
    if (rows === VERIFY || verify !== undefined || noted !== undefined)
      return await verdictOn(log, noted === undefined ? undefined : linkOf(noted));
    const count = Number(rows);
    if (!Number.isInteger(count) || count < 1)
      throw new UserError(`rows is a number from 1 to ${MOST_ROWS}, or ${VERIFY}.`);
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

/** So much of a hash is shown, and compared with what was noted. */
const SHOWN = 16;

async function verdictOn(log: Audit, noted: Link | undefined): Promise<Message> {
  const { entries, head, faults } = await log.verify(noted);
  if (faults.length > 0) {
    return { tone: 'critical', title: 'The audit was tampered with', blocks: [text(faults.join('\n'))] };
  }
  const words = head
    ? `${entries} entries, each with the hash of the one before it. Note down the last, outside of Redis: ` +
      `audit --noted ${head.number}:${head.hash.slice(0, SHOWN)} tells later whether anything up to it was rewritten.`
    : 'It has no entry yet.';
  const title = noted
    ? `The audit is whole, and entry ${noted.number} is as it was noted`
    : 'The audit is whole';
  return { tone: 'good', title, blocks: [text(words)] };
}

function linkOf(noted: string): Link {
  const [, number, hash = ''] = /^(\d{1,15}):([0-9a-f]{16,64})$/.exec(noted.toLowerCase()) ?? [];
  if (number === undefined)
    throw new UserError(`"${noted}" is no entry as audit verify names it, like 120:ab12cd34ab12cd34.`);
  return { number: Number(number), hash };
}
