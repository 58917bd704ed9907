import { expect, test } from 'vitest';

import { changesBetween, rosterOf } from '#src/linking/roster.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

import { fleetWith } from './stage.ts';

const before = rosterOf(smallFleet);

test.each([
  ['a role', { alice: { role: 'coordinator' } }, 'alice', 'changed', { role: 'notary → coordinator' }],
  [
    'an account given',
    { erin: { handles: { discord: 'd-erin', matrix: '@e:x' } } },
    'erin',
    'changed',
    { matrix: 'none → @e:x' },
  ],
  ['an account taken', { frank: { handles: {} } }, 'frank', 'changed', { matrix: '@frank:x → none' }],
  [
    'another account',
    { frank: { handles: { matrix: '@f:x' } } },
    'frank',
    'changed',
    { matrix: '@frank:x → @f:x' },
  ],
  [
    'a team, and its seats',
    { frank: { team: 'red' } },
    'frank',
    'changed',
    { team: 'blue → red', seats: 'blue_NA → red_EU' },
  ],
  [
    'somebody gone',
    { carol: undefined },
    'carol',
    'removed',
    { role: 'coordinator → none', team: 'staff → none', discord: 'd-carol → none' },
  ],
])('%s', (_, change, operator, what, detail) => {
  const after = rosterOf(fleetWith(change));
  expect(changesBetween(before, after)).toEqual([{ operator, what, detail }]);
  if (what === 'removed') expect(changesBetween(after, before)).toMatchObject([{ operator, what: 'added' }]);
});

test('nothing, where nothing of the people changed', () => {
  expect(changesBetween(before, rosterOf(fleetWith({ bob: { backup: true } })))).toEqual([]);
});
