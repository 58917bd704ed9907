import { expect, test } from 'vitest';

import { createPulse } from '#src/chat/matrix/pulse.ts';

test('down until the first answer, then only when failures last longer than the grace', async () => {
  let nowMs = 0;
  const pulse = createPulse(5_000, () => nowMs);
  expect(pulse.condition()).toMatchObject({ up: false });
  pulse.beat();
  expect(await pulse.settled()).toEqual({ up: true });
  nowMs = 1_000;
  pulse.miss('away');
  nowMs = 6_000;
  pulse.miss('still away');
  expect(pulse.condition()).toEqual({ up: true });
  nowMs = 6_001;
  expect(pulse.condition()).toEqual({ up: false, why: 'still away', since: new Date(1_000) });
  pulse.beat();
  expect(pulse.condition()).toEqual({ up: true });
});

test('a first attempt that fails settles as down at once', async () => {
  const pulse = createPulse(5_000);
  pulse.miss('away');
  expect(await pulse.settled()).toMatchObject({ up: false, why: 'away' });
});

test('a final failure counts at once, and what follows it too', () => {
  const pulse = createPulse(5_000);
  pulse.beat();
  pulse.miss('wrong token', { final: true });
  expect(pulse.condition()).toMatchObject({ up: false, why: 'wrong token' });
  pulse.miss('away');
  expect(pulse.condition()).toMatchObject({ up: false, why: 'away' });
});

test('a poll that was not answered failed when its answer was due', () => {
  let nowMs = 20_000;
  const pulse = createPulse(5_000, () => nowMs);
  pulse.beat();
  pulse.miss('no answer', { sinceMs: 10_000 });
  expect(pulse.condition()).toMatchObject({ up: false, since: new Date(10_000) });
  nowMs = 21_000;
});
