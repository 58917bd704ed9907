import { expect, test } from 'vitest';

import { createPace } from '#src/chat/telegram/pace.ts';

test('one a second per person; what is too early is told when to come', () => {
  let now = 0;
  const pace = createPace(1_000, () => now);
  pace.take('7');
  pace.take('8');
  now = 400;
  expect(() => pace.take('7')).toThrow(
    expect.objectContaining({ reason: 'rate-limited', retryAfterMs: 600 }),
  );
  now = 1_000;
  pace.take('7');
});

test('once Telegram asks to wait, everybody does', () => {
  let now = 0;
  const pace = createPace(1_000, () => now);
  pace.pause(3_000);
  expect(() => pace.take('9')).toThrow(expect.objectContaining({ retryAfterMs: 3_000, maybeDone: false }));
  now = 3_000;
  pace.take('9');
});
