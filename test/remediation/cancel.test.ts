import { describe, expect, test } from 'vitest';

import type { Carrying, Remedy } from '#src/domain/remedy.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  memoryLogs,
  memoryRequests,
  people,
  remediationWorld,
  type World,
} from '#test/stand-ins/remediation/world.ts';

const remedy = (carryOut: (carrying: Carrying) => Promise<string>): Remedy => ({
  id: 'deed',
  summary: 'deed',
  risk: 'low',
  kinds: ['utxo'],
  parameters: [],
  plan: async () => ({ steps: ['do it'], bound: {} }),
  carryOut,
});

/** Steps a, b, c; `during` is called within the one named. */
const abc = (
  did: string[],
  during: (step: string) => Promise<unknown> = async () => undefined,
  anyway: readonly string[] = [],
): Remedy =>
  remedy(async ({ journal }) => {
    for (const name of ['a', 'b', 'c']) {
      await journal.step(
        name,
        async () => {
          await during(name);
          return did.push(name);
        },
        { anyway: anyway.includes(name) },
      );
    }
    return 'all done';
  });

const whats = (world: World): readonly string[] => world.audited.map(({ who, what }) => `${who} ${what}`);

describe('before it begins', () => {
  test.each(['requested', 'approved'] as const)('%s: nothing is done', async (state) => {
    const did: string[] = [];
    const world = remediationWorld({ remedies: [abc(did)] });
    const { id } = state === 'approved' ? await world.approved('anna') : await world.request('alice');
    expect(await world.remediation.cancel(id, people.carol, 'wrong node')).toMatchObject({
      state: 'cancelled',
      reason: 'by carol: wrong node',
    });
    expect(await world.carryOut(id)).toBe('done');
    expect(did).toEqual([]);
    expect(whats(world).slice(-2)).toEqual(['carol remedy.cancel', 'carol remedy.cancelled']);
    expect(world.shown.at(-1)?.state).toBe('cancelled');
  });

  test('not by who has no say, nor when it is over; each is audited', async () => {
    const world = remediationWorld({ remedies: [abc([])] });
    const { id } = await world.approved('anna');
    await expect(world.remediation.cancel(id, people.bob, 'x')).rejects.toThrow('not yours');
    await expect(world.remediation.cancel(id, people.oscar, 'x')).rejects.toThrow('role notary');
    await world.carryOut(id);
    await expect(world.remediation.cancel(id, people.anna, 'x')).rejects.toThrow('has succeeded');
    expect(whats(world).filter((what) => what.endsWith('cancel-refused'))).toEqual([
      'bob remedy.cancel-refused',
      'oscar remedy.cancel-refused',
      'anna remedy.cancel-refused',
    ]);
  });
});

describe('while it runs', () => {
  test('it stops between two steps, never within one, and says what was done and what not', async () => {
    const did: string[] = [];
    const world: World = remediationWorld({
      remedies: [
        abc(did, async (step) => {
          if (step === 'b') await world.remediation.cancel(id, people.anna, 'I do it by hand.');
        }),
      ],
    });
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    expect(did).toEqual(['a', 'b']);
    expect(await world.requests.get(id)).toMatchObject({
      state: 'cancelled',
      reason:
        'by anna: I do it by hand. Done before: a, b. Not done: “c” and whatever follows it. ' +
        'Look at the node before you request it again.',
    });
    expect(whats(world).slice(-5)).toEqual([
      'tocsin remedy.step-begun',
      'anna remedy.cancel',
      'anna remedy.cancelling',
      'tocsin remedy.step-done',
      'tocsin remedy.cancelled',
    ]);
    expect(world.shown.some(({ state, cancelling }) => state === 'running' && cancelling)).toBe(true);
  });

  test('a step that must follow is taken all the same', async () => {
    const did: string[] = [];
    const world: World = remediationWorld({
      remedies: [
        abc(
          did,
          async (step) => {
            if (step === 'a') await world.remediation.cancel(id, people.anna, 'stop');
          },
          ['b'],
        ),
      ],
    });
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    expect(did).toEqual(['a', 'b']);
    expect(await world.requests.get(id)).toMatchObject({ state: 'cancelled' });
  });

  test('asked for within the last step, it is done, and the report says that somebody wanted it stopped', async () => {
    const world: World = remediationWorld({
      remedies: [
        abc([], async (step) => {
          if (step === 'c') await world.remediation.cancel(id, people.anna, 'too late');
        }),
      ],
    });
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({
      state: 'succeeded',
      result: 'all done anna wanted it cancelled (too late), but its last step was under way.',
    });
  });

  test('a remedy that hides the end of its steps does not make it a success', async () => {
    const world: World = remediationWorld({
      remedies: [
        remedy(async ({ journal }) => {
          await journal.step('a', async () => (await world.remediation.cancel(id, people.anna, 'stop'), 1));
          await journal.step('b', async () => 2).catch(() => undefined);
          return 'well';
        }),
      ],
    });
    const { id } = await world.approved('anna');
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({ state: 'cancelled' });
  });

  test('asked for while no process has it: the next one finishes the step that was begun, and stops', async () => {
    const did: string[] = [];
    const stop = new AbortController();
    const interrupted: boolean[] = [];
    const world: World = remediationWorld({
      remedies: [
        remedy(async ({ journal, signal }) => {
          await journal.step('a', async () => did.push('a'));
          await journal.step('b', async (again) => {
            interrupted.push(again);
            if (!again) {
              stop.abort();
              throw signal.reason as Error;
            }
            return did.push('b');
          });
          await journal.step('c', async () => did.push('c'));
          return 'done';
        }),
      ],
    });
    const { id } = await world.approved('anna');
    expect(await world.carryOut(id, stop.signal)).toBe('busy');
    await world.remediation.cancel(id, people.carol, 'no');
    expect(await world.another()(id)).toBe('done');
    expect([did, interrupted]).toEqual([
      ['a', 'b'],
      [false, true],
    ]);
    expect(await world.requests.get(id)).toMatchObject({ state: 'cancelled', run: 2 });
  });
});

test('killed at every moment while it is cancelled: no step after the wish, and always a true report', async () => {
  for (let diesAt = 1; ; diesAt++) {
    const did: string[] = [];
    const [requests, logs] = [memoryRequests(), memoryLogs()];
    const remedies = [
      abc(did, async (step) => {
        if (step === 'b') await world.remediation.cancel(id, people.anna, 'stop');
      }),
    ];
    const world: World = remediationWorld({ remedies, requests, logs });
    const { id } = await world.approved('anna');
    const life = mortal(diesAt);
    const outcome = await world
      .another({ requests: usedBy(life, requests), logs: usedBy(life, logs) })(id)
      .catch(() => 'killed');
    if (life.dead) {
      // Its hold on the node ends by itself.
      expect(await world.another()(id), `killed at ${diesAt}`).toBe('done');
    }
    const ended = await requests.get(id);
    expect(did, `killed at ${diesAt}`).not.toContain('c');
    expect(ended, `killed at ${diesAt}`).toMatchObject({
      state: 'cancelled',
      reason: expect.stringMatching(/Done before: a, b\. Not done: “c”/) as string,
    });
    if (!life.dead) {
      expect(outcome).toBe('done');
      expect(diesAt).toBeGreaterThan(12);
      return;
    }
  }
});
