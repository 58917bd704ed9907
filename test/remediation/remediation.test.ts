import { beforeEach, describe, expect, test } from 'vitest';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Plan, Remedy, Request } from '#src/domain/remedy.ts';
import { createRequests } from '#src/store/requests.ts';
import { testRedis } from '#test/real/keyspace.ts';
import {
  fleetWith,
  later,
  node,
  people,
  type Person,
  remediationWorld,
  service,
  type World,
} from '#test/stand-ins/remediation/world.ts';

let plan: () => Promise<Plan>;
const remedy = (id: string, more: Partial<Remedy> = {}): Remedy => ({
  id,
  summary: id,
  risk: 'low',
  kinds: ['utxo'],
  parameters: [{ name: 'target', summary: 'how many' }],
  defaults: { target: '20' },
  plan: () => plan(),
  carryOut: async () => 'done',
  ...more,
});
const mild = remedy('mild');
const grave = remedy('grave', { risk: 'high' });
const whole = remedy('whole', { kinds: ['iguana'] });

let world: World;
beforeEach(() => {
  plan = async () => ({ steps: ['do it'], bound: { pid: '7' }, seen: { count: '3' } });
  world = remediationWorld({ remedies: [mild, grave, whole] });
});

const refusal = async (deed: Promise<unknown>): Promise<string> => {
  const error: unknown = await deed.then(
    () => new Error('was not refused'),
    (error: unknown) => error,
  );
  if (!(error instanceof UserError)) throw error;
  return error.message;
};
const state = async ({ id }: Request): Promise<string | undefined> => (await world.requests.get(id))?.state;
const audit = (): readonly string[] => world.audited.map(({ who, what }) => `${who} ${what}`);

describe('a request', () => {
  test('holds the exact arguments, the plan and its end, and is shown', async () => {
    const request = await world.request('alice');
    expect(request).toMatchObject({
      state: 'requested',
      arguments: { target: '20' },
      service: 'LTC',
      requestedBy: 'alice',
      room: 'notaries',
      expiresAt: later(world, 30).toISOString(),
      plan: {
        steps: ['do it'],
        bound: { pid: '7', daemon: 'utxo LTC http://127.0.0.1:19332', machine: 'this machine' },
      },
    });
    expect(world.shown).toEqual([request]);
    expect(audit()).toEqual(['alice remedy.request', 'alice remedy.requested']);
  });

  test('of the same event is one', async () => {
    const asked = { remedy: 'mild', node: 'alpha-main', args: {}, by: people.alice, cause: 'one event' };
    const first = await world.remediation.request(asked);
    plan = async () => ({ steps: ['something else'], bound: {} });
    expect(await world.remediation.request(asked)).toEqual(first);
    expect(await world.remediation.list()).toHaveLength(1);
  });

  test.each<[Person, RegExp | undefined]>([
    ['alice', undefined],
    ['carol', undefined],
    ['bob', /not yours/],
    ['oscar', /needs the role notary/],
  ])('by %s: %s', async (person, refused) => {
    if (refused) expect(await refusal(world.request(person))).toMatch(refused);
    else expect(await world.request(person)).toMatchObject({ requestedBy: person });
    expect(audit().at(-1)).toBe(`${person} remedy.${refused ? 'request-refused' : 'requested'}`);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['none', {}, /no remedy none\. There are: mild, grave, whole/],
    ['whole', {}, /fits no service/],
    ['mild', { tarqet: '5' }, /takes no argument tarqet\. It takes: target/],
  ])('for %s %o is refused', async (id, args, words) => {
    expect(await refusal(world.request('alice', id, args))).toMatch(words);
  });

  test('names the services when several fit, and takes the one that is named', async () => {
    const other = { ...service, id: 'KMD' as typeof service.id };
    world.fleet = fleetWith(node([service, other]));
    expect(await refusal(world.request('alice'))).toMatch(/which service.*LTC, KMD/);
    const asked = {
      remedy: 'mild',
      node: 'alpha-main',
      service: 'KMD',
      args: {},
      by: people.alice,
      cause: 'c',
    };
    expect(await world.remediation.request(asked)).toMatchObject({ service: 'KMD' });
  });

  test('that the remedy itself refuses is not made', async () => {
    plan = async () => {
      throw new UserError('nothing to do');
    };
    expect(await refusal(world.request('alice'))).toBe('nothing to do');
    expect(await world.remediation.list()).toEqual([]);
  });

  test('does not wait for ever for a plan', async () => {
    plan = () => new Promise<Plan>(() => undefined);
    const hasty = remediationWorld({ remedies: [mild], planMs: 20 });
    await expect(hasty.request('alice')).rejects.toMatchObject({ name: 'OutsideError', reason: 'timeout' });
  });
});

