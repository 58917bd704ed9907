import { describe, expect, test } from 'vitest';

import type { Remedy } from '#src/domain/remedy.ts';
import { withoutSecrets, withoutSecretValues } from '#src/redaction.ts';
import { renderDiscord } from '#src/chat/discord/render.ts';
import { render } from '#src/chat/matrix/render.ts';
import { logCard } from '#src/remediation/card.ts';
import { logText } from '#src/remediation/run-log.ts';
import { createRunLogs } from '#src/store/run-logs.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { remediationWorld, type World } from '#test/stand-ins/remediation/world.ts';

const telling: Remedy = {
  id: 'telling',
  summary: 'tells',
  risk: 'low',
  kinds: ['utxo'],
  parameters: [],
  plan: async () => ({ steps: ['do it'], bound: {} }),
  async carryOut({ journal, log, progress }) {
    await journal.step('look', async () => (await log('first line\nsecond line\n\n'), 1));
    await progress('waiting for it');
    await journal.step('act', async () => {
      await log('rpcpassword=correct-horse, login http://user:pass@host, hunter2-hunter2');
      await log('x'.repeat(10_000));
      await log(Array.from({ length: 500 }, (_, index) => `row ${index}`).join('\n'));
      return 2;
    });
    return 'well, with hunter2-hunter2';
  },
};

const hide = (words: string): string => withoutSecrets(words, ['hunter2-hunter2']);
const worldWith = (more: object = {}): World =>
  remediationWorld({
    remedies: [telling],
    hide,
    hideLikely: (words: string) => withoutSecretValues(hide(words)),
    ...more,
  });

describe('the log of a run', () => {
  test('has its steps, its progress, what the remedy tells, and its end, with times', async () => {
    const world = worldWith();
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    const lines = await world.remediation.log(id);
    const words = lines.map((line) => line.words);
    expect(words.slice(0, 7)).toEqual([
      'begins',
      '→ look',
      'first line',
      'second line',
      '✓ look',
      'waiting for it',
      '→ act',
    ]);
    expect(words.at(-2)).toBe('✓ act');
    expect(words.at(-1)).toBe('succeeded: well, with [hidden]');
    expect(logText(lines)).toMatch(/^2026-03-01 12:00:00 {2}begins\n2026-03-01 12:00:00 {2}→ look\n/);
  });

  test('holds no secret, neither known nor likely, and is bounded in lines and their length', async () => {
    const world = worldWith();
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    const lines = await world.remediation.log(id);
    const all = JSON.stringify([lines, await world.requests.get(id)]);
    expect(all).not.toMatch(/hunter2|correct-horse|user:pass/);
    expect(Math.max(...lines.map(({ words }) => words.length))).toBe(400);
    expect(lines.map(({ words }) => words)).toContain('… 440 lines before');
    expect(lines.filter(({ words }) => words.startsWith('row '))).toHaveLength(60);
  });

  test('that cannot be written does not disturb the run', async () => {
    const logs = { add: () => Promise.reject(new Error('full')), read: async () => [] };
    const world = worldWith({ logs });
    const { id } = await world.approved('anna');
    expect(await world.carryOut(id)).toBe('done');
    expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded' });
  });

  test('in Redis keeps the last 500 lines, in their order, and goes after three months', async () => {
    await using redis = await testRedis();
    const logs = createRunLogs(redis.connection);
    expect(await logs.read('r1')).toEqual([]);
    const said = Array.from({ length: 510 }, (_, index) => ({ at: 'x', words: `${index}` }));
    await logs.add('r1', said.slice(0, 505));
    await logs.add('r1', said.slice(505));
    await logs.add('r1', []);
    const lines = await logs.read('r1');
    expect(lines).toHaveLength(500);
    expect([lines[0]?.words, lines.at(-1)?.words]).toEqual(['10', '509']);
    const [key = ''] = await redis.connection.keys('*run-log*');
    expect(await redis.connection.pttl(key)).toBeGreaterThan(89 * 24 * 3_600_000);
  });
});

test('the longest log is a readable beginning and, whole, a text file on Discord and on Matrix', async () => {
  const world = worldWith();
  const { id } = await world.approved('anna');
  await world.carryOut(id);
  const lines = Array.from({ length: 500 }, (_, index) => ({
    at: '2026-03-01T12:00:00.000Z',
    words: `line ${index} ${'x'.repeat(380)}`,
  }));
  const message = logCard((await world.requests.get(id))!, lines);
  const { files, body } = renderDiscord(message);
  expect(files).toMatchObject([{ contentType: expect.stringContaining('text/plain') as string }]);
  expect(files[0]?.data.toString()).toContain('line 499');
  expect(JSON.stringify(body.embeds)).toContain('line 0');
  const matrix = render(message, { prefix: '!tocsin', mostBytes: 60_000 });
  expect(matrix.whole).toContain('line 499');
  expect(matrix.content.body).toContain('line 0');
});
