import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';

import type { Alert, AlertId } from '#src/domain/alert.ts';
import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import type { ProposalRule } from '#src/domain/remedy-rules.ts';
import type { Remedy, Request } from '#src/domain/remedy.ts';
import type { Proposal } from '#src/remediation/cool-down.ts';
import { createProposals, type Proposals } from '#src/remediation/propose.ts';
import { documents } from '#src/store/documents.ts';
import { testRedis } from '#test/real/keyspace.ts';
import { fleetWith, later, people, remediationWorld, type World } from '#test/stand-ins/remediation/world.ts';

const HOUR_MS = 3_600_000;

let why: Error | undefined;
const cure = (risk: Remedy['risk'] = 'medium'): Remedy => ({
  id: 'cure',
  summary: 'cure',
  risk,
  kinds: ['utxo'],
  parameters: [{ name: 'target', summary: 'how many' }],
  plan: async () => {
    if (why) throw why;
    return { steps: ['cure it'], bound: {} };
  },
  carryOut: async () => 'it is well',
});

const fleetProposing = (propose: Readonly<Record<string, ProposalRule>>): Fleet => {
  const fleet = fleetWith();
  return fleetOf({ ...fleet, remedies: { ...fleet.remedies, propose } });
};

const alert = (more: Partial<Alert> = {}, annotations: Readonly<Record<string, string>> = {}): Alert => ({
  id: 'a1' as AlertId,
  episode: 1,
  status: 'firing',
  labels: { alertname: 'DaemonDown', node: 'alpha-main', service: 'LTC' },
  annotations: { remedy: 'cure', remedy_node: 'alpha-main', remedy_service: 'LTC', ...annotations },
  startsAt: '2026-03-01T12:00:00.000Z',
  revision: 1,
  announced: 1,
  updatedAt: '2026-03-01T12:00:00.000Z',
  ...more,
});

const seen = (world: World, alertname = 'DaemonDown', remedy = 'cure'): ServiceHealth => ({
  node: 'alpha-main',
  service: 'LTC',
  state: 'down',
  at: world.now.toISOString(),
  tookMs: 1,
  results: [
    {
      check: 'c',
      title: 'c',
      alertname,
      remedy,
      shown: 'down',
      finding: { state: 'down', why: 'down', facts: {} },
    },
  ],
});

function memoryProposals() {
  const kept = new Map<string, Proposal>();
  return {
    get: async (id: string) => kept.get(id),
    async update(id: string, change: (current: Proposal | undefined) => Proposal | undefined) {
      const next = change(kept.get(id));
      if (next) kept.set(id, next);
      return kept.get(id);
    },
  };
}

let world: World;
let firing: readonly Alert[];
let health: (world: World) => ServiceHealth | undefined;
let kept: ReturnType<typeof memoryProposals>;
let proposals: Proposals;

function proposing(of = world, records: ReturnType<typeof memoryProposals> = kept): Proposals {
  return createProposals({
    alerting: { list: async () => firing },
    latest: async () => [health(of)],
    remediation: of.remediation,
    requests: of.requests,
    proposals: records,
    fleets: { current: () => of.fleet, onChange: () => undefined },
    now: () => of.now,
    logger: pino({ level: 'silent' }),
  });
}

beforeEach(() => {
  why = undefined;
  world = remediationWorld({ remedies: [cure()] });
  world.fleet = fleetProposing({ cure: { coolDownMs: HOUR_MS } });
  firing = [alert()];
  health = seen;
  kept = memoryProposals();
  proposals = proposing();
});

const states = async (): Promise<readonly string[]> =>
  (await world.requests.list(99)).map(({ state }) => state);
const only = async (): Promise<Request> => (await world.requests.list(1))[0]!;
const at = (minutes: number): void => void (world.now = later(world, minutes));

test('an alert of the patrol asks for its remedy by itself, once; anybody entitled approves it', async () => {
  for (let sweep = 0; sweep < 5; sweep++) await proposals.sweep();
  expect(await states()).toEqual(['requested']);
  const request = await only();
  expect(request).toMatchObject({
    requestedBy: 'tocsin',
    remedy: 'cure',
    service: 'LTC',
    plan: { seen: { 'Proposed for': 'DaemonDown (alert a1)' } },
  });
  expect(world.audited).toContainEqual(expect.objectContaining({ who: 'tocsin', what: 'remedy.requested' }));
  await world.remediation.approve(request.id, people.alice, request.digest);
  expect(await world.carryOut(request.id)).toBe('done');
  expect(await states()).toEqual(['succeeded']);
});

test('of high risk two people approve it', async () => {
  world = remediationWorld({ remedies: [cure('high')] });
  world.fleet = fleetProposing({ cure: { coolDownMs: HOUR_MS } });
  await proposing().sweep();
  const { id } = await only();
  expect(await world.remediation.approve(id, people.alice)).toMatchObject({ state: 'requested' });
  expect(await world.remediation.approve(id, people.carol)).toMatchObject({ state: 'approved' });
});

