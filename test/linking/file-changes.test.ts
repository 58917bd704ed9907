import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Message } from '#src/domain/message.ts';
import { createFileChanges, type RosterRecord } from '#src/linking/file-changes.ts';
import { createPeople } from '#src/linking/people.ts';
import { createAudit } from '#src/store/audit.ts';
import { documents } from '#src/store/documents.ts';
import { createLeases } from '#src/store/leases.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';
import { mortal, type Mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';

import { fleetWith } from './stage.ts';

let redis: TestRedis;
let told: Map<string, Message>;
beforeEach(async () => {
  redis = await testRedis();
  told = new Map();
});
afterEach(() => redis[Symbol.asyncDispose]());

const audit = () => createAudit(redis.connection, () => new Date());
const entries = async () =>
  (await audit().list(100))
    .toReversed()
    .map(({ what, about = '', detail }) => [what, about, detail] as const);

/** A process that has this file; it may die. */
function process(file = smallFleet, life: Mortal = mortal(0)) {
  const records = usedBy(life, documents<RosterRecord>(redis.connection, 'roster', { keep: 1 }));
  const note = async (key: readonly string[], message: Message): Promise<void> =>
    void (await life.live(async () => told.set(key.join(), message)));
  const changes = createFileChanges({ records, audit: usedBy(life, audit()), note });
  const linking = { sweep: async () => undefined };
  const absence = { tell: async () => undefined, looked: async () => undefined };
  const leases = createLeases(redis.connection);
  return createPeople({ file: () => file, changes, absence, linking, leases });
}

const promoted = fleetWith({ alice: { role: 'coordinator' }, bob: undefined });
const CHANGES = [
  ['operator.changed', 'alice', { role: 'notary → coordinator' }],
  ['operator.removed', 'bob', expect.objectContaining({ discord: 'd-bob → none' }) as unknown],
];

test('the first file is known, what another changes is one entry for each operator, and one message', async () => {
  await process().follow();
  await process().follow();
  expect(await entries()).toEqual([['operator.known', '', { operators: '7', coordinators: 'carol dave' }]]);
  expect(told.size).toBe(0);
  await process(promoted).follow();
  await process(promoted).follow();
  expect((await entries()).slice(1)).toEqual(CHANGES);
  expect([...told.values()].map((message) => JSON.stringify(message))).toEqual([
    expect.stringContaining('notary → coordinator'),
  ]);
});

test('many processes that take the same file in tell of it once', async () => {
  await process().follow();
  await Promise.all(Array.from({ length: 8 }, () => process(promoted).follow()));
  await process(promoted).sweep();
  expect((await entries()).slice(1)).toEqual(CHANGES);
  expect(told.size).toBe(1);
});

test('killed anywhere at the first file, the next process puts on record who is known', async () => {
  let survived = false;
  for (let diesAt = 1; !survived; diesAt++) {
    expect(diesAt).toBeLessThan(40);
    await redis.connection.flushdb();
    const life = mortal(diesAt);
    await process(smallFleet, life)
      .follow()
      .catch(() => undefined);
    survived = !life.dead;
    await process().follow();
    const said = (await entries()).map(([what]) => what);
    expect(said.length).toBeLessThanOrEqual(2);
    expect(new Set(said)).toEqual(new Set(['operator.known']));
    expect(told.size).toBe(0);
  }
});

test('killed anywhere, the next process tells of what changed; nothing is told twice', async () => {
  let survived = false;
  for (let diesAt = 1; !survived; diesAt++) {
    expect(diesAt).toBeLessThan(40);
    await redis.connection.flushdb();
    told.clear();
    await process().follow();
    const life = mortal(diesAt);
    await process(promoted, life)
      .follow()
      .catch(() => undefined);
    survived = !life.dead;
    await process(promoted).follow();
    const said = (await entries()).slice(1).map(([what, about]) => `${what} ${about}`);
    expect(new Set(said)).toEqual(new Set(['operator.changed alice', 'operator.removed bob']));
    expect(said.length).toBeLessThanOrEqual(4);
    expect(told.size).toBe(1);
  }
});
