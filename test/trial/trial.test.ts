import { afterEach, beforeEach, expect, test } from 'vitest';

import { fleetOf } from '#src/domain/fleet.ts';
import { type RunningTrial, startTrial } from '#src/trial/index.ts';

let trial: RunningTrial;

beforeEach(async () => {
  trial = await startTrial();
});
afterEach(() => trial.stop());

test('every seat has somebody to be told, every node a daemon that answers', () => {
  const fleet = fleetOf(trial.fleet);
  expect(fleet.seats.filter((seat) => fleet.operatorsOf(seat.id).length === 0)).toEqual([]);
  expect(fleet.nodes.filter((node) => fleet.seat(node.seat) === undefined)).toEqual([]);
  expect(fleet.targets()).toHaveLength(trial.daemons().length);
  expect(trial.daemons().filter(({ process }) => process !== 'running')).toEqual([]);
});

test('two people hold the seat that the guide breaks, so that one can approve what the other asked for', () => {
  const fleet = fleetOf(trial.fleet);
  const node = fleet.node('alright-dev-main');
  expect(node && fleet.operatorsOf(node.seat).map(({ id }) => id)).toEqual(['alice', 'bob']);
});

test('a switch breaks that daemon and no other', async () => {
  expect(trial.wasBroken()).toBe(false);
  await trial.flip('alright-dev-main/KMD', 'stop');
  await trial.flip('harbor-ar-main/LTC', 'drain');
  const broken = trial
    .daemons()
    .filter(({ process, notaryUtxos }) => process !== 'running' || notaryUtxos < 5);
  expect(broken.map(({ id }) => id)).toEqual(['alright-dev-main/KMD', 'harbor-ar-main/LTC']);
  expect(trial.wasBroken()).toBe(true);
});

test.each([
  ['nowhere/KMD', 'stop'],
  ['alright-dev-main/KMD', 'explode'],
])('%s has no switch %s', async (id, which) => {
  await expect(trial.flip(id, which)).rejects.toThrow('no such switch');
});

test('what was never seen by a patrol can still be started again', async () => {
  const node = fleetOf(trial.fleet).node('harbor-na-main');
  expect(node && (await trial.executor.recall(node, 'KMD'))?.argv[0]).toBe('simulated-kmdd');
});