describe('nothing is proposed', () => {
  test.each<[string, () => void]>([
    ['where the fleet file does not say so', () => void (world.fleet = fleetProposing({}))],
    [
      'for another alert than it names',
      () => void (world.fleet = fleetProposing({ cure: { alerts: ['TipOld'], coolDownMs: 1 } })),
    ],
    ['while the alert is silenced', () => void (firing = [alert({ silencedBy: 's1' })])],
    ['for an alert without a remedy', () => void (firing = [alert({ annotations: {} })])],
    ['for an alert that the patrol did not see', () => void (health = (of) => seen(of, 'PeersLow'))],
    [
      'for another remedy than the patrol offers',
      () => void (health = (of) => seen(of, 'DaemonDown', 'split')),
    ],
    [
      'on what was seen long ago',
      () => void (health = (of) => ({ ...seen(of), at: '2026-03-01T11:00:00Z' })),
    ],
    ['for a node that is not there', () => void (firing = [alert({}, { remedy_node: 'nowhere' })])],
  ])('%s', async (_what, change) => {
    change();
    await proposals.sweep();
    expect(await states()).toEqual([]);
  });
});

test('what somebody has asked for is not proposed beside it', async () => {
  await world.request('alice', 'cure', { target: '30' });
  await proposals.sweep();
  expect(await states()).toEqual(['requested']);
});

test('it is taken back when the alert is over, but not once somebody approved it', async () => {
  await proposals.sweep();
  firing = [];
  await proposals.sweep();
  expect(await only()).toMatchObject({
    state: 'cancelled',
    reason: 'the alert that it was proposed for is over',
  });
  expect(world.shown.at(-1)?.state).toBe('cancelled');

  world = remediationWorld({ remedies: [cure('high')] });
  world.fleet = fleetProposing({ cure: { coolDownMs: HOUR_MS } });
  kept = memoryProposals();
  firing = [alert()];
  const all = proposing();
  await all.sweep();
  await world.remediation.approve((await only()).id, people.alice);
  firing = [];
  await all.sweep();
  expect(await states()).toEqual(['requested']);
});

test('what a person asked for is never taken back', async () => {
  await world.request('alice');
  firing = [];
  await proposals.sweep();
  expect(await states()).toEqual(['requested']);
});

test('flapping makes one proposal within the cool-down, over restarts too', async () => {
  for (let minute = 0; minute < 59; minute++) {
    firing = minute % 2 === 0 ? [alert({ episode: minute / 2 + 1 })] : [];
    await proposing().sweep();
    at(1);
  }
  expect(await states()).toEqual(['cancelled']);
  at(2);
  firing = [alert({ episode: 40 })];
  await proposing().sweep();
  expect(await states()).toEqual(['requested', 'cancelled']);
});

test('the cool-down counts from the last run, also one that a person asked for', async () => {
  const { id } = await world.approved('anna');
  at(20);
  await world.carryOut(id);
  at(59);
  await proposals.sweep();
  expect(await states()).toEqual(['succeeded']);
  at(2);
  await proposals.sweep();
  expect(await states()).toEqual(['requested', 'succeeded']);
});

test('what could not be planned is tried again after ten minutes, not at each sweep', async () => {
  why = new UserError('It is starting: wait for it.');
  for (let sweep = 0; sweep < 5; sweep++) await proposals.sweep();
  const refused = () => world.audited.filter(({ what }) => what === 'remedy.request-refused').length;
  expect(refused()).toBe(1);
  why = new OutsideError('daemon', 'timeout', 'no answer');
  at(11);
  await proposals.sweep();
  why = undefined;
  at(11);
  await proposals.sweep();
  expect(await states()).toEqual(['requested']);
});

test('a process that ended while it asked is followed by the next one, with one request', async () => {
  const died = createProposalsThatDie();
  await expect(died.sweep()).rejects.toThrow('killed');
  expect(await states()).toEqual(['requested']);
  at(2);
  await proposals.sweep();
  expect(await states()).toEqual(['requested']);
});

function createProposalsThatDie(): Proposals {
  let writes = 0;
  return proposing(world, {
    ...kept,
    update: (...asked) => (++writes > 1 ? Promise.reject(new Error('killed')) : kept.update(...asked)),
  });
}

test('of twenty processes that sweep at once, one proposes, in real Redis', async () => {
  await using redis = await testRedis();
  const records = documents<Proposal>(redis.connection, 'proposals', { keep: 10 });
  await Promise.all(Array.from({ length: 20 }, () => proposing(world, records).sweep()));
  expect(await states()).toEqual(['requested']);
});
