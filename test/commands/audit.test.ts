import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { audit } from '#commands/audit.ts';
import type { Context } from '#src/command/define.ts';
import { callOf, splitWords } from '#src/command/parse.ts';
import type { Message } from '#src/domain/message.ts';
import { createAudit } from '#src/store/audit.ts';
import { testRedis, type TestRedis } from '#test/real/keyspace.ts';

const KEY = '{tocsin}:audit';

let redis: TestRedis;
beforeEach(async () => {
  redis = await testRedis();
  const log = createAudit(redis.connection, () => new Date('2026-01-01T00:00:00Z'));
  for (let at = 1; at <= 6; at++) {
    await log.write({ who: 'alice', account: 'discord:1', what: 'remedy.approved', about: `r${at}` });
  }
});
afterEach(() => redis[Symbol.asyncDispose]());

/** The command as it is typed, over the record in Redis. */
async function typed(line: string): Promise<Message> {
  const log = createAudit(redis.connection, () => new Date());
  const call = callOf(audit, undefined, splitWords(line));
  return call.run({ audit: log } as unknown as Context, call.args);
}
const wordsOf = ({ blocks }: Message): string =>
  blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n');

/** Writes the record anew, as somebody with a hand in Redis would. */
async function forge(change: (lines: readonly string[]) => readonly string[]): Promise<void> {
  const rows = await redis.connection.xrange(KEY, '-', '+');
  await redis.connection.del(KEY);
  for (const line of change(rows.map(([, [, line = '']]) => line)))
    await redis.connection.xadd(KEY, '*', 'entry', line);
}

describe.each(['verify', '--verify'])('audit %s', (line) => {
  test('says that it is whole, and what to note down', async () => {
    const message = await typed(line);
    expect(message).toMatchObject({ tone: 'good', title: 'The audit is whole' });
    const [, noted = ''] = /audit --noted (\d+:[0-9a-f]{16})/.exec(wordsOf(message)) ?? [];
    expect(await typed(`--noted ${noted}`)).toMatchObject({
      title: 'The audit is whole, and entry 6 is as it was noted',
    });
  });

  test.each<[string, (lines: readonly string[]) => readonly string[], string]>([
    ['a flipped byte', (lines) => lines.with(2, lines[2]!.replace('alice', 'alicf')), 'Entry 3 was changed'],
    ['a removed entry', (lines) => lines.toSpliced(3, 1), 'Entry 4 was taken out'],
    [
      'two entries in another order',
      (lines) => lines.with(1, lines[2]!).with(2, lines[1]!),
      'it was moved, or written twice',
    ],
  ])('finds and names %s', async (_what, change, words) => {
    await forge(change);
    const message = await typed(line);
    expect(message).toMatchObject({ tone: 'critical', title: 'The audit was tampered with' });
    expect(wordsOf(message)).toContain(words);
  });
});

test('what is neither a number nor verify is refused, with what may be typed', async () => {
  await expect(typed('export')).rejects.toThrow('rows is a number from 1 to 100, or verify.');
  expect((await typed('2')).blocks).toMatchObject([{ kind: 'table', rows: [{}, {}] }]);
});
