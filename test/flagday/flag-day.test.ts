import { describe, expect, test } from 'vitest';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import { progressOf } from '#src/flagday/card.ts';
import { createWorkers, NEW, OLD } from '#test/stand-ins/corda/workers.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import { people } from '#test/stand-ins/remediation/world.ts';
import { dayWith } from './day.ts';

const { alice, bob, carol } = people;

test('one worker after the other, the most recently polled last, each serving before the next', async () => {
  const workers = createWorkers(5);
  workers.of('w1').polledAt = Date.now();
  const day = dayWith(workers);
  const { id, plan } = await day.approved();
  expect(plan.seen?.['Order now']).toMatch(/^w2: .*\nw3: .*\nw4: .*\nw5: .*\nw1: .*most recently of all/);
  expect(await day.world.carryOut(id)).toBe('done');
  const ended = await day.ended(id);
  expect(ended).toMatchObject({
    state: 'succeeded',
    result: `5 of 5 workers serve after the flag day of ${NEW}; their order was w2, w3, w4, w5, w1.`,
  });
  expect(workers.log).toEqual(['w2', 'w3', 'w4', 'w5', 'w1'].map((worker) => `restart ${worker}`));
  expect(workers.fewest()).toBe(4);
  expect(ended.steps.map(({ name }) => name).slice(0, 8)).toEqual([
    'wait for the flag day',
    'put the workers in order',
    'look at w2',
    'restart w2',
    'see w2 serve',
    'look at w3',
    'restart w3',
    'see w3 serve',
  ]);
});

test('it is asked for before it comes, and begins when the network has switched', async () => {
  const workers = createWorkers(3);
  const update = {
    hash: NEW,
    description: 'a second notary',
    deadline: '2026-01-01T00:00:00Z',
    from: 'the network map',
  };
  workers.network = { current: OLD, update, pollSeconds: 600 };
  const day = dayWith(workers);
  const { id } = await day.approved();
  const work = day.world.carryOut(id);
  await expect.poll(async () => (await day.ended(id)).progress).toContain('waits for the flag day');
  expect(workers.log).toEqual([]);
  workers.network = { current: NEW, pollSeconds: 600 };
  expect(await work).toBe('done');
  expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
});

test('another update that takes its place ends it before anything was done', async () => {
  const workers = createWorkers(3);
  const update = { hash: NEW, description: '', from: 'the network map' };
  workers.network = { current: OLD, update, pollSeconds: 600 };
  const day = dayWith(workers);
  const { id } = await day.approved();
  const work = day.world.carryOut(id);
  await expect.poll(async () => (await day.ended(id)).progress).toContain('waits for the flag day');
  workers.network = { current: OLD, update: { ...update, hash: 'c'.repeat(64) }, pollSeconds: 600 };
  await work;
  expect(await day.ended(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('announces other parameters') as string,
  });
  expect(workers.log).toEqual([]);
});

