import { expect, onTestFinished, test } from 'vitest';

import { createAddnotary } from '#src/nodes/iguana/remedies/addnotary.ts';
import { postWithin } from '#src/nodes/iguana/post-there.ts';
import { roundOf } from '#test/nodes/iguana/looking.ts';
import { startIguana } from '#test/stand-ins/iguana/iguana.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import { remediationWorld } from '#test/stand-ins/remediation/world.ts';
import { fleetOfIguana, iguanaMachine, nodeWith, SETTINGS } from './machine.ts';

async function worldWith(settings: Readonly<Record<string, unknown>>) {
  const iguana = await startIguana();
  onTestFinished(() => iguana[Symbol.asyncDispose]());
  const machine = iguanaMachine(iguana);
  const world = remediationWorld({ remedies: [createAddnotary()], executors: () => machine.executor });
  world.fleet = fleetOfIguana(nodeWith(iguana.url, settings));
  const carriedOut = async () => {
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    return world.requests.get(id);
  };
  return { iguana, machine, world, carriedOut };
}

test('tells iguana the addresses, each once, and asks for no round where that could end it', async () => {
  const { iguana, carriedOut } = await worldWith(SETTINGS);
  iguana.rows = 'never';
  expect(await carriedOut()).toMatchObject({
    state: 'succeeded',
    risk: 'low',
    result: expect.stringMatching(/^2 addresses told\. Whether they hear each other shows/) as string,
  });
  expect(await carriedOut()).toMatchObject({ state: 'succeeded' });
  expect(iguana.notaries).toEqual(['203.0.113.1', '203.0.113.2']);
  expect(iguana.crashed).toBe(false);
});

test('says whom it hears where it may ask', async () => {
  const { iguana, carriedOut } = await worldWith({ ...SETTINGS, coins: ['KMD'], rounds: 'always' });
  iguana.rows = roundOf(8);
  expect(await carriedOut()).toMatchObject({
    result: expect.stringContaining('It hears 8 of 10 now.') as string,
  });
  iguana.rows = undefined;
  expect(await carriedOut()).toMatchObject({ result: expect.stringContaining('no dpow round') as string });
});

test('is refused, in words, without a list and where iguana is down', async () => {
  const { world } = await worldWith({ coins: ['KMD'] });
  await expect(world.request('alice')).rejects.toThrow(/names no notaries of this iguana/);
  const down = await worldWith(SETTINGS);
  await down.iguana.refuse();
  await expect(down.world.request('alice')).rejects.toThrow(/nothing listens/);
});

test('killed at any moment, it is told all of them by the next process', async () => {
  const postTo = postWithin(5_000);
  let moments = 0;
  for (let diesAt = 1; ; diesAt++) {
    const { iguana, machine, world } = await worldWith(SETTINGS);
    const { id } = await world.approved('anna');
    const life = mortal(diesAt);
    const doomed = world.another({
      requests: usedBy(life, world.requests),
      audit: usedBy(life, { write: async () => undefined }),
      executors: () => usedBy(life, machine.executor),
      remedies: [
        createAddnotary({
          postTo: (...asked) => {
            const post = postTo(...asked);
            return (body) => life.live(() => post(body));
          },
        }),
      ],
    });
    await doomed(id).catch(() => undefined);
    if (!life.dead) break;
    moments++;
    expect(await world.carryOut(id)).toBe('done');
    expect(await world.requests.get(id), `killed at moment ${diesAt}`).toMatchObject({ state: 'succeeded' });
    expect(iguana.notaries).toEqual(['203.0.113.1', '203.0.113.2']);
  }
  expect(moments).toBeGreaterThan(20);
});
