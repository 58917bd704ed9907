import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Carrying, Plan, Remedy } from '#src/domain/remedy.ts';
import { createLeases } from '#src/store/leases.ts';
import { createRequests } from '#src/store/requests.ts';
import { testRedis } from '#test/real/keyspace.ts';
import {
  fleetWith,
  later,
  memoryLeases,
  memoryRequests,
  remediationWorld,
} from '#test/stand-ins/remediation/world.ts';

const steady = async (): Promise<Plan> => ({ steps: ['do it'], bound: {} });
const remedy = (carryOut: (carrying: Carrying) => Promise<string>, plan = steady): Remedy => ({
  id: 'deed',
  summary: 'deed',
  risk: 'low',
  kinds: ['utxo'],
  parameters: [],
  plan,
  carryOut,
});

test('an approved request is carried out once, audited step by step, and reported', async () => {
  const deeds: string[] = [];
  const world = remediationWorld({
    remedies: [
      remedy(async ({ journal, target }) => {
        const first = await journal.step('first', async () => ({ seen: deeds.push('first') }));
        await journal.step('second', async () => deeds.push(`second after ${first.seen}`));
        return `all is well with ${target.service.id}`;
      }),
    ],
  });
  const { id } = await world.approved('anna');
  expect(await world.carryOut(id)).toBe('done');
  expect(await world.carryOut(id)).toBe('done');
  expect(deeds).toEqual(['first', 'second after 1']);
  expect(await world.requests.get(id)).toMatchObject({
    state: 'succeeded',
    result: 'all is well with LTC',
    steps: [{ name: 'first', result: { seen: 1 } }, { name: 'second' }],
  });
  expect(world.shown.at(-1)?.state).toBe('succeeded');
  expect(world.audited.slice(4).map(({ what }) => what)).toEqual([
    'remedy.running',
    'remedy.step-begun',
    'remedy.step-done',
    'remedy.step-begun',
    'remedy.step-done',
    'remedy.succeeded',
  ]);
});

test('what is not approved is not carried out', async () => {
  const world = remediationWorld({ remedies: [remedy(() => Promise.reject(new Error('was run')))] });
  const { id } = await world.request('alice');
  expect(await world.carryOut(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({ state: 'requested' });
  expect(await world.carryOut('none')).toBe('done');
});

const never = (plan?: () => Promise<Plan>) =>
  remediationWorld({ remedies: [remedy(() => Promise.reject(new Error('was run')), plan)] });

describe('an approval that does not hold is not carried out', () => {
  test('when it came too late to begin', async () => {
    const world = never();
    const { id } = await world.approved('anna');
    world.now = later(world, 31);
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({ state: 'expired' });
  });

  test('when the plan has changed', async () => {
    let pid = '7';
    const world = never(async () => ({ steps: [], bound: { pid } }));
    const { id } = await world.approved('anna');
    pid = '8';
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('pid was 7, is 8') as string,
    });
    expect(world.audited.at(-1)).toMatchObject({ what: 'remedy.cancelled' });
  });

  test('when its record was changed after the approval', async () => {
    const world = never();
    const { id } = await world.approved('anna');
    await world.requests.update(id, (current) => current && { ...current, arguments: { target: '252' } });
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('changed') as string,
    });
  });

  test('when the record claims an approval by the one who asked, or by nobody', async () => {
    const world = never();
    for (const approvedBy of [['alice'], []]) {
      const { id } = await world.request('alice');
      await world.requests.update(
        id,
        (current) => current && { ...current, state: 'approved', approvedBy: approvedBy as never[] },
      );
      await world.carryOut(id);
      expect(await world.requests.get(id)).toMatchObject({ state: 'cancelled' });
    }
  });

  test('when the remedy refuses by now, or the node will never let itself be looked at: nothing was done', async () => {
    for (const error of [
      new UserError('nothing to do'),
      new OutsideError('ssh', 'untrusted', 'another host key'),
    ]) {
      let refuses = false;
      const world = never(async () => {
        if (refuses) throw error;
        return steady();
      });
      const { id } = await world.approved('anna');
      refuses = true;
      await world.carryOut(id);
      expect(await world.requests.get(id)).toMatchObject({
        state: 'cancelled',
        reason: expect.stringContaining(error.message) as string,
      });
    }
  });

  test('while the node is out of reach it waits, and says so; it begins when there is a way, or its time is over', async () => {
    let isAway = false;
    let runs = 0;
    const world = remediationWorld({
      remedies: [
        remedy(
          async () => `run ${++runs}`,
          async () => {
            if (isAway) throw new OutsideError('ssh', 'unavailable', 'The connection was refused.');
            return steady();
          },
        ),
      ],
    });
    for (const comesBack of [true, false]) {
      const { id } = await world.approved('anna');
      isAway = true;
      expect(await world.carryOut(id)).toBe('busy');
      expect(await world.requests.get(id)).toMatchObject({
        state: 'approved',
        waiting: 'the node could not be looked at (The connection was refused): it begins when it can be',
      });
      isAway = !comesBack;
      if (!comesBack) world.now = new Date(world.now.getTime() + 31 * 60_000);
      expect(await world.carryOut(id)).toBe('done');
      expect(await world.requests.get(id)).toMatchObject({ state: comesBack ? 'succeeded' : 'expired' });
      isAway = false;
    }
    expect(runs).toBe(1);
  });
});

