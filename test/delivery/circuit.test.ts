import { beforeEach, describe, expect, test } from 'vitest';

import { type Circuit, createCircuit } from '#src/delivery/circuit.ts';
import { OutsideError, type Reason } from '#src/domain/errors.ts';
import { type FakePlatform, fakePlatform } from '#test/stand-ins/platform.ts';

const UP = { up: true } as const;
const MAJOR = { words: 'Major Service Outage', major: true };

let discord: FakePlatform;
let nowMs: number;
let circuit: Circuit;
beforeEach(() => {
  discord = fakePlatform('discord');
  nowMs = 1_000_000;
  circuit = createCircuit(discord, () => nowMs);
});

const fail = (...reasons: readonly Reason[]): void => {
  for (const reason of reasons) circuit.failed(new OutsideError('discord', reason, `it was ${reason}`));
};
const open = (): void => fail('timeout', 'unavailable', 'timeout');

describe('it opens', () => {
  test('by the third failure in a row, and says why and since when', () => {
    fail('timeout', 'unavailable');
    expect(circuit.condition()).toEqual(UP);
    nowMs += 1_000;
    fail('timeout');
    expect(circuit.condition()).toEqual({ up: false, why: 'it was timeout', since: new Date(nowMs) });
  });

  test('not by one slow answer, nor by any number of which each is followed by a good one', () => {
    for (let times = 0; times < 10; times++) {
      fail('timeout', 'timeout');
      circuit.worked();
    }
    expect(circuit.condition()).toEqual(UP);
  });

  test('not by refusals: who says no to a message is there', () => {
    for (const reason of ['forbidden', 'not-found', 'rejected'] as const) {
      fail('timeout', 'timeout', reason);
      expect(circuit.condition(), reason).toEqual(UP);
    }
    fail('rate-limited', 'rate-limited', 'rate-limited');
    expect(circuit.condition()).toEqual(UP);
  });

  test('at once when the platform itself says that it is down', () => {
    const down = { up: false, why: 'the gateway is lost', since: new Date(nowMs) } as const;
    discord.setCondition(down);
    expect(circuit.condition()).toEqual(down);
    expect(circuit.enter()).toEqual(down);
  });
});

describe('half-open', () => {
  test('after a while one is let through, whoever looks at it meanwhile', () => {
    open();
    nowMs += 4_999;
    expect([circuit.enter().up, circuit.halfOpen()]).toEqual([false, false]);
    nowMs += 1;
    for (let looks = 0; looks < 5; looks++)
      expect([circuit.condition(), circuit.halfOpen()]).toEqual([UP, true]);
    expect([circuit.enter().up, circuit.enter().up, circuit.condition().up]).toEqual([true, false, false]);
  });

  test('closes by a message that went', () => {
    open();
    nowMs += 5_000;
    circuit.enter();
    circuit.worked();
    expect([circuit.enter().up, circuit.enter().up, circuit.halfOpen()]).toEqual([true, true, false]);
    fail('timeout', 'timeout');
    expect(circuit.condition()).toEqual(UP);
  });

  test('opens again by one failure, each time for twice as long, a minute at most', () => {
    const began = new Date(nowMs);
    open();
    const waits = [5_000, 10_000, 20_000, 40_000, 60_000, 60_000];
    for (const waitMs of waits) {
      nowMs += waitMs - 1;
      expect(circuit.enter().up, `before ${waitMs}`).toBe(false);
      nowMs += 1;
      expect(circuit.enter().up, `after ${waitMs}`).toBe(true);
      fail('unavailable');
      expect(circuit.condition()).toMatchObject({ up: false, since: began });
    }
  });

  test('what was under way when it opened lengthens nothing', () => {
    open();
    fail('timeout', 'timeout', 'timeout');
    nowMs += 5_000;
    expect(circuit.halfOpen()).toBe(true);
  });

  test('one that was let through and never ended is followed by another', () => {
    open();
    nowMs += 5_000;
    circuit.enter();
    nowMs += 5_000;
    expect(circuit.enter()).toEqual(UP);
  });

  test('a return that the platform itself tells of is believed', () => {
    open();
    discord.setCondition({ up: false, why: 'gone', since: new Date(nowMs) });
    expect(circuit.condition().up).toBe(false);
    discord.setCondition(UP);
    expect([circuit.condition(), circuit.halfOpen()]).toEqual([UP, false]);
  });
});

describe('the status page', () => {
  test('alone opens nothing, and closes nothing', () => {
    discord.report(MAJOR);
    expect(circuit.enter()).toEqual(UP);
    open();
    discord.report(undefined);
    expect(circuit.condition().up).toBe(false);
  });

  test('that tells of a major outage makes one failure enough', () => {
    discord.report(MAJOR);
    fail('timeout');
    expect(circuit.condition()).toMatchObject({ up: false, why: 'it was timeout' });
  });

  test('that tells of less changes nothing', () => {
    discord.report({ words: 'Minor Service Outage', major: false });
    fail('timeout', 'timeout');
    expect(circuit.condition()).toEqual(UP);
  });
});

test.each([-3_600_000, 3_600_000])(
  'a clock that jumps by %i ms while it is open keeps it open no longer',
  (byMs) => {
    open();
    expect(circuit.condition()).toMatchObject({ up: false });
    nowMs += byMs;
    expect(circuit.condition()).toEqual(UP);
    circuit.enter();
    fail('timeout');
    expect(circuit.condition()).toMatchObject({ up: false });
  },
);
