import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';

import { commands } from '#commands/index.ts';
import { createDispatch } from '#src/command/dispatch.ts';
import type { AuditEntry } from '#src/domain/audit.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import type { Message } from '#src/domain/message.ts';
import type { Operator } from '#src/domain/operator.ts';
import type { Heard, Said } from '#src/domain/platform.ts';
import type { Arguments, Remedy, Request, Risk } from '#src/domain/remedy.ts';
import {
  fleetWith,
  later,
  people,
  type Person,
  remediationWorld,
  type World,
} from '#test/stand-ins/remediation/world.ts';

let ran: Arguments[];
let world: World;
let hear: ReturnType<typeof createDispatch>;

const pay = (id: string, risk: Risk): Remedy => ({
  id,
  summary: id,
  risk,
  kinds: ['utxo'],
  parameters: [{ name: 'target', summary: 'to whom' }],
  plan: async (_target, args) => ({ steps: [`pay ${args['target']}`], bound: {} }),
  async carryOut({ args, journal }) {
    await journal.step('pay', async () => ran.push(args));
    return 'paid';
  },
});

/** Everybody has an account on both platforms. */
const handleOf = (platform: string, id: string): string => (platform === 'matrix' ? `@${id}:hs` : `d-${id}`);
const fleetOf = (change: (people: readonly Operator[]) => readonly Operator[] = (all) => all): Fleet => {
  const fleet = fleetWith();
  const operators = change(fleet.operators);
  const operator = (id: string): Operator | undefined => operators.find((one) => one.id === id);
  return {
    ...fleet,
    operators,
    operator,
    operatorsOf: (seat) => operators.filter(({ team }) => team === fleet.seat(seat)?.team),
    seatsOf: (id) => fleet.seats.filter(({ team }) => team === operator(id)?.team),
    speaker: (platform, handle) => operators.find(({ id }) => handleOf(platform, id) === handle),
  };
};

beforeEach(() => {
  ran = [];
  world = remediationWorld({ remedies: [pay('pay', 'low'), pay('sweep', 'high')] });
  world.fleet = fleetOf();
  const seen = new Set<string>();
  const none = { find: async () => undefined };
  hear = createDispatch({
    commands,
    context: () =>
      ({ fleet: world.fleet, remediation: world.remediation, broadcast: none, linking: none }) as never,
    once: { begin: async (id) => !seen.has(id) && Boolean(seen.add(id)), done: async () => undefined },
    audit: { write: async (entry) => void world.audited.push(entry) },
    logger: pino({ level: 'silent' }),
    now: () => world.now,
  });
});

interface From {
  readonly platform?: 'discord' | 'matrix';
  readonly handle?: string;
  readonly event?: string;
  readonly name?: string;
}

let events = 0;
/** What somebody's account says, and all that is answered. */
async function say(who: Person | 'mallory', what: string | Said, from: From = {}): Promise<string> {
  const { platform = 'discord', handle = handleOf(platform, who), event = `e${events++}`, name = who } = from;
  const answers: Message[] = [];
  const heard: Heard = {
    id: event,
    platform,
    handle,
    name,
    direct: false,
    said: typeof what === 'string' ? { line: what } : what,
    answer: async (message) => void answers.push(message),
  };
  await hear(heard);
  return answers.map(({ title, blocks }) => [title, JSON.stringify(blocks)].join(' ')).join('\n');
}

async function asked(remedy = 'pay', by: Person = 'alice'): Promise<Request> {
  await say(by, `remedy run ${remedy} alpha-main target=friend`);
  const [request] = await world.requests.list(1);
  return request!;
}
const stands = async ({ id }: Request): Promise<Request> => (await world.requests.get(id))!;
const audited = (what: string): readonly Omit<AuditEntry, 'at'>[] =>
  world.audited.filter((entry) => entry.what === what);
const approval = ({ id, digest }: Request): string => `approve ${id} ${digest.slice(0, 16)}`;

