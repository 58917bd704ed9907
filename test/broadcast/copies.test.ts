import { expect, it } from 'vitest';

import { copiesOf } from '#src/broadcast/copies.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { DEFAULT_NOTICE_RULES } from '#src/domain/notice-rules.ts';
import type { Operator, OperatorId } from '#src/domain/operator.ts';
import { placeName, type Place } from '#src/domain/room.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const ways = { chat: ['discord', 'matrix'], personal: ['email', 'telegram'] };
const handles = (...platforms: readonly string[]): Operator => ({
  ...smallFleet.operators[0]!,
  id: 'x' as OperatorId,
  handles: Object.fromEntries(platforms.map((platform) => [platform, `x@${platform}`])),
});
const to: Place = { kind: 'direct', operator: 'x' as OperatorId };
const viaOf = (
  operator: Operator,
  media: 'both' | 'first' = 'both',
  severity: 'mandatory' | 'info' = 'mandatory',
) => {
  const fleet = fleetOf({
    ...smallFleet,
    operators: [operator],
    notices: { ...DEFAULT_NOTICE_RULES, media },
  });
  return copiesOf(fleet, to, { severity }, ways).map(({ via }) => via?.join(' ') ?? 'any');
};

it.each([
  [
    ['discord', 'matrix'],
    ['discord', 'matrix'],
  ],
  [
    ['matrix', 'discord', 'email'],
    ['discord', 'matrix email'],
  ],
  [['discord', 'telegram', 'email'], ['discord email telegram']],
  [['email'], ['email']],
  [['console'], ['any']],
  [[], ['any']],
])('an operator on %j gets copies over %j', (platforms, copies) => {
  expect(viaOf(handles(...platforms))).toEqual(copies);
});

it('is one message where the fleet says so, and where it is not mandatory', () => {
  expect(viaOf(handles('discord', 'matrix', 'email'), 'first')).toEqual(['any']);
  expect(viaOf(handles('discord', 'matrix', 'email'), 'both', 'info')).toEqual(['any']);
});

it('makes recipients of their own of the copies', () => {
  const fleet = fleetOf({ ...smallFleet, notices: { ...DEFAULT_NOTICE_RULES, media: 'both' } });
  const copies = copiesOf(fleet, { kind: 'room', room: 'ops' as never }, { severity: 'mandatory' }, ways);
  expect(copies.map(placeName)).toEqual(['room:ops@discord', 'room:ops@matrix']);
});
