import { expect, test } from 'vitest';

import type { Fleet } from '#src/domain/fleet.ts';
import type { Request } from '#src/domain/remedy.ts';
import { recipientsOf } from '#src/remediation/recipients.ts';
import { fleetWith } from '#test/stand-ins/remediation/world.ts';

const request = { room: 'notaries', node: 'alpha-main', requestedBy: 'alice' } as unknown as Request;
const fleetOn = (...platforms: readonly string[]): Fleet => {
  const fleet = fleetWith();
  const addresses = Object.fromEntries(platforms.map((platform) => [platform, `there-on-${platform}`]));
  return { ...fleet, room: (id) => ({ id: id as Request['room'], addresses }) };
};
/** Oscar only observes: he could approve nothing. */
const others = [{ kind: 'direct', operator: 'anna' }];

test('the room has it on each chat where it is, and the others of the seat on the first that is up', () => {
  expect(recipientsOf(fleetOn('discord', 'matrix'), request, ['discord', 'matrix'])).toEqual([
    { kind: 'room', room: 'notaries', via: ['discord'] },
    { kind: 'room', room: 'notaries', via: ['matrix'] },
    ...others,
  ]);
});

test.each([
  ['one chat is configured', fleetOn('discord', 'matrix'), ['matrix']],
  ['the room is on one only', fleetOn('matrix'), ['discord', 'matrix']],
  ['the room is nowhere', fleetOn(), ['discord']],
])('where %s it is one message, whichever way it takes', (_what, fleet, chats) => {
  expect(recipientsOf(fleet, request, chats)).toEqual([{ kind: 'room', room: 'notaries' }, ...others]);
});
