import { expect, test } from 'vitest';

import { MOST_ALERTS } from '#src/http/bounded-list.ts';
import { taking } from '#test/http/parts.ts';

const PATH = '/ingress/alerts';

test('one alert', async () => {
  const { post, signals } = taking();
  const answer = await post(PATH, { labels: { alertname: 'Disk', severity: 'warning' } });
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({ accepted: [expect.any(String)] });
  expect(signals).toEqual([
    { labels: { alertname: 'Disk', severity: 'warning' }, annotations: {}, status: 'firing' },
  ]);
});

test('a list, in its order', async () => {
  const { post, signals } = taking();
  const list = ['a', 'b'].map((alertname) => ({
    labels: { alertname },
    status: 'resolved',
    endsAt: '2026-01-01T00:00:00Z',
  }));
  const answer = await post(PATH, list);
  expect(answer.json<{ accepted: string[] }>().accepted).toHaveLength(2);
  expect(signals.map(({ labels, status }) => [labels['alertname'], status])).toEqual([
    ['a', 'resolved'],
    ['b', 'resolved'],
  ]);
});

test('an empty list', async () => {
  expect((await taking().post(PATH, [])).json()).toEqual({ accepted: [] });
});

test('every fault of a list by its path; none of it is taken', async () => {
  const { post, signals } = taking();
  const answer = await post(PATH, [{ labels: { a: 'b' } }, { labels: { a: 1 }, status: 'on' }, {}, null]);
  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ faults: { path: string }[] }>().faults.map(({ path }) => path)).toEqual([
    '[1].labels.a',
    '[1].status',
    '[2].labels',
    '[3]',
  ]);
  expect(signals).toEqual([]);
});

test('a list that is too long is one fault, not one for each entry', async () => {
  const answer = await taking().post(
    PATH,
    Array.from({ length: MOST_ALERTS + 1 }, () => 1),
  );
  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ faults: unknown[] }>().faults).toHaveLength(1);
});

test('very many faults are counted, and the first thousand told', async () => {
  const answer = await taking().post(
    PATH,
    Array.from({ length: MOST_ALERTS }, () => 1),
  );
  expect(answer.json<{ error: string }>().error).toBe('There are 5000 faults in it.');
  expect(answer.json<{ faults: unknown[] }>().faults).toHaveLength(1_000);
});
