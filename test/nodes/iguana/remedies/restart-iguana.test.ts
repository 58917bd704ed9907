import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Node } from '#src/domain/node.ts';
import { createRestartIguana, type RestartIguanaOptions } from '#src/nodes/iguana/remedies/restart-iguana.ts';
import { postWithin } from '#src/nodes/iguana/post-there.ts';
import { card } from '#src/remediation/card.ts';
import { startIguana, type StandInIguana } from '#test/stand-ins/iguana/iguana.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import { remediationWorld, type World } from '#test/stand-ins/remediation/world.ts';
import {
  fleetOfIguana,
  type IguanaMachine,
  iguanaMachine,
  knowing,
  nodeWith,
  RESTART,
  SETTINGS,
} from './machine.ts';

let iguana: StandInIguana;
let machine: IguanaMachine;
let node: Node;
let world: World;

const WAITS = {
  everyMs: 1,
  goneMs: 30_000,
  answersMs: 30_000,
  readyMs: 30_000,
  watchMs: 30_000,
  watchEveryMs: 1,
};
const restartOf = (more: RestartIguanaOptions = {}) =>
  createRestartIguana({ ...WAITS, wallets: async () => machine.wallet, ...more });

function worldOf(
  more: RestartIguanaOptions = {},
  settings: Readonly<Record<string, unknown>> = SETTINGS,
): World {
  node = nodeWith(iguana.url, settings);
  const made = remediationWorld({
    remedies: [restartOf(more)],
    executors: () => machine.executor,
    knowledge: knowing(node, machine.executor),
  });
  made.fleet = fleetOfIguana(node);
  return made;
}

beforeEach(async () => {
  iguana = await startIguana();
  onTestFinished(() => iguana[Symbol.asyncDispose]());
  machine = iguanaMachine(iguana);
  world = worldOf();
});

async function carriedOut(of = world) {
  const { id } = await of.approved('anna');
  expect(await of.carryOut(id)).toBe('done');
  return of.requests.get(id);
}
const refusal = (): Promise<string> =>
  world.request('alice').then(
    () => 'not refused',
    (error: Error) => `${error.name} ${error.message}`,
  );

const PROGRAMS = ['systemctl stop iguana', 'systemctl start iguana', '/home/notary/wp_7776'];

test('stops it, frees what it locked, starts it, and sets it to work again in order', async () => {
  iguana.activeAfter = 2;
  const done = await carriedOut();
  expect(done).toMatchObject({
    state: 'succeeded',
    result:
      'Runs again, pid 101 (was 100): 2 notaries told, 7 outputs freed, dPoW of 2 of 2 coins started. A new notarisation of KMD was seen.',
  });
  expect(machine.ran).toEqual(PROGRAMS);
  expect(iguana.ownAddress).toBe('203.0.113.9');
  expect(iguana.notaries).toEqual(['203.0.113.1', '203.0.113.2']);
  expect(iguana.coins).toEqual(['KMD', 'LTC', 'MCL']);
  expect(iguana.dpows).toEqual(['KMD', 'MCL']);
  expect(machine.unlocked).toBe(true);
});

test('the plan says every step and binds what an approval is for; what programs say stays on the node', async () => {
  const request = await world.request('alice');
  expect(request.risk).toBe('medium');
  expect(request.plan.steps.join('\n')).toMatch(
    /systemctl stop iguana.*process 100 to go.*Unlock the outputs.*KMD.*systemctl start iguana.*2|3 notaries.*KMD, LTC, MCL.*wp_7776.*dPoW of KMD, MCL/s,
  );
  expect(request.plan.bound).toMatchObject({ process: 'pid 100, began 101' });
  const done = await carriedOut(worldOf());
  expect(JSON.stringify([done, world.audited, card(done!)])).not.toContain('hunter2');
});

test('an approval does not hold for another list of coins', async () => {
  const { id } = await world.approved('anna');
  world.fleet = fleetOfIguana(
    nodeWith(iguana.url, { ...SETTINGS, restart: { ...RESTART, freq: { MCL: 5 } } }),
  );
  expect(await world.carryOut(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({
    state: 'cancelled',
    reason: expect.stringMatching(/coins was/) as string,
  });
  expect(machine.ran).toEqual([]);
});

test('one that is down is started', async () => {
  machine.process = undefined;
  await iguana.refuse();
  expect(await carriedOut()).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining('it was down') as string,
  });
  expect(machine.ran).toEqual(PROGRAMS.slice(1));
});

