import { expect, test } from 'vitest';

import type { Block, Message } from '#src/domain/message.ts';
import type { Target } from '#src/domain/node.ts';
import { historyCard } from '#src/health/history-card.ts';
import type { Past } from '#src/health/history-charts.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';
import { eventful, WEEK, weekOf } from './week.ts';

const png = Buffer.from('a picture');

/** The card of these services, and what was asked of the history. */
async function cardOf(
  pasts: readonly Past[],
  { draws = true, ...over }: { draws?: boolean; check?: string; isCoin?: boolean } = {},
) {
  const asked: unknown[] = [];
  const find = (node: string, service: string): Past | undefined =>
    pasts.find((past) => past.node === node && past.service === service);
  const targets = pasts.map((past): Target => targetOf(past));
  const message = await historyCard(
    {
      histories: {
        read: async (names, since, check) => {
          asked.push({ names: names.length, since, check });
          return names.map(({ node, service }) => {
            const courses = find(node, service)?.courses ?? [];
            return check === undefined ? courses : courses.filter((course) => course.check === check);
          });
        },
      },
      examiner: { latest: async () => pasts.map(({ latest }) => latest) },
      pictures: { png: async () => (draws ? png : undefined) },
    },
    { title: 'red-1', targets, period: WEEK, isCoin: false, ...over },
  );
  return { message, asked };
}

const imageOf = ({ blocks }: Message) => blocks.find((block) => block.kind === 'image');
const tableOf = ({ blocks }: Message) =>
  blocks.find((block): block is Block & { kind: 'table' } => block.kind === 'table')!;
const one = weekOf('red-1', 'KMD', 3, eventful);

test('a picture that says in words what it shows, and a row for each figure', async () => {
  const { message, asked } = await cardOf([one]);
  expect(asked).toEqual([{ names: 1, since: new Date(WEEK.from), check: undefined }]);
  expect(message.title).toBe('red-1, the last 7 days');
  expect(imageOf(message)).toMatchObject({ png, alt: expect.stringContaining('peers 0 to 12, last 0') });
  const { head, rows } = tableOf(message);
  expect(head).toEqual(['figure', 'min', 'max', 'last', 'trend']);
  expect(rows).toHaveLength(11);
  expect(rows[0]).toEqual(['peers', '0', '12', '0', expect.stringMatching(/^[▁-█]+·?[▁-█]+▁$/)]);
});

test('where nothing can be drawn the words are the same', async () => {
  const { message } = await cardOf([one], { draws: false });
  expect(imageOf(message)).toBeUndefined();
  expect(tableOf(message).rows).toEqual(tableOf((await cardOf([one])).message).rows);
});

test('the services of a coin are compared: a row for each node', async () => {
  const pasts = [0, 1, 2].map((seed) => weekOf(`n-${seed}`, 'KMD', seed, seed === 2 ? eventful : undefined));
  const { message, asked } = await cardOf(pasts, { check: 'tip-age', isCoin: true });
  expect(asked).toMatchObject([{ names: 3, check: 'tip-age' }]);
  const { head, rows } = tableOf(message);
  expect(head[0]).toBe('tip age');
  expect(rows.map(([name]) => name)).toEqual(['n-2', 'n-0', 'n-1']);
  expect(rows[0]?.[2]).toBe('2.4 h');
});

test('of several services each row says which it is of', async () => {
  const { message } = await cardOf([one, weekOf('red-1', 'LTC', 5)]);
  expect(tableOf(message).rows.map(([name]) => name!.split(' ')[0])).toEqual([
    'KMD',
    'KMD',
    'KMD',
    'LTC',
    'LTC',
    'LTC',
  ]);
});

test('more services than can be read are said to be more, and the worst are read', async () => {
  const many = Array.from({ length: 70 }, (_, index): Past => ({
    node: `n-${index}`,
    service: 'KMD',
    courses: index === 69 ? one.courses : [],
    latest: { ...one.latest!, state: index === 69 ? 'down' : 'up' },
  }));
  const { message, asked } = await cardOf(many);
  expect(asked).toMatchObject([{ names: 64 }]);
  expect(tableOf(message).rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(message.blocks)).toContain('and 6 services more');
});

test('a figure that is not there is refused with those that are', async () => {
  await expect(cardOf([one], { check: 'tipage' })).rejects.toThrow(
    /^There is no figure "tipage" here: there are in-sync, peers, tip-age, /,
  );
});

test('nothing on record is said to be nothing', async () => {
  const { message } = await cardOf([{ node: 'red-1', service: 'KMD', courses: [] }]);
  expect(message.title).toBe('red-1: nothing on record');
  expect(message.blocks).toMatchObject([{ kind: 'text' }]);
});
