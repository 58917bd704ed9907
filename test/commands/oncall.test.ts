import { describe, expect, test } from 'vitest';

import { oncall } from '#commands/oncall.ts';
import type { Context } from '#src/command/define.ts';
import { callOf, splitWords } from '#src/command/parse.ts';
import type { Message } from '#src/domain/message.ts';
import type { Duty, Overriding } from '#src/domain/oncall.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const now = new Date('2026-01-05T08:00:00Z');
const [alice, bob] = ['alice', 'bob'] as OperatorId[] as [OperatorId, OperatorId];
const override = { operator: bob, from: now.toISOString(), until: '2026-01-05T16:00:00.000Z', by: alice };
const duties: readonly Duty[] = [
  { team: 'red', operator: bob, override, next: { operator: alice, at: override.until } },
  { team: 'blue', operator: 'frank' as OperatorId },
];

async function type(line: string, list = duties): Promise<{ message: Message; set: Overriding[] }> {
  const set: Overriding[] = [];
  const oncalls = {
    list: () => Promise.resolve(list),
    set: (asked: Overriding) => {
      set.push(asked);
      return Promise.resolve(duties[0]!);
    },
  };
  const context = {
    actor: smallFleet.operator('alice')!,
    now,
    fleet: smallFleet,
    oncalls,
  } as unknown as Context;
  const [, action, ...words] = splitWords(line);
  const call = callOf(oncall, action, words);
  return { message: await call.run(context, call.args), set };
}

const shown = (message: Message): string => JSON.stringify(message);

describe('oncall show', () => {
  test('says of each team who is first, why, and who is next', async () => {
    const { message } = await type('oncall show');
    expect(message.blocks).toEqual([
      {
        kind: 'table',
        head: ['team', 'first', 'why', 'next'],
        rows: [
          ['red', 'bob', 'set by alice, until 2026-01-05 16:00 UTC', 'alice, 2026-01-05 16:00 UTC'],
          ['blue', 'frank', 'rota', '–'],
        ],
      },
    ]);
  });

  test('of one team', async () => {
    const { message } = await type('oncall show blue');
    expect(shown(message)).toContain('frank');
    expect(shown(message)).not.toContain('bob');
  });

  test('where nobody is named, says what happens then', async () => {
    expect(shown((await type('oncall show grey')).message)).toContain('all operators of a seat');
    await expect(type('oncall show nowhere')).rejects.toThrow('There is no team "nowhere"');
  });
});

describe('oncall set', () => {
  test('somebody for a time from now on', async () => {
    const { message, set } = await type('oncall set red bob for=8h');
    expect(set).toEqual([{ team: 'red', operator: 'bob', from: now, forMs: 8 * 3_600_000 }]);
    expect(message.title).toBe('bob is called first for team red until 2026-01-05 16:00 UTC');
    expect(shown(message)).toContain('Next: alice, 2026-01-05 16:00 UTC');
  });

  test('or from a time to come', async () => {
    const { set } = await type('oncall set red bob for=2d from=2026-12-24T18:00:00+01:00');
    expect(set[0]?.from.toISOString()).toBe('2026-12-24T17:00:00.000Z');
  });

  test.each([
    ['oncall set red bob', 'for is missing'],
    ['oncall set red bob for=soon', 'not a time span'],
    ['oncall set red bob for=8h from=tomorrow', 'is not a time'],
    ['oncall set red bob for=8h from=2026-12-24', 'is not a time'],
    ['oncall set red bob for=8h from=2026-01-05T07:59:00Z', 'is over'],
  ])('%s is refused', async (line, words) => {
    await expect(type(line)).rejects.toThrow(words);
  });
});
