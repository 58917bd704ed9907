import { describe, expect, test } from 'vitest';

import { UserError } from '#src/domain/errors.ts';
import { REQUEST_STATES, type Request, type RequestState } from '#src/domain/remedy.ts';
import { approve, cancel, deny, expire } from '#src/remediation/decide.ts';
import { begin, failed, stepBegun, stepDone, succeeded } from '#src/remediation/progress.ts';
import { fleetWith, people, type Person } from '#test/stand-ins/remediation/world.ts';

const now = new Date('2026-03-01T12:00:00Z');
const fleet = fleetWith();
const request = {
  id: 'r1',
  remedy: 'split',
  risk: 'low',
  node: 'alpha-main',
  service: 'LTC',
  arguments: {},
  plan: { steps: [], bound: {} },
  digest: '0123456789abcdef',
  state: 'requested',
  requestedBy: 'alice',
  requestedAt: now.toISOString(),
  expiresAt: new Date(now.getTime() + 60_000).toISOString(),
  approvedBy: [],
  steps: [],
  room: 'notaries',
  revision: 1,
} as unknown as Request;

const by = (person: Person) => ({ by: people[person], fleet, now });
const attempt = (deed: () => Request): string => {
  try {
    return deed().state;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
};

describe('who may approve what alice asked for on the node of seat alpha_EU', () => {
  test.each<[Person, string | RegExp]>([
    ['alice', /yourself/],
    ['anna', 'approved'],
    ['bob', /not yours/],
    ['oscar', /needs the role notary/],
    ['carol', 'approved'],
  ])('%s: %s', (person, outcome) => {
    expect(attempt(() => approve(request, by(person)))).toMatch(outcome);
  });

  test('nor may a coordinator approve the own request', () => {
    const own = { ...request, requestedBy: people.carol.id };
    expect(attempt(() => approve(own, by('carol')))).toMatch(/yourself/);
    expect(attempt(() => approve(own, by('chris')))).toBe('approved');
  });

  test('nobody, when the node has left the fleet', () => {
    const gone = { ...request, node: 'gone' as Request['node'] };
    expect(attempt(() => approve(gone, by('carol')))).toMatch(/no longer in the fleet/);
  });
});

describe('who may deny it', () => {
  test.each<[Person, string | RegExp]>([
    ['alice', 'denied'],
    ['anna', 'denied'],
    ['bob', /not yours/],
    ['oscar', /needs the role notary/],
    ['carol', 'denied'],
  ])('%s: %s', (person, outcome) => {
    expect(attempt(() => deny(request, by(person), 'no'))).toMatch(outcome);
  });
});

describe('in which state', () => {
  const words: Record<RequestState, RegExp> = {
    requested: /^(approved|denied)$/,
    approved: /already approved/,
    denied: /was denied by/,
    expired: /has expired/,
    running: /already running/,
    succeeded: /has succeeded/,
    failed: /has failed/,
    cancelled: /has been cancelled/,
  };
  test.each(REQUEST_STATES)('%s', (state) => {
    const stands = { ...request, state };
    expect(attempt(() => approve(stands, by('anna')))).toMatch(words[state]);
    expect(attempt(() => deny(stands, by('anna'), ''))).toMatch(words[state]);
  });

  test.each(REQUEST_STATES)('%s can be begun only when approved, or again when running', (state) => {
    const begun = begin({ ...request, state, run: 1 }, now);
    expect(begun.state === 'running' && begun.run === 2).toBe(state === 'approved' || state === 'running');
  });

  test.each(REQUEST_STATES)('%s can expire and be cancelled only before it runs', (state) => {
    const open = state === 'requested' || state === 'approved';
    const due = { ...request, state, expiresAt: now.toISOString() };
    expect(expire(due, now).state).toBe(open ? 'expired' : state);
    expect(cancel(due, 'changed', now).state).toBe(open ? 'cancelled' : state);
    expect(expire({ ...request, state }, now).state).toBe(state);
  });
});

test('an approval after the end of the time is refused', () => {
  const late = { by: people.anna, fleet, now: new Date(request.expiresAt) };
  expect(attempt(() => approve(request, late))).toMatch(
    /expired at 2026-03-01T12:01:00.000Z: request it again/,
  );
});

describe('the digest that was seen', () => {
  test.each<[string, string | RegExp]>([
    ['0123456789abcdef', 'approved'],
    ['01234567', 'approved'],
    ['01234567AB', /is not what you approved/],
    ['0123456789ABCDEF', 'approved'],
    ['0123456', /is not what you approved/],
    ['', /is not what you approved/],
    ['fedcba98', /is not what you approved/],
  ])('%s: %s', (digest, outcome) => {
    expect(attempt(() => approve(request, by('anna'), digest))).toMatch(outcome);
  });
});

test('high risk takes two people, and not the same one twice', () => {
  const high: Request = { ...request, risk: 'high' };
  const once = approve(high, by('anna'));
  expect(once).toMatchObject({ state: 'requested', approvedBy: ['anna'] });
  expect(attempt(() => approve(once, by('anna')))).toMatch(/one more person/);
  expect(approve(once, by('carol'))).toMatchObject({ state: 'approved', approvedBy: ['anna', 'carol'] });
});

test('each change is a revision', () => {
  const approved = approve(request, by('anna'));
  const begun = begin(approved, now);
  const step = stepBegun(begun, 'sign', now);
  const done = stepDone(step, 'sign', { txid: 'x' }, now);
  expect([approved, begun, step, done].map(({ revision }) => revision)).toEqual([2, 3, 4, 5]);
  expect(stepBegun(step, 'sign', now)).toBe(step);
  expect(done.steps).toMatchObject([{ name: 'sign', result: { txid: 'x' }, doneAt: now.toISOString() }]);
  expect(succeeded(done, 'well', now)).toMatchObject({ state: 'succeeded', result: 'well' });
  expect(failed(done, 'badly', now)).toMatchObject({ state: 'failed', reason: 'badly' });
});