describe('at a doubt it waits for a person', () => {
  test('who mends the worker and lets it go on: nothing else is stopped meanwhile', async () => {
    const workers = createWorkers(5, { servesWithinMs: 500 });
    workers.of('w3').ill = true;
    const day = dayWith(workers);
    const { id } = await day.approved();
    const work = day.world.carryOut(id);
    await expect.poll(() => day.calls.length, { timeout: 5_000 }).toBe(1);
    expect(day.calls[0]).toMatchObject({
      by: 'tocsin',
      why: expect.stringMatching(/w3 does not serve .*: a check of w3 failed/) as string,
    });
    expect(workers.log).toEqual(['restart w1', 'restart w2', 'restart w3']);
    expect(progressOf(await day.ended(id)).map(({ state }) => state)).toEqual([
      'serves',
      'serves',
      'in doubt',
      'waits for its turn',
      'waits for its turn',
    ]);
    workers.of('w3').ill = false;
    await day.desk.resume(day.of, alice);
    expect(await work).toBe('done');
    expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
    expect(workers.log).toHaveLength(5);
    expect(day.calls).toHaveLength(1);
  });

  test('who ends it: the others stay as they are', async () => {
    const workers = createWorkers(3, { servesWithinMs: 30 });
    workers.of('w1').ill = true;
    const day = dayWith(workers);
    const { id } = await day.approved();
    const work = day.world.carryOut(id);
    await expect.poll(() => day.calls.length).toBe(1);
    await day.desk.abort(day.of, alice, 'enough');
    expect(await work).toBe('done');
    expect(await day.ended(id)).toMatchObject({ state: 'cancelled' });
    expect(workers.log).toEqual(['restart w1']);
  });

  test('when too few of the others work: it is not stopped', async () => {
    const workers = createWorkers(5);
    const day = dayWith(workers, { waits: { quorumMs: 30 } });
    const { id } = await day.approved();
    for (const worker of ['w4', 'w5']) workers.of(worker).state = 'unknown';
    workers.network = { ...workers.network, pollSeconds: 0 };
    const work = day.world.carryOut(id);
    await expect.poll(() => day.calls.length).toBe(1);
    expect(workers.log).toEqual([]);
    expect(day.calls[0]?.why).toBe(
      'stopping w1 would leave 2 of 5 workers, and 3 have to work (w4 is unknown, w5 is unknown)',
    );
    for (const worker of ['w4', 'w5']) workers.of(worker).state = 'up';
    await day.desk.resume(day.of, carol);
    expect(await work).toBe('done');
    expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
    expect(workers.fewest()).toBeGreaterThanOrEqual(3);
  });

  test('when the program that restarts it fails, or cannot be asked: tried once more after the person', async () => {
    const workers = createWorkers(3);
    const day = dayWith(workers);
    let refusals = 0;
    workers.restarting = (worker) => {
      if (worker === 'w2' && ++refusals === 1) throw new OutsideError('ssh', 'unavailable', 'no way there');
    };
    const { id } = await day.approved();
    const work = day.world.carryOut(id);
    await expect.poll(() => day.calls.length).toBe(1);
    expect(day.calls[0]?.why).toBe('w2 was not restarted: no way there');
    await day.desk.resume(day.of, alice);
    expect(await work).toBe('done');
    expect(workers.log).toEqual(['restart w1', 'restart w2', 'restart w3']);
  });

  test('when a worker did not accept: it is named, with its exit code, and not started in vain', async () => {
    const workers = createWorkers(3);
    const day = dayWith(workers);
    const { id } = await day.approved();
    workers.restarting = (worker) => {
      if (worker !== 'w1') return;
      workers.of('w2').accepted = OLD;
      workers.end('w2');
    };
    const work = day.world.carryOut(id);
    await expect.poll(() => day.calls.length).toBe(1);
    expect(day.calls[0]?.why).toMatch(/^w2 has not accepted the parameters b+, and ended with exit code 1/);
    expect(workers.log).toEqual(['restart w1']);
    // The way back of the network's own book: without its parameters it takes the current ones.
    Object.assign(workers.of('w2'), { accepted: NEW });
    await day.desk.resume(day.of, alice);
    expect(await work).toBe('done');
    expect(await day.ended(id)).toMatchObject({
      state: 'succeeded',
      result: expect.stringContaining(
        'w2 had ended by itself with exit code 1: it had not accepted them',
      ) as string,
    });
  });
});

test('a worker that somebody restarted before its turn is seen to serve, and not restarted again', async () => {
  const workers = createWorkers(3, { servesWithinMs: 1_000 });
  const day = dayWith(workers);
  const { id } = await day.approved();
  workers.restarting = (worker) => {
    if (worker === 'w1') Object.assign(workers.of('w2'), { startedAt: Date.now() + 1, inForce: NEW });
  };
  expect(await day.world.carryOut(id)).toBe('done');
  expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
  expect(day.calls).toEqual([]);
  expect(workers.log).toEqual(['restart w1', 'restart w3']);
});