const failing = async (error: Error) => {
  const world = remediationWorld({
    remedies: [
      remedy(async ({ journal }) => {
        await journal.step('look', async () => 1);
        return journal.step('act', async () => {
          throw error;
        });
      }),
    ],
  });
  const { id } = await world.approved('anna');
  expect(await world.carryOut(id)).toBe('done');
  expect(world.audited.at(-1)).toMatchObject({ what: 'remedy.failed' });
  return world.requests.get(id);
};

describe('a failure', () => {
  test('says what is true now, and where it ended', async () => {
    expect(await failing(new UserError('The daemon is stopped: start it by hand.'))).toMatchObject({
      state: 'failed',
      reason: 'The daemon is stopped: start it by hand. It ended in step “act”; done before: look.',
    });
  });

  test('of our own shows an incident, not the words of the bug', async () => {
    const request = await failing(new TypeError('secret is undefined'));
    expect(request?.reason).toMatch(/fault of Tocsin itself \(incident [0-9a-z]{8}/);
    expect(request?.reason).not.toContain('secret');
  });

  test('to end in time is one', async () => {
    const world = remediationWorld({
      boundMs: 30,
      remedies: [remedy(() => new Promise<string>(() => undefined))],
    });
    const { id } = await world.approved('anna');
    expect(await world.carryOut(id)).toBe('done');
    expect(await world.requests.get(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('not over after') as string,
    });
  });
});

/** A remedy that waits until it is let go. */
const gate = () => {
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const waiting = remedy(async ({ journal }) => {
    await journal.step('wait', async () => {
      entered.resolve();
      await leave.promise;
      return 1;
    });
    return 'left';
  });
  return { entered: entered.promise, leave: leave.resolve, waiting };
};

describe('one run at a time', () => {
  test('a second process, and a second request on the node, are told to come back', async () => {
    await using redis = await testRedis();
    const { entered, leave, waiting } = gate();
    const world = remediationWorld({
      remedies: [waiting, { ...waiting, id: 'other' }],
      requests: createRequests(redis.connection),
      leases: createLeases(redis.connection),
    });
    const [one, two] = [await world.approved('anna'), await world.approved('carol', 'other')];
    const first = world.carryOut(one.id);
    await entered;
    expect(await world.another()(one.id)).toBe('busy');
    expect(await world.another()(two.id)).toBe('busy');
    leave();
    expect(await first).toBe('done');
    expect(await world.another()(two.id)).toBe('done');
    expect(await world.requests.list(9)).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
  });

  test('a request waits also for one whose process was killed and that is not over', async () => {
    const deed = remedy(async () => 'done');
    const world = remediationWorld({ remedies: [deed, { ...deed, id: 'other' }] });
    const [one, two] = [await world.approved('anna'), await world.approved('carol', 'other')];
    await world.requests.update(one.id, (current) => current && { ...current, state: 'running', run: 1 });
    expect(await world.carryOut(two.id)).toBe('busy');
    expect(await world.carryOut(one.id)).toBe('done');
    expect(await world.carryOut(two.id)).toBe('done');
  });

  test('a process that lost its hold writes nothing more; the one that took over ends the run', async () => {
    const leases = memoryLeases();
    const { entered, leave, waiting } = gate();
    const world = remediationWorld({ remedies: [waiting], leases, leaseMs: 60_000 });
    const { id } = await world.approved('anna');
    const old = world.carryOut(id);
    await entered;
    leases.steal('remedy:alpha-main');
    const next = remediationWorld({
      remedies: [remedy(async ({ journal }) => journal.step('wait', async (again) => `${again}`))],
      requests: world.requests,
      leases,
    });
    expect(await next.carryOut(id)).toBe('done');
    const ended = await world.requests.get(id);
    expect(ended).toMatchObject({ state: 'succeeded', result: 'true', run: 2 });
    leave();
    expect(await old).toBe('busy');
    expect(await world.requests.get(id)).toEqual(ended);
  });

  test('nor while the other still runs', async () => {
    const [one, two] = [gate(), gate()];
    const leases = memoryLeases();
    const world = remediationWorld({ remedies: [one.waiting], leases, leaseMs: 60_000 });
    const { id } = await world.approved('anna');
    const old = world.carryOut(id);
    await one.entered;
    leases.steal('remedy:alpha-main');
    const next = world.another({ remedies: [two.waiting] })(id);
    await two.entered;
    const running = await world.requests.get(id);
    one.leave();
    expect(await old).toBe('busy');
    expect(await world.requests.get(id)).toEqual(running);
    two.leave();
    expect(await next).toBe('done');
  });

  test('a lease that is not renewed ends the run of its holder', async () => {
    const leases = memoryLeases();
    const { entered, waiting } = gate();
    const world = remediationWorld({ remedies: [waiting], leases, leaseMs: 30 });
    const { id } = await world.approved('anna');
    const old = world.carryOut(id);
    await entered;
    leases.steal('remedy:alpha-main');
    expect(await old).toBe('busy');
    expect(await world.requests.get(id)).toMatchObject({ state: 'running' });
  });

  test('a process that stops leaves the run to the next one', async () => {
    const stop = new AbortController();
    let runs = 0;
    const world = remediationWorld({
      remedies: [
        remedy(async ({ journal, signal }) => {
          const done = await journal.step('first', async () => ++runs);
          return journal.step('second', async (interrupted) => {
            if (interrupted) return `first ran ${done} times`;
            stop.abort();
            if (!signal.aborted) await once(signal, 'abort');
            throw signal.reason as Error;
          });
        }),
      ],
    });
    const { id } = await world.approved('anna');
    expect(await world.carryOut(id, stop.signal)).toBe('busy');
    expect(await world.requests.get(id)).toMatchObject({ state: 'running' });
    expect(await world.carryOut(id)).toBe('done');
    expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded', result: 'first ran 1 times' });
  });
});

test('killed at any write of the record, the next process ends the run and repeats no finished step', async () => {
  for (let fatal = 1; ; fatal++) {
    const kept = memoryRequests();
    const runs: Record<string, number> = {};
    let writes = 0;
    let armed = false;
    const requests = {
      ...kept,
      async update(...asked: Parameters<typeof kept.update>) {
        if (armed && ++writes === fatal) throw new Error('killed');
        return kept.update(...asked);
      },
    };
    const step = (name: string, { journal }: Carrying) =>
      journal.step(name, async () => (runs[name] = (runs[name] ?? 0) + 1));
    const world = remediationWorld({
      requests,
      remedies: [
        remedy(async (carrying) => {
          const sum = (await step('a', carrying)) + (await step('b', carrying));
          return `sum ${sum}`;
        }),
      ],
    });
    const { id } = await world.approved('anna');
    armed = true;
    const outcome = await world.carryOut(id).catch((error: unknown) => error);
    armed = false;
    const survived = outcome === 'done';
    if (!survived) expect(await world.another()(id)).toBe('done');
    const ended = await kept.get(id);
    expect(ended?.state, `killed at write ${fatal}`).toBe('succeeded');
    // A step runs again only when its end was not on record.
    const recorded = Object.fromEntries((ended?.steps ?? []).map(({ name, result }) => [name, result]));
    expect(recorded).toEqual(runs);
    if (survived) {
      expect(fatal).toBeGreaterThan(5);
      return;
    }
  }
});

test('the message follows at a bounded pace, and ends with the report', async () => {
  const shownAt: number[] = [];
  const world = remediationWorld({
    paceMs: 200,
    remedies: [
      remedy(async ({ progress }) => {
        for (let index = 0; index < 50; index++) await progress(`at ${index}`);
        return 'done';
      }),
    ],
    changed: async () => void shownAt.push(performance.now()),
  });
  const { id } = await world.approved('anna');
  shownAt.length = 0;
  await world.carryOut(id);
  expect(shownAt.length).toBeLessThanOrEqual(4);
  expect((await world.requests.get(id))?.progress).toBeUndefined();
});

test('a message that cannot be brought up to date does not disturb the run', async () => {
  const world = remediationWorld({
    remedies: [remedy(async () => 'done')],
    changed: () => Promise.reject(new Error('chat is down')),
  });
  const { id } = await world.approved('anna');
  expect(await world.carryOut(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded' });
});

test('a run whose node left the fleet ends as failed', async () => {
  const world = remediationWorld({ remedies: [remedy(async () => 'done')] });
  const { id } = await world.approved('anna');
  await world.requests.update(id, (current) => current && { ...current, state: 'running', run: 1 });
  world.fleet = { ...fleetWith(), target: () => undefined };
  expect(await world.carryOut(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('taken out of the fleet') as string,
  });
});

test('a run whose remedy another Tocsin had, and this one has not, ends as failed', async () => {
  const world = remediationWorld({ remedies: [remedy(async () => 'done')] });
  const { id } = await world.approved('anna');
  await world.requests.update(id, (current) => current && { ...current, state: 'running', run: 1 });
  expect(await world.another({ remedies: [] })(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('has no remedy deed') as string,
  });
});
