import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { Signal } from '#src/domain/alert.ts';
import { taking } from '#test/http/parts.ts';
import { root } from '#test/real/root.ts';

const PATH = '/ingress/alertmanager';

interface Recorded {
  alerts: Record<string, unknown>[];
  [key: string]: unknown;
}

const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(`${root}/test/recorded/alertmanager/${name}.json`, 'utf8')) as Recorded;

describe('what Alertmanager 0.25 posts', () => {
  test('two firing alerts', async () => {
    const { post, signals } = taking();
    const answer = await post(PATH, recorded('firing'));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ accepted: [expect.any(String), expect.any(String)] });
    expect(signals).toHaveLength(2);
    expect(signals[0]).toEqual({
      status: 'firing',
      labels: recorded('firing').alerts[0]?.['labels'],
      annotations: recorded('firing').alerts[0]?.['annotations'],
      startsAt: recorded('firing').alerts[0]?.['startsAt'],
      endsAt: undefined,
      generatorURL: undefined,
    });
  });

  test('each alert has its own status: one of a firing group is resolved', async () => {
    const { post, signals } = taking();
    await post(PATH, recorded('one-resolved'));
    expect(signals.map(({ labels, status }) => [labels['coin'], status])).toEqual([
      ['KMD', 'firing'],
      ['LTC', 'resolved'],
    ]);
    expect(signals[1]?.endsAt).toBe(recorded('one-resolved').alerts[1]?.['endsAt']);
  });

  test('the same alert has the same id firing and resolved', async () => {
    const { post } = taking();
    const [fired, resolved] = await Promise.all([
      post(PATH, recorded('firing')),
      post(PATH, recorded('resolved')),
    ]);
    expect(fired.json<{ accepted: string[] }>().accepted).toContain(
      resolved.json<{ accepted: string[] }>().accepted[0],
    );
  });

  test('alerts that were kept back are told and logged', async () => {
    const { post, log } = taking();
    expect((await post(PATH, recorded('truncated'))).json()).toMatchObject({ truncated: 1 });
    expect(log.join()).toContain('"truncated":1');
  });

  test.each(['firing', 'one-resolved', 'resolved', 'truncated'])(
    '%s: what is handed over is what the queue takes',
    async (name) => {
      const { post, signals } = taking();
      await post(PATH, recorded(name));
      for (const signal of signals) expect(Signal.safeParse(signal).success).toBe(true);
    },
  );
});

describe('tolerance, since a refused alert is not sent again', () => {
  test('too long texts are cut, unknown keys and nulls are let be', async () => {
    const { post, signals } = taking();
    const long = 'x'.repeat(20_000);
    const alert = {
      status: 'firing',
      labels: { alertname: 'A', [long]: long },
      annotations: null,
      startsAt: '2026-01-01T00:00:00.123456789+02:00',
      generatorURL: `http://prometheus/${long}`,
      values: { A: 1 },
    };
    const answer = await post(PATH, { version: '4', alerts: [alert], orgId: 1 });
    expect(answer.statusCode).toBe(202);
    expect(Signal.safeParse(signals[0]).success).toBe(true);
    expect(signals[0]?.labels['alertname']).toBe('A');
    expect(Object.keys(signals[0]?.labels ?? {})[1]).toMatch(/^x{199}…$/);
  });

  test('no alerts is nothing to do', async () => {
    const { post } = taking({ ingress: { alerts: { accept: () => Promise.reject(new Error('asked')) } } });
    expect((await post(PATH, { version: '4', alerts: [] })).json()).toEqual({ accepted: [] });
  });
});

test('every fault is told by its path, and nothing is taken', async () => {
  const { post, signals } = taking();
  const good = recorded('firing').alerts[0];
  const answer = await post(PATH, {
    version: '3',
    alerts: [
      good,
      { ...good, status: 'on' },
      { ...good, labels: {} },
      { ...good, labels: { a: 1 }, startsAt: 'now' },
      7,
    ],
  });
  expect(answer.statusCode).toBe(400);
  const { faults } = answer.json<{ faults: { path: string; words: string }[] }>();
  expect(faults.map(({ path }) => path)).toEqual([
    'version',
    'alerts[1].status',
    'alerts[2].labels',
    'alerts[3].labels.a',
    'alerts[3].startsAt',
    'alerts[4]',
  ]);
  expect(faults.every(({ words }) => words.length > 0)).toBe(true);
  expect(signals).toEqual([]);
});
