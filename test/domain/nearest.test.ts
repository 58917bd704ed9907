import { expect, test } from 'vitest';

import { didYouMean, distance, nearest } from '#src/domain/nearest.ts';

const known = ['DISCORD_TOKEN', 'DISCORD_GUILD_ID', 'MATRIX_PREFIX'];

test.each([
  ['DISCORD_TOKN', 'DISCORD_TOKEN'],
  ['discord_token', 'DISCORD_TOKEN'],
  ['DISCROD_TOKEN', 'DISCORD_TOKEN'],
  ['MATRIX_PRE', 'MATRIX_PREFIX'],
  ['SOMETHING_ELSE', undefined],
  ['', undefined],
])('%s → %s', (typed, name) => {
  expect(nearest(typed, known)).toBe(name);
});

test.each([
  ['seat', 'seat', 0],
  ['seat', 'seta', 1],
  ['seat', 'seats', 1],
  ['seat', 'sea', 1],
  ['seat', 'beat', 1],
  ['', 'ab', 2],
  ['kitten', 'sitting', 3],
])('from %j to %j: %i', (left, right, away) => {
  expect(distance(left, right)).toBe(away);
  expect(distance(right, left)).toBe(away);
});

test('in words, or nothing', () => {
  expect(didYouMean('seta', ['seat', 'node'])).toBe(' (did you mean "seat"?)');
  expect(didYouMean('x', ['seat', 'node'])).toBe('');
});

test('names of any length take no time', () => {
  const startedAt = performance.now();
  expect(nearest('x'.repeat(1_000_000), ['y'.repeat(1_000_000)]) === undefined).toBe(true);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