test('a network map that does not answer any more once the flag day has come stops nothing', async () => {
  const workers = createWorkers(3);
  const day = dayWith(workers);
  const { id } = await day.approved();
  const { network } = workers.cluster;
  Object.assign(workers.cluster, {
    network: async () => {
      const [waited] = (await day.ended(id)).steps;
      if (waited?.doneAt === undefined) return network();
      throw new OutsideError('corda', 'unavailable', 'no way to the map');
    },
  });
  expect(await day.world.carryOut(id)).toBe('done');
  expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
});

test('paused while it waits for the others: nothing is restarted before somebody says so', async () => {
  const workers = createWorkers(3);
  const day = dayWith(workers);
  const { id } = await day.approved();
  workers.of('w3').state = 'unknown';
  const work = day.world.carryOut(id);
  await expect.poll(async () => (await day.ended(id)).progress).toContain('would leave 1 of 3');
  await day.desk.pause(day.of, alice, '');
  await expect.poll(async () => (await day.ended(id)).progress).toContain('paused by alice');
  workers.of('w3').state = 'up';
  expect(workers.log).toEqual([]);
  await day.desk.resume(day.of, alice);
  expect(await work).toBe('done');
  expect(workers.log).toHaveLength(3);
  expect(day.calls).toEqual([]);
});

test('paused, it waits before the next worker; only those of the seat and coordinators may say so', async () => {
  const workers = createWorkers(3);
  const day = dayWith(workers);
  const { id } = await day.approved();
  await expect(day.desk.pause(day.of, bob, '')).rejects.toThrow('not yours');
  await day.desk.pause(day.of, alice, 'the database is slow');
  await expect(day.desk.pause(day.of, alice, '')).rejects.toThrow('paused already, by alice');
  const work = day.world.carryOut(id);
  await expect
    .poll(async () => (await day.ended(id)).progress)
    .toContain('paused by alice (the database is slow)');
  expect(workers.log).toEqual([]);
  expect((await day.desk.list(day.of))[0]?.paused).toMatchObject({ by: 'alice' });
  await day.desk.resume(day.of, carol);
  expect(await work).toBe('done');
  expect(workers.log).toHaveLength(3);
  const said = day.world.audited.filter(({ what }) => what.startsWith('flagday.'));
  expect(said.map(({ who, what }) => `${who} ${what}`)).toEqual([
    'alice flagday.pause',
    'alice flagday.paused',
    'alice flagday.pause',
    'alice flagday.pause-refused',
    'carol flagday.resume',
    'carol flagday.resumed',
  ]);
});

test('aborted while it is paused', async () => {
  const workers = createWorkers(3);
  const day = dayWith(workers);
  const { id } = await day.approved();
  await day.desk.pause(day.of, alice, '');
  const work = day.world.carryOut(id);
  await expect.poll(async () => (await day.ended(id)).progress).toContain('paused by alice');
  await day.desk.abort(day.of, alice, 'rolled back');
  expect(await work).toBe('done');
  expect(await day.ended(id)).toMatchObject({ state: 'cancelled' });
  expect(workers.log).toEqual([]);
});

test('one flag day of a cluster at a time', async () => {
  const day = dayWith(createWorkers(3));
  const { id } = await day.approved();
  await expect(day.desk.start({ ...day.of, by: carol, cause: 'again' })).rejects.toThrow(
    `request ${id}, approved`,
  );
});

test('a notary alone is restarted at once', async () => {
  const workers = createWorkers(1, { apartSeconds: 30 });
  const day = dayWith(workers);
  const { id, plan } = await day.approved();
  expect(plan.steps.join()).toContain('cannot be restarted without a time in which nothing is notarised');
  expect(await day.world.carryOut(id)).toBe('done');
  expect(workers.log).toEqual(['restart w1']);
  expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
});