describe('an approval that is replayed', () => {
  test('as the same event: heard once', async () => {
    const request = await asked();
    expect(await say('anna', approval(request), { event: 'press' })).toContain('Approved');
    expect(await say('anna', approval(request), { event: 'press' })).toBe('');
    await world.carryOut(request.id);
    expect(await say('anna', approval(request), { event: 'press' })).toBe('');
    expect([world.queued, ran]).toEqual([[request.id], [{ target: 'friend' }]]);
    expect(audited('remedy.approve')).toMatchObject([{ who: 'anna', account: 'discord:d-anna' }]);
  });

  test('as the same button again, before and after the end: nothing more runs, and it is on record', async () => {
    const request = await asked();
    await say('anna', approval(request));
    expect(await say('carol', approval(request))).toContain('is already approved by anna');
    await world.carryOut(request.id);
    expect(await say('carol', approval(request))).toContain('has succeeded');
    await world.carryOut(request.id);
    expect(ran).toHaveLength(1);
    expect(audited('remedy.approve-refused')).toMatchObject([
      { who: 'carol', account: 'discord:d-carol', about: request.id },
      { who: 'carol', detail: { why: expect.stringContaining('has succeeded') as string } },
    ]);
  });
});

describe('an approval by somebody who may not', () => {
  test('an operator who was removed is a stranger, and on record as one', async () => {
    const request = await asked();
    world.fleet = fleetOf((all) => all.filter(({ id }) => id !== 'anna'));
    expect(await say('anna', approval(request))).toContain('I answer only to people in the fleet file');
    expect((await stands(request)).state).toBe('requested');
    expect(world.audited.at(-1)).toMatchObject({
      who: 'stranger',
      account: 'discord:d-anna',
      what: 'command.refused',
      about: 'approve',
      detail: { id: request.id },
    });
  });

  test.each<[string, (all: readonly Operator[]) => readonly Operator[], string]>([
    ['the approver left', (all) => all.filter(({ id }) => id !== 'anna'), 'anna, who approved it, may not'],
    ['the approver is only an observer now', changing('anna', { role: 'observer' }), 'anna, who approved it'],
    [
      'the approver has another seat now',
      changing('anna', { team: 'beta' }),
      'anna, who approved it, may not',
    ],
    [
      'the one who asked left',
      (all) => all.filter(({ id }) => id !== 'alice'),
      'alice, who asked for it, may not',
    ],
  ])('between approval and run: %s: void', async (_what, change, words) => {
    const request = await asked();
    await say('anna', approval(request));
    world.fleet = fleetOf(change);
    await world.carryOut(request.id);
    expect(ran).toEqual([]);
    expect(await stands(request)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining(words) as string,
    });
    expect(audited('remedy.cancelled')).toMatchObject([{ who: 'tocsin', about: request.id }]);
  });

  test.each<[string, Person | 'mallory', From]>([
    ['a Matrix account that calls itself anna', 'mallory', { platform: 'matrix', name: 'anna' }],
    ['one whose handle looks like hers', 'mallory', { platform: 'matrix', handle: '@аnna:hs', name: 'anna' }],
    ['one of another homeserver', 'mallory', { platform: 'matrix', handle: '@anna:evil', name: 'anna' }],
    ['her Discord id, said on Matrix', 'mallory', { platform: 'matrix', handle: 'd-anna' }],
  ])('%s is a stranger, and on record', async (_what, who, from) => {
    const request = await asked();
    expect(await say(who, approval(request), from)).toContain('I answer only to people in the fleet file');
    expect((await stands(request)).approvedBy).toEqual([]);
    expect(world.audited.at(-1)).toMatchObject({
      who: 'stranger',
      account: `matrix:${from.handle ?? '@mallory:hs'}`,
      what: 'command.refused',
    });
  });

  test('a stranger who tries without end fills no record: six a minute', async () => {
    const request = await asked();
    for (let count = 0; count < 50; count++) await say('mallory', approval(request));
    expect(world.audited.filter(({ who }) => who === 'stranger')).toHaveLength(6);
    world.now = later(world, 2);
    await say('mallory', approval(request));
    expect(world.audited.filter(({ who }) => who === 'stranger')).toHaveLength(7);
  });

  test('the one who asked, from a second account of theirs', async () => {
    const request = await asked();
    expect(await say('alice', approval(request), { platform: 'matrix' })).toContain(
      'You asked for this yourself',
    );
    expect(audited('remedy.approve-refused')).toMatchObject([
      { who: 'alice', account: 'matrix:@alice:hs', about: request.id },
    ]);
    expect(audited('remedy.requested')).toMatchObject([{ who: 'alice', account: 'discord:d-alice' }]);
  });

  test('high risk: the same person from two accounts is one', async () => {
    const request = await asked('sweep');
    await say('anna', approval(request));
    expect(await say('anna', approval(request), { platform: 'matrix' })).toContain('needs one more person');
    expect((await stands(request)).state).toBe('requested');
    expect(audited('remedy.approve-refused')).toHaveLength(1);
  });
});

