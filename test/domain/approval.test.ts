import { describe, expect, test } from 'vitest';

import { aloneFrom, DEEDS, type Deed, lacking, may, standingOf, STANDINGS } from '#src/domain/approval.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { type Request, type Risk, RISKS } from '#src/domain/remedy.ts';
import { approve, deny, stop } from '#src/remediation/decide.ts';
import { fleetWith, people } from '#test/stand-ins/remediation/world.ts';

/** Who does it, about what alice asked for on the node of seat alpha_EU, whose operators are alice and anna. */
const ROLES = {
  observer: 'oscar',
  'notary, own seat': 'anna',
  'notary, other seat': 'bob',
  coordinator: 'carol',
  'operator who left': 'anna',
  stranger: 'mallory',
} as const;
type Role = keyof typeof ROLES;

/** Low, medium, high. */
type Cells = readonly [low: boolean, medium: boolean, high: boolean];
const yes: Cells = [true, true, true];
const no: Cells = [false, false, false];
const onlyHigh: Cells = [false, false, true];

/** Every cell, written by hand: nothing of it is taken from the code. */
const TABLE: Readonly<Record<Deed, Readonly<Record<Role, Cells>>>> = {
  list: {
    observer: yes,
    'notary, own seat': yes,
    'notary, other seat': yes,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
  plan: {
    observer: yes,
    'notary, own seat': yes,
    'notary, other seat': yes,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
  request: {
    observer: no,
    'notary, own seat': yes,
    'notary, other seat': no,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
  approve: {
    observer: no,
    'notary, own seat': yes,
    'notary, other seat': no,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
  'approve-own': {
    observer: no,
    'notary, own seat': no,
    'notary, other seat': no,
    coordinator: no,
    'operator who left': no,
    stranger: no,
  },
  'approve-own-in-emergency': {
    observer: no,
    'notary, own seat': [true, false, false],
    'notary, other seat': no,
    coordinator: no,
    'operator who left': no,
    stranger: no,
  },
  'approve-second': {
    observer: no,
    'notary, own seat': onlyHigh,
    'notary, other seat': no,
    coordinator: onlyHigh,
    'operator who left': no,
    stranger: no,
  },
  deny: {
    observer: no,
    'notary, own seat': yes,
    'notary, other seat': no,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
  'deny-own': {
    observer: no,
    'notary, own seat': yes,
    'notary, other seat': no,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
  cancel: {
    observer: no,
    'notary, own seat': yes,
    'notary, other seat': no,
    coordinator: yes,
    'operator who left': no,
    stranger: no,
  },
};

const fleet = fleetWith();
const without = (id: string): Fleet => ({
  ...fleet,
  operator: (asked) => (asked === id ? undefined : fleet.operator(asked)),
  operatorsOf: (seat) => fleet.operatorsOf(seat).filter((one) => one.id !== id),
});
const alphaSeat = fleet.nodes[0]!.seat;
const fleetFor = (role: Role): Fleet => (role === 'operator who left' ? without('anna') : fleet);
const idOf = (role: Role): OperatorId => ROLES[role] as OperatorId;

const cells = DEEDS.flatMap((deed) =>
  (Object.keys(ROLES) as Role[]).flatMap((role) =>
    RISKS.map((risk, index): [Deed, Role, Risk, boolean] => [deed, role, risk, TABLE[deed][role][index]!]),
  ),
);

test('the table has every cell: each deed, role and risk', () => {
  expect(Object.keys(TABLE).toSorted()).toEqual(DEEDS.toSorted());
  expect(cells).toHaveLength(10 * 6 * 3);
  const standings = (Object.keys(ROLES) as Role[]).map((role) =>
    standingOf(fleetFor(role), idOf(role), alphaSeat),
  );
  expect(new Set(standings)).toEqual(new Set(STANDINGS));
});

test.each(cells)('%s by %s, risk %s: %s', (deed, role, risk, expected) => {
  expect(may(standingOf(fleetFor(role), idOf(role), alphaSeat), deed, risk)).toBe(expected);
});

describe('and it is what decisions go by', () => {
  const now = new Date('2026-03-01T12:20:00Z');
  const request = (risk: Risk, more: Partial<Request>): Request =>
    ({
      id: 'r1',
      risk,
      node: 'alpha-main',
      state: 'requested',
      requestedBy: 'alice',
      requestedAt: '2026-03-01T12:00:00Z',
      expiresAt: '2026-03-01T12:30:00Z',
      approvedBy: [],
      steps: [],
      revision: 1,
      ...more,
    }) as unknown as Request;
  /** Low risk, and nobody else in the seat: the only case in which the emergency rule could say yes. */
  const alone = (only: OperatorId): Fleet => ({
    ...fleet,
    remedies: { ...fleet.remedies, emergencyAfterMs: 15 * 60_000 },
    operatorsOf: (seat) =>
      fleet.operatorsOf(seat).filter((one) => one.id === only || one.role === 'observer'),
  });

  const DECISIONS: Partial<Record<Deed, (risk: Risk, by: OperatorId, fleet: Fleet) => Request>> = {
    approve: (risk, id, at) => approve(request(risk, {}), deciding(id, at)),
    'approve-own': (risk, id, at) => approve(request(risk, { requestedBy: id }), deciding(id, at)),
    'approve-own-in-emergency': (risk, id, at) =>
      approve(request(risk, { requestedBy: id }), deciding(id, { ...alone(id), operator: at.operator })),
    'approve-second': (risk, id, at) => {
      const approvedBy = [people.chris.id];
      // With one approval of low or medium risk it is approved already.
      const state = risk === 'high' ? 'requested' : 'approved';
      return approve(request(risk, { approvedBy, state }), deciding(id, at));
    },
    deny: (risk, id, at) => deny(request(risk, {}), deciding(id, at), 'no'),
    'deny-own': (risk, id, at) => deny(request(risk, { requestedBy: id }), deciding(id, at), 'no'),
    cancel: (risk, id, at) => stop(request(risk, { state: 'running' }), deciding(id, at), 'no'),
  };
  const deciding = (id: OperatorId, at: Fleet) => ({
    by: Object.values(people).find((one) => one.id === id) ?? { ...people.bob, id },
    fleet: at,
    now,
  });
  const decided = cells.filter(([deed]) => deed in DECISIONS);

  test.each(decided)('%s by %s, risk %s: %s', (deed, role, risk, expected) => {
    const act = () => DECISIONS[deed]?.(risk, idOf(role), fleetFor(role));
    if (expected) expect(act()?.revision).toBe(2);
    else expect(act).toThrow(expect.objectContaining({ name: 'UserError' }));
  });
});

describe('of high risk, three people, one of whom holds the seat', () => {
  const { alice, anna, bob, carol, chris } = people;
  const dora = { ...carol, id: 'dora' as OperatorId };
  const wide: Fleet = { ...fleet, operator: (id) => (id === 'dora' ? dora : fleet.operator(id)) };
  const lacks = (requestedBy: { id: OperatorId }, ...by: readonly { id: OperatorId }[]) =>
    lacking(wide, alphaSeat, {
      risk: 'high',
      requestedBy: requestedBy.id,
      approvedBy: by.map(({ id }) => id),
    });

  test.each([
    ['two of the seat and a coordinator', lacks(alice, anna, carol), undefined],
    ['one of the seat who asked, two coordinators', lacks(alice, carol, chris), undefined],
    ['a coordinator who asked, one of the seat, another coordinator', lacks(carol, anna, chris), undefined],
    ['three coordinators', lacks(carol, chris, dora), 'nobody of seat alpha_EU is among those who want it'],
    ['one approval', lacks(alice, anna), 'it does not have the approvals it needs'],
    ['the same twice', lacks(alice, anna, anna), 'it does not have the approvals it needs'],
    ['the one who asked', lacks(alice, alice, carol), 'it was approved by the one who asked for it'],
    ['one of another seat', lacks(alice, anna, bob), 'bob, who approved it, may not do so any more'],
    ['asked by another seat', lacks(bob, anna, carol), 'bob, who asked for it, may not do so any more'],
  ])('%s', (_who, words, expected) => {
    expect(words).toBe(expected);
  });

  test('the third of three coordinators is told who has to approve, and the request stays open', () => {
    const open = {
      id: 'r1',
      risk: 'high',
      node: 'alpha-main',
      state: 'requested',
      requestedBy: 'carol',
      approvedBy: ['chris'],
      requestedAt: '2026-03-01T12:00:00Z',
      expiresAt: '2026-03-01T12:30:00Z',
      revision: 1,
    } as unknown as Request;
    const now = new Date('2026-03-01T12:01:00Z');
    expect(() => approve(open, { by: dora, fleet: wide, now })).toThrow(
      'one of the three who ask and approve holds the seat: this approval is for an operator of alpha_EU',
    );
    expect(approve(open, { by: anna, fleet: wide, now }).state).toBe('approved');
  });
});

describe('the emergency rule', () => {
  const asked = {
    risk: 'low',
    requestedBy: people.alice.id,
    requestedAt: '2026-03-01T12:00:00.000Z',
  } as const;
  const after = (fleet: Fleet): Fleet => ({
    ...fleet,
    remedies: { ...fleet.remedies, emergencyAfterMs: 15 * 60_000 },
  });

  test('is off unless the fleet file says so', () => {
    expect(aloneFrom(without('anna'), alphaSeat, asked)).toBeUndefined();
  });

  test('holds for who alone holds the seat, low risk, after the wait', () => {
    expect(aloneFrom(after(without('anna')), alphaSeat, asked)?.toISOString()).toBe(
      '2026-03-01T12:15:00.000Z',
    );
  });

  test.each<[string, Fleet, Partial<{ risk: Risk; requestedBy: OperatorId }>]>([
    ['not with another operator of the seat', after(fleet), {}],
    ['not of medium risk', after(without('anna')), { risk: 'medium' }],
    ['not of high risk', after(without('anna')), { risk: 'high' }],
    ['not for a coordinator', after(without('anna')), { requestedBy: people.carol.id }],
    ['not for somebody of another seat', after(without('anna')), { requestedBy: people.bob.id }],
  ])('%s', (_what, at, more) => {
    expect(aloneFrom(at, alphaSeat, { ...asked, ...more })).toBeUndefined();
  });
});
