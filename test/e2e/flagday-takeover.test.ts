import { afterAll, beforeAll, expect, test } from 'vitest';

import { type GatedSshd, startGatedSshd } from '#test/real/gate.ts';
import { type RunningRedis, startRedis } from '#test/real/redis.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { AFTER, type Notary, startNotary } from '#test/stand-ins/corda/notary.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';
import { NODE, stepsSaid, talkIn } from './flagday-stage.ts';

/** The lease of the dead, its job, its place in Discord, and what a worker takes. */
const TAKEN_OVER_MS = 75_000;
const WITHIN_MS = 30_000;
const IDS = ['w1', 'w2', 'w3'];

let redis: RunningRedis;
let sshd: GatedSshd;
let notary: Notary;
let stage: DiscordStage;
const running: RunningTocsin[] = [];

/** Each has a folder of its own: what they share is Redis, and the way to the node. */
async function start(): Promise<RunningTocsin> {
  const service = { ...notary.service, servesWithin: '20s', thresholds: { 'corda-polls': { warn: 1 } } };
  const node = { id: NODE, seat: 'alright_DEV', access: sshd.access(), services: [service] };
  const tocsin = await startTocsin({
    env: { ...stage.env, REDIS_URL: redis.url },
    fleet: fleetFile({ discord: stage, nodes: [node] }),
  });
  running.push(tocsin);
  return tocsin;
}

let first: RunningTocsin;
let second: RunningTocsin;
let talk: ReturnType<typeof talkIn>;

/** A flag day that is approved and waited for by the first, and another that joins it then. */
beforeAll(async () => {
  [redis, sshd, notary, stage] = await Promise.all([
    startRedis({ appendonly: true }),
    startGatedSshd(),
    startNotary(IDS.length),
    openDiscordStage(),
  ]);
  sshd.allow(...notary.allow);
  first = await start();
  await stage.ready();
  talk = talkIn(stage);
  const { as, until } = talk;
  await as('alice').slash('/flagday start', { node: NODE });
  const asked = await until(WITHIN_MS, 'flag-day of notary', 'waits for approval');
  await as('bob').press(asked.id, '✅ Approve');
  await until(WITHIN_MS, 'flag-day of notary', 'running', 'waits for the flag day');
  second = await start();
  expect(second.output()).toContain('Gateway: standby');
}, 90_000);

afterAll(async () => {
  await Promise.all(running.map((tocsin) => tocsin[Symbol.asyncDispose]()));
  await Promise.all([stage, notary, sshd, redis].map((one) => one?.[Symbol.asyncDispose]()));
});

test('killed for good while a worker is down: another Tocsin takes the flag day over, one worker at a time, each once', async () => {
  const { showing, until } = talk;
  let killedAt = 0;
  notary.between = async (id) => {
    if (id !== 'w2') return;
    await first.kill('SIGKILL');
    killedAt = performance.now();
  };
  notary.flagDay();
  await until(
    TAKEN_OVER_MS,
    'flag-day of notary',
    'done and verified',
    `3 of 3 workers serve after the flag day of ${AFTER.hash}; their order was w1, w2, w3`,
  );
  console.log(`over ${Math.round(performance.now() - killedAt)} ms after the first was killed`);
  expect(killedAt).toBeGreaterThan(0);
  expect(await first.exit).toMatchObject({ signal: 'SIGKILL' });

  // The log of the workers: one at a time, in the order, the next not before the one before was up.
  expect(notary.log).toEqual(['flag day', ...IDS.flatMap((id) => [`stop ${id}`, `start ${id}`, `up ${id}`])]);
  expect(notary.fewest()).toBe(2);
  // The log of the node: each was restarted once, w2 by the dead one.
  expect(Array.from(sshd.log().matchAll(/ once [^:]+: \S+ restart (\w+)/g), ([, id]) => id)).toEqual(IDS);
  // The log of Tocsin, as the second has it: none begun before the one before was seen to serve, none begun again.
  const of = async (what: string): Promise<readonly string[]> =>
    (await stepsSaid(second, what)).filter((step) => /^(restart|see) w/.test(step));
  expect(await of('remedy.step-begun')).toEqual(IDS.flatMap((id) => [`restart ${id}`, `see ${id} serve`]));
  expect(await of('remedy.step-done')).toEqual(IDS.flatMap((id) => [`restart ${id}`, `see ${id} serve`]));
  expect(await of('remedy.step-resumed')).toEqual(['restart w2']);
  // One message of it, brought up to date by the second; nobody was called.
  expect(showing('flag-day of notary')).toHaveLength(1);
  expect(showing('waits for a person')).toEqual([]);
}, 90_000);