test('supervised, nothing is restarted: each is seen to come back', async () => {
  const workers = createWorkers(3, { supervised: true });
  const day = dayWith(workers);
  const { id, plan } = await day.approved();
  expect(plan.steps.join()).toContain('Restart nothing');
  const work = day.world.carryOut(id);
  for (const worker of workers.all) {
    await expect.poll(async () => (await day.ended(id)).progress).toContain(`waits for ${worker.id} to end`);
    Object.assign(worker, { startedAt: Date.now(), inForce: NEW });
  }
  expect(await work).toBe('done');
  expect(workers.log).toEqual([]);
  expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
});

test('supervised, one that came back before its turn is seen, whatever tells of its parameters', async () => {
  const workers = createWorkers(3, { supervised: true, servesWithinMs: 1_000 });
  Object.assign(workers.cluster, { held: async () => ({ why: 'the fleet file gives no directory of it' }) });
  const day = dayWith(workers, { waits: { restartMs: 1_000 } });
  const { id } = await day.approved();
  workers.network = { ...workers.network, pollSeconds: 0 };
  const work = day.world.carryOut(id);
  await expect.poll(async () => (await day.ended(id)).progress).toContain('waits for w1 to end');
  for (const worker of workers.all.toReversed()) Object.assign(worker, { startedAt: Date.now() });
  expect(await work).toBe('done');
  expect(await day.ended(id)).toMatchObject({ state: 'succeeded' });
  expect(day.calls).toEqual([]);
});

describe('it is not begun', () => {
  test.each([
    [
      'only the notaries change',
      (of: ReturnType<typeof createWorkers>) => (of.difference = { changes: [], hotLoadable: true }),
      'without a restart',
    ],
    [
      'a worker has not accepted',
      (of: ReturnType<typeof createWorkers>) => (of.of('w2').accepted = OLD),
      'w2 has not accepted',
    ],
    [
      'all run with it',
      (of: ReturnType<typeof createWorkers>) => of.all.forEach((worker) => (worker.inForce = NEW)),
      'no worker is behind',
    ],
  ])('when %s', async (_name, change, words) => {
    const workers = createWorkers(3);
    change(workers);
    await expect(dayWith(workers).approved()).rejects.toThrow(words);
  });

  test("when the node's own list does not let a restart through", async () => {
    const workers = createWorkers(3);
    Object.assign(workers.cluster, {
      requireAllowed: async (ids: readonly string[]) =>
        Promise.reject(new UserError(`not allowed: once /opt/corda/restart ${ids.at(-1)}`)),
    });
    await expect(dayWith(workers).approved()).rejects.toThrow('not allowed: once /opt/corda/restart w3');
  });

  test('when every worker is needed', async () => {
    await expect(dayWith(createWorkers(2)).approved()).rejects.toThrow('none may be stopped');
    await expect(dayWith(createWorkers(2, { quorum: 1 })).approved()).resolves.toMatchObject({
      state: 'approved',
    });
  });
});

test('killed at any moment: each worker is restarted once, in the order, and never below the quorum', async () => {
  let moments = 0;
  for (let diesAt = 1; ; diesAt++) {
    const workers = createWorkers(3);
    const day = dayWith(workers);
    const { id } = await day.approved();
    const process = mortal(diesAt);
    const cluster = {
      ...usedBy(process, workers.cluster),
      restartWords: workers.cluster.restartWords,
      workers: workers.cluster.workers,
    };
    const stores = { requests: usedBy(process, day.requests), records: usedBy(process, day.records) };
    const killed = day.world.another({
      remedies: [day.remedyOf(cluster, stores)],
      requests: stores.requests,
      leases: usedBy(process, day.leases),
    });
    await killed(id).catch(() => undefined);
    if (!process.dead) break;
    moments = diesAt;
    day.leases.steal('remedy:alpha-main');
    await day.world.carryOut(id);
    expect([diesAt, (await day.ended(id)).state]).toEqual([diesAt, 'succeeded']);
    expect([diesAt, workers.log]).toEqual([diesAt, ['restart w1', 'restart w2', 'restart w3']]);
    expect([diesAt, workers.fewest()]).toEqual([diesAt, 2]);
  }
  expect(moments).toBeGreaterThan(100);
}, 60_000);