describe('it is refused, in words,', () => {
  test('while a split is in flight', async () => {
    machine.pending = 3;
    expect(await refusal()).toMatch(/UserError A split of KMD is in flight: 3 outputs/);
  });

  test('when a daemon does not answer', async () => {
    machine.wallet.pending = () => Promise.reject(new Error('nothing listens'));
    expect(await refusal()).toMatch(/UserError The daemon of KMD does not answer.*nothing listens/);
  });

  test('when the list of the machine does not let a program through: before anything is stopped', async () => {
    const { executor } = machine;
    executor.requireAllowed = async (_node, how, argv) => {
      if (argv[1] !== 'start') return;
      throw new OutsideError('gate', 'forbidden', `${how} ${argv.join(' ')} is not in its list`);
    };
    expect(await refusal()).toMatch(
      /UserError Nothing was done: once systemctl start iguana is not in its list/,
    );
    expect(machine.ran).toEqual([]);
  });

  test('when the fleet file does not say how', async () => {
    world = worldOf({}, { coins: ['KMD'] });
    expect(await refusal()).toMatch(/does not say how this iguana is stopped.*m_notary/);
    const [target] = world.fleet.targets();
    expect(restartOf().notHere?.(target!, machine.executor)).toMatch(/m_notary/);
    expect(restartOf().notHere?.(target!, undefined)).toMatch(/no way into the machine/);
  });
});

describe('it fails, and says what is true now,', () => {
  test('when the process does not go: nothing else is done', async () => {
    machine.goesAfter = Infinity;
    world = worldOf({ goneMs: 20 });
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/Process 100 .* still there.*never forces it/) as string,
    });
    expect(machine.ran).toEqual(PROGRAMS.slice(0, 1));
    expect(machine.locked).toBe(7);
  });

  test('when its program does not end it: that is told', async () => {
    machine.exits = { 'systemctl stop iguana': 5 };
    world = worldOf({ goneMs: 20 });
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /\(systemctl stop iguana, which failed .*\) and is still there/,
      ) as string,
    });
  });

  test('when it does not come up', async () => {
    machine.exits = { 'systemctl start iguana': 1 };
    world = worldOf({ answersMs: 20 });
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /does not answer after .*systemctl start iguana failed .*notarises nothing/,
      ) as string,
    });
  });

  test('when a wallet does not free what was locked: iguana works again nevertheless', async () => {
    machine.wallet.unlock = () => Promise.reject(new OutsideError('daemon', 'timeout', 'no full answer'));
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /^Runs again.*2 of 2 coins started.*KMD kept its outputs locked \(no full answer\)/,
      ) as string,
    });
    expect(machine.ran).toEqual(PROGRAMS);
    expect(iguana.dpows).toEqual(['KMD', 'MCL']);
  });

  test('when its wallet stays locked: no dPoW is started', async () => {
    machine.exits = { '/home/notary/wp_7776': 1 };
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/wp_7776.*code 1: its wallet is locked/) as string,
    });
    expect(iguana.dpows).toEqual([]);
  });

  test('when a coin is not taken: the others are, and work', async () => {
    iguana.refuses = ['MCL'];
    world = worldOf({ readyMs: 5 });
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /dPoW of 1 of 2.*MCL not added \(error adding coin\).*MCL no dPoW \(cant dPoW an inactive/,
      ) as string,
    });
    expect(iguana.dpows).toEqual(['KMD']);
  });
});

test('no notarisation within the time is told as that, and is no failure', async () => {
  machine.wallet.lastNotarisation = async () => 1_000;
  world = worldOf({ watchMs: 5 });
  expect(await carriedOut()).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(/No new notarisation was seen within .*it may still come/) as string,
  });
});

test.each(PROGRAMS)(
  'when the connection breaks after %s was done, it is looked at, not done again',
  async (program) => {
    machine.breaks = program;
    expect(await carriedOut()).toMatchObject({ state: 'succeeded' });
    // Unlocking twice is unlocking once.
    const twice = program === PROGRAMS[2] ? [PROGRAMS[2]] : [];
    expect(machine.ran).toEqual([...PROGRAMS, ...twice]);
  },
);

test('killed at any moment, it goes on where it was: no program twice, every dPoW on', async () => {
  const postTo = postWithin(5_000);
  let moments = 0;
  for (let diesAt = 1; ; diesAt++) {
    await using fresh = await startIguana();
    iguana = fresh;
    iguana.activeAfter = 1;
    machine = iguanaMachine(iguana);
    const all = worldOf({ postTo });
    const request = await all.approved('anna');
    const life = mortal(diesAt);
    const doomed = all.another({
      requests: usedBy(life, all.requests),
      executors: () => usedBy(life, machine.executor),
      audit: usedBy(life, { write: async () => undefined }),
      remedies: [
        restartOf({
          postTo: (...asked) => {
            const post = postTo(...asked);
            return (body) => life.live(() => post(body));
          },
          wallets: async () => usedBy(life, machine.wallet),
        }),
      ],
    });
    await doomed(request.id).catch(() => undefined);
    if (!life.dead) break;
    moments++;
    expect(await all.carryOut(request.id)).toBe('done');
    const ended = await all.requests.get(request.id);
    expect(ended, `killed at moment ${diesAt}: ${ended?.reason}`).toMatchObject({ state: 'succeeded' });
    expect(machine.ran, `killed at moment ${diesAt}`).toEqual(PROGRAMS);
    expect(iguana.dpows).toEqual(['KMD', 'MCL']);
    expect(machine.locked).toBe(0);
  }
  expect(moments).toBeGreaterThan(100);
}, 60_000);