function changing(id: string, change: Partial<Operator>) {
  return (all: readonly Operator[]): readonly Operator[] =>
    all.map((one) => (one.id === id ? { ...one, ...change } : one));
}

describe('an approval of something else', () => {
  test('arguments that were edited on record: the request ends, nothing runs', async () => {
    const request = await asked();
    await world.requests.update(
      request.id,
      (current) => current && { ...current, arguments: { target: 'thief' } },
    );
    expect(await say('anna', approval(request))).toContain('was changed since');
    expect((await stands(request)).state).toBe('cancelled');
    expect(audited('remedy.approve-refused')).toHaveLength(1);
  });

  test('edited after the approval, with the digest made to fit: only what was approved could run, so nothing does', async () => {
    const request = await asked();
    const other = await asked('pay', 'carol');
    await say('anna', approval(request));
    await world.requests.update(
      request.id,
      (current) => current && { ...current, arguments: { target: 'thief' }, digest: other.digest },
    );
    await world.carryOut(request.id);
    expect(ran).toEqual([]);
    expect(audited('remedy.cancelled')).toMatchObject([{ about: request.id }]);
  });

  test.each<[string, (one: Request, other: Request) => string]>([
    ['an old digest', () => 'deadbeefdeadbeef'],
    ["another request's digest", (_one, other) => other.digest.slice(0, 16)],
    ['a digest cut to nothing', (one) => one.digest.slice(0, 7)],
    ['an empty digest', () => '""'],
  ])('with %s is refused, and the request stays open', async (_what, digest) => {
    const one = await asked();
    const other = await asked('sweep');
    expect(await say('anna', `approve ${one.id} ${digest(one, other)}`)).toContain(
      'is not what you approved',
    );
    expect((await stands(one)).state).toBe('requested');
    expect(audited('remedy.approve-refused')).toMatchObject([{ who: 'anna', about: one.id }]);
  });

  test('that has expired', async () => {
    const request = await asked();
    world.now = later(world, 31);
    expect(await say('anna', approval(request))).toContain('has expired');
    expect((await stands(request)).state).toBe('expired');
    expect(audited('remedy.approve-refused')).toHaveLength(1);
    expect(audited('remedy.expired')).toMatchObject([{ who: 'tocsin', about: request.id }]);
  });
});

describe('two approvals at once', () => {
  test('of low risk: one wins, one run', async () => {
    const request = await asked();
    const answers = await Promise.all([
      say('anna', approval(request)),
      say('carol', approval(request), { platform: 'matrix' }),
    ]);
    expect(answers.filter((answer) => answer.includes('already approved'))).toHaveLength(1);
    await Promise.all([world.carryOut(request.id), world.another()(request.id)]);
    expect([world.queued.length, ran.length]).toEqual([1, 1]);
    expect(audited('remedy.approved')).toHaveLength(1);
    expect(audited('remedy.approve-refused')).toHaveLength(1);
  });

  test('of high risk: both count, one run', async () => {
    const request = await asked('sweep');
    await Promise.all([
      say('anna', approval(request)),
      say('carol', approval(request), { platform: 'matrix' }),
    ]);
    expect((await stands(request)).approvedBy.toSorted()).toEqual(['anna', 'carol']);
    await Promise.all([world.carryOut(request.id), world.another()(request.id)]);
    expect([world.queued.length, ran.length]).toEqual([1, 1]);
  });
});

const LONG = 'x'.repeat(65_536);
const WORDS: readonly (readonly [name: string, word: string, taken: boolean])[] = [
  ['double quotes', '"; reboot; "', false],
  ['a double quote', 'a"b', true],
  ['single quotes', "a'b'c", true],
  ['a newline', 'a\nb', false],
  ['a command in $( )', '$(reboot)', true],
  ['backticks', '`reboot`', true],
  ['a flag', '--force', true],
  ['a short flag', '-rf', true],
  ['a semicolon', 'a;reboot', true],
  ['a pipe and a path', '|/bin/sh', true],
  ['an end of line for a record', 'a\u2028b', false],
  ['64 KiB', LONG, false],
  ['writing turned round', 'a\u202etxt.exe', false],
  ['a character of no width', 'fri\u200bend', false],
  ['a null byte', 'a\0b', false],
  ['half a character', 'a\ud800', false],
  ['a call of everybody', '@everyone', true],
  ['a call of a room', '@room', true],
  ['a call of a role', '<@&123>', true],
];

