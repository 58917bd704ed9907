import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { alertIdOf, applySignal } from '#src/alerting/apply.ts';
import { type Alert, Signal } from '#src/domain/alert.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const signal = (status: 'firing' | 'resolved', startsAt?: number, endsAt?: number): Signal =>
  Signal.parse({
    labels: { alertname: 'TipOld', node: 'red-1' },
    status,
    ...(startsAt !== undefined && { startsAt: at(startsAt) }),
    ...(endsAt !== undefined && { endsAt: at(endsAt) }),
  });
const apply = (signals: readonly Signal[]): Alert | undefined =>
  signals.reduce<Alert | undefined>((alert, next) => applySignal(alert, next, new Date(at(59))), undefined);

describe('the id of an alert', () => {
  it('is the same for the same labels in any order, and another for other labels', () => {
    const one = alertIdOf({ labels: { a: '1', b: '2' } });
    expect(alertIdOf({ labels: { b: '2', a: '1' } })).toBe(one);
    expect(alertIdOf({ labels: { a: '1', b: '3' } })).not.toBe(one);
    expect(alertIdOf({ labels: { a1: '', b: '2' } })).not.toBe(one);
  });
});

describe('applying signals', () => {
  it('keeps one alert however often it is posted', () => {
    const first = apply([signal('firing', 1)]);
    expect(applySignal(first, signal('firing', 1), new Date())).toBe(first);
    expect(applySignal(first, signal('firing', 5), new Date())).toBe(first);
  });

  it('ignores the end of an earlier episode that arrives late', () => {
    const again = apply([signal('firing', 1), signal('resolved', 1, 2), signal('firing', 10)]);
    expect(again).toMatchObject({ status: 'firing', episode: 2 });
    expect(applySignal(again, signal('resolved', 1, 2), new Date())).toBe(again);
  });

  it('ignores the beginning of an episode that is over', () => {
    const over = apply([signal('firing', 1), signal('resolved', 1, 5)]);
    expect(applySignal(over, signal('firing', 1), new Date())).toBe(over);
  });

  it('tells of an alert whose end was heard first', () => {
    const alert = apply([signal('resolved', 1, 5), signal('firing', 1)]);
    expect(alert).toMatchObject({ status: 'resolved', episode: 1 });
    expect(alert!.revision).toBeGreaterThan(alert!.announced);
  });

  it('tells of a later episode, too, whose end was heard first', () => {
    const first = [signal('firing', 1), signal('resolved', 1, 5)];
    const alert = apply([...first, signal('resolved', 9, 12), signal('firing', 9)]);
    expect(alert).toMatchObject({ status: 'resolved', episode: 2, startsAt: at(9), endsAt: at(12) });
    expect(apply([...first, signal('resolved', undefined, 12), signal('firing', 9)])).toEqual(alert);
    expect(alert!.revision).toBeGreaterThan(apply(first)!.revision);
    // It fires again after that: such an end counts once.
    expect(applySignal(alert, signal('firing', 15), new Date())).toMatchObject({
      status: 'firing',
      episode: 3,
    });
  });

  it('takes the end of an episode that is over, said again, for nothing more', () => {
    const over = apply([signal('firing', 1), signal('resolved', 1, 5)]);
    expect(applySignal(over, signal('resolved', 1, 7), new Date())).toBe(over);
  });

  it('does not take the words of an earlier episode, said again, for those of the one that fires', () => {
    const words = (signalOf: Signal, summary: string): Signal => ({ ...signalOf, annotations: { summary } });
    const first = words(signal('firing', 1), 'the first');
    const again = apply([first, signal('resolved', 1, 5), words(signal('firing', 9), 'the second')]);
    expect(applySignal(again, first, new Date())).toBe(again);
  });

  it('needs a new acknowledgement in a new episode', () => {
    const acknowledged = { ...apply([signal('firing', 1)])!, acknowledgedBy: 'alice' } as Alert;
    const over = applySignal(acknowledged, signal('resolved', 1, 5), new Date());
    expect(over.acknowledgedBy).toBe('alice');
    expect(applySignal(over, signal('firing', 9), new Date()).acknowledgedBy).toBeUndefined();
  });

  it('reads year 1 as "not over yet"', () => {
    const parsed = Signal.parse({ labels: { a: '1' }, startsAt: at(1), endsAt: '0001-01-01T00:00:00Z' });
    expect(applySignal(undefined, parsed, new Date()).endsAt).toBeUndefined();
  });

  it('ends in the state of the latest episode, in whatever order and however often signals come', () => {
    const story = fc.record({
      episodes: fc.integer({ min: 1, max: 4 }),
      lastIsOver: fc.boolean(),
      order: fc.array(fc.nat(), { minLength: 8, maxLength: 24 }),
    });
    fc.assert(
      fc.property(story, ({ episodes, lastIsOver, order }) => {
        const signals = Array.from({ length: episodes }, (_, index) => {
          const [from, to] = [index * 10, index * 10 + 5];
          const over = index < episodes - 1 || lastIsOver;
          return over ? [signal('firing', from), signal('resolved', from, to)] : [signal('firing', from)];
        }).flat();
        const shuffled = [...order.map((pick) => signals[pick % signals.length]!), ...signals];
        const alert = apply(shuffled)!;
        expect(alert.status).toBe(lastIsOver ? 'resolved' : 'firing');
        expect(alert.episode).toBeGreaterThan(0);
      }),
    );
  });
});