describe('an approval', () => {
  test('by a second person puts it on the queue, once', async () => {
    const request = await world.approved('anna');
    expect(request).toMatchObject({ state: 'approved', approvedBy: ['anna'] });
    expect(world.queued).toEqual([request.id]);
    expect(world.shown.at(-1)?.state).toBe('approved');
    expect(audit().slice(2)).toEqual(['anna remedy.approve', 'anna remedy.approved']);
  });

  test.each<[Person, RegExp]>([
    ['alice', /yourself/],
    ['bob', /not yours/],
    ['oscar', /needs the role notary/],
  ])('by %s is refused and audited', async (person, words) => {
    const request = await world.request('alice');
    expect(await refusal(world.remediation.approve(request.id, people[person]))).toMatch(words);
    expect(await state(request)).toBe('requested');
    expect(world.queued).toEqual([]);
    expect(world.audited.at(-1)).toMatchObject({
      who: person,
      what: 'remedy.approve-refused',
      about: request.id,
    });
  });

  test('of nothing is refused', async () => {
    expect(await refusal(world.remediation.approve('none', people.anna))).toBe('There is no request none.');
  });

  test('after half an hour finds the request expired', async () => {
    const request = await world.request('alice');
    world.now = later(world, 30);
    expect(await refusal(world.remediation.approve(request.id, people.anna))).toMatch(/has expired/);
    expect(await state(request)).toBe('expired');
    expect(audit()).toContain('tocsin remedy.expired');
  });

  test('of arguments that were changed on record is refused, audited, and ends the request', async () => {
    const request = await world.request('alice');
    await world.requests.update(
      request.id,
      (current) => current && { ...current, arguments: { target: '252' } },
    );
    expect(await refusal(world.remediation.approve(request.id, people.anna, request.digest))).toMatch(
      /was changed since/,
    );
    expect(await state(request)).toBe('cancelled');
    expect(world.queued).toEqual([]);
    expect(audit().slice(-2)).toEqual(['tocsin remedy.cancelled', 'anna remedy.approve-refused']);
  });

  test.each<[string, Partial<Request>]>([
    ['risk', { risk: 'low' }],
    ['asker', { requestedBy: people.carol.id }],
    ['node', { service: 'KMD' as Request['service'] }],
    ['remedy', { remedy: 'mild' }],
    ['plan', { plan: { steps: [], bound: {} } }],
  ])('of a changed %s is refused', async (_name, change) => {
    const request = await world.request('alice', 'grave');
    await world.requests.update(request.id, (current) => current && { ...current, ...change });
    expect(await refusal(world.remediation.approve(request.id, people.anna))).toMatch(/was changed since/);
  });

  test('of something else than was seen is refused, and the request stays open', async () => {
    const request = await world.request('alice');
    expect(await refusal(world.remediation.approve(request.id, people.anna, 'deadbeef'))).toMatch(
      /not what you approved/,
    );
    expect(await state(request)).toBe('requested');
  });

  test('is void when what was seen has changed, and says what', async () => {
    const request = await world.request('alice');
    plan = async () => ({ steps: ['do it'], bound: { pid: '8' } });
    expect(await refusal(world.remediation.approve(request.id, people.anna))).toBe(
      'Not approved: the plan changed since it was requested: pid was 7, is 8. Request it again.',
    );
    expect(await world.requests.get(request.id)).toMatchObject({
      state: 'cancelled',
      reason: 'the plan changed since it was requested: pid was 7, is 8. Request it again',
    });
  });

  test('is void when the daemon has another address', async () => {
    const request = await world.request('alice');
    world.fleet = fleetWith(node([{ ...service, rpc: { url: 'http://127.0.0.1:1' } }]));
    expect(await refusal(world.remediation.approve(request.id, people.anna))).toMatch(
      /daemon was .*19332, is .*:1\./,
    );
  });

  test('is not void by a figure that only informs, nor by another password', async () => {
    const request = await world.request('alice');
    plan = async () => ({ steps: ['do it'], bound: { pid: '7' }, seen: { count: '4' } });
    world.fleet = fleetWith(
      node([{ ...service, rpc: { url: 'http://127.0.0.1:19332', password: 'another' } }]),
    );
    expect(await world.remediation.approve(request.id, people.anna)).toMatchObject({ state: 'approved' });
  });

  test('waits when the node cannot be looked at', async () => {
    const request = await world.request('alice');
    plan = async () => {
      throw new OutsideError('daemon', 'timeout', 'no answer');
    };
    expect(await refusal(world.remediation.approve(request.id, people.anna))).toMatch(
      /no answer.*stays open/,
    );
    expect(await state(request)).toBe('requested');
  });

  test('of high risk takes two; the first one does not run it', async () => {
    const request = await world.approved('anna', 'grave');
    expect(request).toMatchObject({ state: 'requested', approvedBy: ['anna'] });
    expect(world.queued).toEqual([]);
    expect(await refusal(world.remediation.approve(request.id, people.anna))).toMatch(/one more person/);
    expect(await world.remediation.approve(request.id, people.carol)).toMatchObject({ state: 'approved' });
    expect(world.queued).toEqual([request.id]);
  });

  test('heard again gives the same answer', async () => {
    const request = await world.approved('anna');
    expect(await world.remediation.approve(request.id, people.anna)).toEqual(request);
  });
});

