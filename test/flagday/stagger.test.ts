import { expect, test } from 'vitest';

import { ordered } from '#src/flagday/order.ts';
import { coincide, waitMs } from '#src/flagday/stagger.ts';
import type { WorkerNow } from '#src/domain/notary-cluster.ts';

const SECOND = 1_000;
const spacing = { pollSeconds: 600, apartSeconds: 30, count: 5 };
const T = Date.parse('2026-01-02T12:00:00Z');

test.each([
  ['nobody started', T, [], 0],
  ['far enough', T, [T - 30 * SECOND], 0],
  ['just before', T, [T - 10 * SECOND], 20],
  ['an interval ago', T, [T - 610 * SECOND], 20],
  ['right after, an interval on', T, [T - 590 * SECOND], 40],
  ['between two', T, [T - 10 * SECOND, T - 560 * SECOND], 70],
] as const)('a start waits: %s', (_name, now, started, seconds) => {
  expect(waitMs(now, started, spacing)).toBe(seconds * SECOND);
});

test('however many there are and whenever they began, a place is found within one interval, and it is free', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const count = 2 + (seed % 12);
    const of = { pollSeconds: 60 + (seed % 7) * 90, apartSeconds: 30, count };
    const least = Math.min(of.apartSeconds, of.pollSeconds / count / 2) * SECOND;
    const started: number[] = [];
    for (let index = 0; index < count; index++) {
      const now = T + ((seed * 7_919 + index * 104_729) % 3_600) * SECOND;
      const wait = waitMs(now, started, of);
      expect(wait).toBeLessThanOrEqual(of.pollSeconds * SECOND);
      const at = now + wait;
      for (const one of started) {
        const between =
          (((at - one) % (of.pollSeconds * SECOND)) + of.pollSeconds * SECOND) % (of.pollSeconds * SECOND);
        expect(Math.min(between, of.pollSeconds * SECOND - between)).toBeGreaterThanOrEqual(least - 1);
      }
      started.push(at);
    }
  }
});

test('polls that coincide are told by their workers; without an interval nothing is known of it', () => {
  const polls = [
    { id: 'w1', at: T },
    { id: 'w2', at: T + 300 * SECOND },
    { id: 'w3', at: T + 1_205 * SECOND },
  ];
  expect(coincide(polls, spacing)).toBe(
    'w1 and w3 poll the network map within 5 s of each other: they end at once',
  );
  expect(coincide(polls.slice(0, 2), spacing)).toBeUndefined();
  expect(coincide(polls, { ...spacing, pollSeconds: 0 })).toBeUndefined();
});

test('the order: what does not run, what may end at any moment, then by the last poll; each with its reason', () => {
  const up = (id: string): WorkerNow => ({ id, state: 'up' });
  const polled = (seconds: number) => ({
    known: { at: new Date(T - seconds * SECOND).toISOString(), by: 'log' as const },
  });
  const places = ordered([
    { now: up('late'), polled: polled(10) },
    { now: up('silent'), polled: { why: 'its log cannot be read' } },
    { now: up('early'), polled: polled(500) },
    { now: { id: 'gone', state: 'down' }, polled: { why: 'it does not run' } },
  ]);
  expect(places.map(({ id, because }) => `${id}: ${because}`)).toEqual([
    'gone: it does not run: starting it takes nothing away',
    'silent: when it polled last is not known (its log cannot be read): it may end at any moment',
    'early: polled 11:51:40 UTC: it ends by itself before those that come after it',
    'late: polled 11:59:50 UTC, most recently of all: it has the most time left',
  ]);
  expect(ordered([{ now: up('alone'), polled: polled(1) }])[0]?.because).toContain('restarted at once');
});