describe('hostile words in arguments are refused, or literal to the last character; each is on record', () => {
  test.each(WORDS)('%s', async (_name, word, taken) => {
    const args = { remedy: 'pay', node: 'alpha-main', arguments: `target=${word}` };
    const answer = await say('alice', { command: 'remedy', action: 'run', args });
    const [request] = await world.requests.list(1);
    if (!taken) {
      expect(request).toBeUndefined();
      expect(answer).toContain('Not done');
      expect(audited('command.refused')).toMatchObject([{ who: 'alice', about: 'remedy run' }]);
      expect(JSON.stringify(world.audited).length).toBeLessThan(6_000);
      return;
    }
    expect(request?.arguments).toEqual({ target: word });
    await say('anna', approval(request!));
    await world.carryOut(request!.id);
    expect(ran).toEqual([{ target: word }]);
    expect(audited('remedy.request')).toMatchObject([{ who: 'alice', detail: { target: word } }]);
  });

  test.each(WORDS)('and as a reason: %s', async (_name, word) => {
    const request = await asked();
    await say('anna', { command: 'deny', args: { id: request.id, reason: word } });
    const { state, reason = '' } = await stands(request);
    expect(state).toBe('denied');
    expect(word.toWellFormed().startsWith(reason)).toBe(true);
    expect(reason.length).toBeLessThanOrEqual(500);
    expect(audited('remedy.denied')).toMatchObject([{ who: 'anna', about: request.id }]);
    expect(JSON.stringify(world.audited).length).toBeLessThan(8_000);
  });

  test.each(WORDS)('and as names of remedies, nodes, services and requests: %s', async (_name, word) => {
    for (const args of [
      { remedy: word, node: 'alpha-main' },
      { remedy: 'pay', node: word },
      { remedy: 'pay', node: 'alpha-main', service: word },
    ])
      expect(await say('alice', { command: 'remedy', action: 'run', args })).toContain('Not done');
    for (const command of ['approve', 'deny', 'cancel'])
      expect(await say('anna', { command, args: { id: word } })).toContain('Not done');
    expect(await world.requests.list(1)).toEqual([]);
    expect(audited('command.refused')).toHaveLength(6);
    expect(JSON.stringify(world.audited).length).toBeLessThan(24_000);
  });
});

test.each(['"', "'", '--id', 'one two three four=5'])(
  'a line that is not understood (%s) is on record all the same',
  async (tail) => {
    for (const who of ['anna', 'mallory'] as const)
      expect(await say(who, `approve ${tail}`)).not.toContain('Approved');
    expect(audited('command.refused')).toMatchObject([
      { who: 'anna', about: 'approve' },
      { who: 'stranger', about: 'approve' },
    ]);
  },
);

test('whoever is in the room only: a member of another seat, an observer; each is on record', async () => {
  const request = await asked();
  for (const who of ['bob', 'oscar'] as const) {
    for (const line of [approval(request), `deny ${request.id} no`, `cancel ${request.id} no`])
      expect(await say(who, line)).toContain('Not done');
  }
  expect(await stands(request)).toEqual(request);
  const tried = world.audited.filter(({ what }) => what === 'command.refused');
  expect(tried.map(({ who, about }) => `${who} ${about}`)).toEqual(
    ['bob', 'oscar'].flatMap((who) => ['approve', 'deny', 'cancel'].map((deed) => `${who} ${deed}`)),
  );
});

test('a plan is shown without a request, and changes nothing', async () => {
  const answer = await say('oscar', 'remedy plan pay alpha-main target=friend');
  expect(answer).toContain('pay friend');
  expect(answer).toContain('Nothing was asked for, and nothing was done.');
  expect(await world.requests.list(1)).toEqual([]);
  expect(ran).toEqual([]);
  expect(people.oscar.role).toBe('observer');
});
