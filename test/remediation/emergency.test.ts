import { beforeEach, expect, test } from 'vitest';

import type { Fleet } from '#src/domain/fleet.ts';
import type { Remedy, Risk } from '#src/domain/remedy.ts';
import { fleetWith, later, people, remediationWorld, type World } from '#test/stand-ins/remediation/world.ts';

let ran: number;
let world: World;

const deed = (risk: Risk): Remedy => ({
  id: risk,
  summary: 'deed',
  risk,
  kinds: ['utxo'],
  parameters: [],
  plan: async () => ({ steps: ['do it'], bound: {} }),
  carryOut: async () => `done ${++ran}`,
});

/** Alice alone holds the seat, and the fleet file allows it after a quarter of an hour. */
function aloneFleet({ allowed = true } = {}): Fleet {
  const fleet = fleetWith();
  const operators = fleet.operators.filter(({ id }) => id !== 'anna');
  return {
    ...fleet,
    operator: (id) => operators.find((one) => one.id === id),
    operatorsOf: (seat) => operators.filter(({ team }) => team === fleet.seat(seat)?.team),
    remedies: { ...fleet.remedies, ...(allowed && { emergencyAfterMs: 15 * 60_000 }) },
  };
}

beforeEach(() => {
  ran = 0;
  world = remediationWorld({ remedies: [deed('low'), deed('medium'), deed('high')] });
  world.fleet = aloneFleet();
});

test('who alone holds the seat may approve the own low risk after the wait: audited as such, told to the room, done once', async () => {
  const { id, aloneFrom } = await world.request('alice', 'low');
  expect(aloneFrom).toBe('2026-03-01T12:15:00.000Z');
  await expect(world.remediation.approve(id, people.alice)).rejects.toThrow(
    'By the emergency rule you may do it alone from 2026-03-01T12:15:00.000Z on.',
  );
  world.now = later(world, 15);
  const approved = await world.remediation.approve(id, { ...people.alice, account: 'discord:1' });
  expect(approved).toMatchObject({ state: 'approved', emergency: true, approvedBy: ['alice'] });
  expect(world.told).toEqual([
    'alice approved alone what alice asked for: the emergency rule of this fleet.',
  ]);
  expect(world.audited.at(-1)).toMatchObject({
    who: 'alice',
    account: 'discord:1',
    what: 'remedy.approved',
    detail: { emergency: 'approved by the one who asked, under the emergency rule' },
  });
  await world.carryOut(id);
  expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded' });
  expect(ran).toBe(1);
});

test.each<[string, 'low' | 'medium' | 'high', () => Fleet]>([
  ['where the fleet file says nothing', 'low', () => aloneFleet({ allowed: false })],
  ['of medium risk', 'medium', aloneFleet],
  ['of high risk', 'high', aloneFleet],
  [
    'where somebody else of the seat could',
    'low',
    () => ({ ...fleetWith(), remedies: aloneFleet().remedies }),
  ],
])('never %s', async (_when, risk, fleet) => {
  world.fleet = fleet();
  const { id, aloneFrom } = await world.request('alice', risk);
  expect(aloneFrom).toBeUndefined();
  world.now = later(world, 29);
  await expect(world.remediation.approve(id, people.alice)).rejects.toThrow(
    'somebody else has to approve it.',
  );
  expect(world.audited.at(-1)).toMatchObject({ who: 'alice', what: 'remedy.approve-refused' });
  expect(world.told).toEqual([]);
});

test('a coordinator may still deny it within the wait', async () => {
  const { id } = await world.request('alice', 'low');
  await world.remediation.deny(id, people.carol, 'not now');
  world.now = later(world, 16);
  await expect(world.remediation.approve(id, people.alice)).rejects.toThrow('was denied by carol');
});

test('it is looked up again before it begins: with the rule taken back, nothing is done', async () => {
  const { id } = await world.request('alice', 'low');
  world.now = later(world, 15);
  await world.remediation.approve(id, people.alice);
  world.fleet = aloneFleet({ allowed: false });
  await world.carryOut(id);
  expect(await world.requests.get(id)).toMatchObject({
    state: 'cancelled',
    reason: 'it was approved by the one who asked for it',
  });
  expect(ran).toBe(0);
});
