import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openEntry } from '#src/broadcast/roll.ts';
import { callsOf, type Calling } from '#src/broadcast/whom.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { ANSWERS, type RollEntry } from '#src/domain/roll.ts';
import { placeName } from '#src/domain/room.ts';
import { fleet, HOUR_MS, noticeOf, rules, SENT, ways } from './pressing.ts';

describe('whom to press', () => {
  const at = fc.integer({ min: 0, max: 300 }).map((quarters) => new Date(SENT + quarters * 0.25 * HOUR_MS));
  const entry = fc.record({
    answer: fc.constantFrom(undefined, ...ANSWERS),
    proven: fc.boolean(),
    contradicted: fc.boolean(),
    promise: fc.option(at),
  });
  const calling = fc
    .record({ lines: fc.tuple(entry, entry, entry), now: at, dueHours: fc.integer({ min: -10, max: 80 }) })
    .map(({ lines, now, dueHours }): Calling => ({
      fleet,
      notice: noticeOf(dueHours),
      ladder: {
        severity: 'mandatory',
        sentAt: new Date(SENT),
        due: new Date(SENT + dueHours * HOUR_MS),
        rules,
      },
      entries: fleet.seats.map((seat, index): RollEntry => {
        const line = lines[index];
        return {
          ...openEntry(seat),
          ...(line?.answer && { answer: line.answer, acknowledgedAt: '2026-01-01T12:00:00Z' }),
          ...(line?.proven && { provenAt: '2026-01-01T12:00:00Z' }),
          ...(line?.contradicted && !line.proven && { contradiction: 'said done, runs 0.8.2' }),
          ...(line?.promise && { promise: { until: line.promise.toISOString(), by: 'bob' as OperatorId } }),
        };
      }),
      now,
      ways,
      first: () => undefined,
      toldPersonally: new Set(),
    }));

  it('nobody gets two reminders at once on one medium, and nobody who has done it gets any', () => {
    fc.assert(
      fc.property(calling, (of) => {
        const { calls } = callsOf(of);
        const direct = calls.flatMap(({ to }) => to.filter(({ kind }) => kind === 'direct').map(placeName));
        expect(new Set(direct).size).toBe(direct.length);
        for (const line of of.entries) {
          const isDone = line.provenAt !== undefined || (line.answer === 'done' && !line.contradiction);
          if (!isDone) continue;
          for (const { id } of fleet.operatorsOf(line.seat))
            expect(direct.filter((name) => name.startsWith(`operator:${id}`))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('nobody is told in quiet hours while time is left, and asking again is later', () => {
    fc.assert(
      fc.property(calling, (of) => {
        const { calls, nextAt } = callsOf(of);
        if (nextAt) expect(nextAt.getTime()).toBeGreaterThan(of.now.getTime());
        const hour = of.now.getUTCHours();
        const isNight = hour >= 22 || hour < 7;
        const leftMs = (of.ladder.due?.getTime() ?? 0) - of.now.getTime();
        if (!isNight || leftMs <= rules.quietUntilMs) return;
        const asked = calls.filter(({ step }) => step !== 'promise').flatMap(({ to }) => to.map(placeName));
        expect(asked.filter((name) => name.startsWith('operator:alice'))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('where nothing changes, nobody is told anything new before the next time', () => {
    fc.assert(
      fc.property(calling, fc.nat(), (of, some) => {
        const { calls, nextAt } = callsOf(of);
        if (!nextAt) return;
        const now = new Date(of.now.getTime() + (some % (nextAt.getTime() - of.now.getTime())));
        const told = (list: typeof calls) =>
          list.flatMap(({ step, to }) => to.map((place) => `${step} ${placeName(place)}`));
        const before = new Set(told(calls));
        expect(told(callsOf({ ...of, now }).calls).filter((line) => !before.has(line))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