test('of two approvals that race in Redis one counts, and the other person is told', async () => {
  await using redis = await testRedis();
  const racing = remediationWorld({ remedies: [mild], requests: createRequests(redis.connection) });
  const request = await racing.request('alice');
  const outcomes = await Promise.allSettled([
    racing.remediation.approve(request.id, people.anna),
    racing.remediation.approve(request.id, people.carol),
    racing.remediation.deny(request.id, people.chris, 'no'),
  ]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const stands = await racing.requests.get(request.id);
  expect((stands?.approvedBy.length ?? 0) + (stands?.deniedBy ? 1 : 0)).toBe(1);
  expect(racing.queued).toHaveLength(stands?.state === 'approved' ? 1 : 0);
});

describe('a denial', () => {
  test('ends it, with the reason', async () => {
    const request = await world.request('alice');
    expect(await world.remediation.deny(request.id, people.anna, 'not now')).toMatchObject({
      state: 'denied',
      deniedBy: 'anna',
      reason: 'not now',
    });
    expect(await refusal(world.remediation.approve(request.id, people.carol))).toMatch(/was denied by anna/);
    expect(audit().slice(-4)).toEqual([
      'anna remedy.deny',
      'anna remedy.denied',
      'carol remedy.approve',
      'carol remedy.approve-refused',
    ]);
  });
});

test('a sweep ends what is overdue and queues again what was approved or was running', async () => {
  const waiting = await world.request('alice', 'grave');
  world.now = later(world, 20);
  const approved = await world.approved('anna');
  await world.requests.update(
    approved.id,
    (current) => current && { ...current, arguments: { of: 'another' } },
  );
  const running = await world.approved('anna');
  await world.requests.update(running.id, (current) => current && { ...current, state: 'running', run: 1 });
  world.queued.length = 0;
  world.now = later(world, 15);
  await world.remediation.sweep();
  expect(await state(waiting)).toBe('expired');
  expect(world.queued.toSorted()).toEqual([approved.id, running.id].toSorted());
  await world.remediation.sweep();
  expect(world.queued).toHaveLength(2);
});

test('no secret of the target is in the request, its message or the audit', async () => {
  const request = await world.approved('anna');
  expect(JSON.stringify([request, world.audited, world.shown])).not.toMatch(/hunter/);
});
