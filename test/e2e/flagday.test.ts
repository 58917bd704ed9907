import { afterAll, beforeAll, expect, test } from 'vitest';

import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { AFTER, type Notary, startNotary } from '#test/stand-ins/corda/notary.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';
import { NODE, stepsSaid, talkIn } from './flagday-stage.ts';

/** The lease of a killed process, its job, and what a worker takes. */
const WITHIN_MS = 60_000;

let notary: Notary;
let stage: DiscordStage;
let tocsin: RunningTocsin;
let talk: ReturnType<typeof talkIn>;

beforeAll(async () => {
  [notary, stage] = await Promise.all([startNotary(5), openDiscordStage()]);
  const service = { ...notary.service, servesWithin: '6s', thresholds: { 'corda-polls': { warn: 1 } } };
  const node = { id: NODE, seat: 'alright_DEV', access: { kind: 'local' }, services: [service] };
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage, nodes: [node] }) });
  await stage.ready();
  talk = talkIn(stage);
}, 90_000);

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await Promise.all([stage?.[Symbol.asyncDispose](), notary?.[Symbol.asyncDispose]()]);
});

interface Shown {
  readonly order: readonly string[];
  readonly accepted: readonly (boolean | null)[];
  readonly [key: string]: unknown;
}

test('the plan tells the parameters, who accepted, what changes, and the order with its reasons', async () => {
  const { as, answer } = talk;
  const shown = await answer(as('frank').slash('/flagday plan', { node: NODE }));
  expect(shown).toContain(AFTER.hash);
  expect(shown).toContain('by w1, w2, w3, w4, w5');
  expect(shown).toContain('minimumPlatformVersion: 4 → 5');
  expect(shown).toContain('A restart is needed');
  expect(shown).toMatch(/1 +w1 +up +yes[^]*2 +w2 [^]*5 +w5 [^]*w5: polled [^\n]*most recently of all/);
  const json = await answer(as('frank').slash('/flagday plan', { node: NODE, json: 'yes' }));
  const plan = JSON.parse(json.slice(json.indexOf('{'), json.lastIndexOf('}') + 1)) as Shown;
  expect(plan).toMatchObject({ come: false, hotLoadable: false, quorum: 3, obstacles: [] });
});

test('a flag day over five workers, one of them ill, Tocsin killed twice: the order, the gate, the quorum, each once', async () => {
  const { as, answer, showing } = talk;
  const until = (...words: readonly string[]) => talk.until(WITHIN_MS, ...words);
  expect(await answer(as('frank').slash('/flagday start', { node: NODE }))).toContain('is not yours');
  await as('alice').slash('/flagday start', { node: NODE });
  const asked = await until('flag-day of notary', 'waits for approval', 'w5: polled');
  expect(await answer(as('alice').press(asked.id, '✅ Approve'))).toContain('somebody else has to');
  await as('bob').press(asked.id, '✅ Approve');
  await until('flag-day of notary', 'running', 'waits for the flag day');
  expect(notary.log).toEqual([]);

  // Killed while the program that restarts the second worker runs.
  notary.of('w3').ill = true;
  const stopped = Promise.withResolvers<void>();
  notary.between = async (id) => {
    if (id !== 'w2') return;
    notary.between = () => undefined;
    await tocsin.kill();
    stopped.resolve();
  };
  notary.flagDay();
  await stopped.promise;
  expect(notary.log).toEqual(['flag day', 'stop w1', 'start w1', 'up w1', 'stop w2']);
  await tocsin.restart();

  // Killed while it waits for a person, as the third worker does not serve.
  await until('waits for a person', 'w3 does not serve', 'a check of O_Worker_3__L_Zurich__C_CH failed');
  await tocsin.kill();
  await notary.poll('w4');
  await tocsin.restart();
  await stage.ready();
  const status = await answer(as('frank').slash('/flagday status', { node: NODE }));
  expect(status).toMatch(/paused[^]*w1 +serves[^]*w2 +serves[^]*w3 +in doubt[^]*w4 +waits for its turn/);
  const sofar = [
    'flag day',
    ...['w1', 'w2', 'w3'].flatMap((id) => [`stop ${id}`, `start ${id}`, `up ${id}`]),
    'exit w4 0',
  ];
  expect(notary.log).toEqual(sofar);

  notary.of('w3').ill = false;
  expect(await answer(as('frank').slash('/flagday resume', { node: NODE }))).toContain('is not yours');
  await as('alice').slash('/flagday resume', { node: NODE });
  await until(
    'flag-day of notary',
    'done and verified',
    `5 of 5 workers serve after the flag day of ${AFTER.hash}`,
  );

  // The log of the machines: each worker once, in the order, the next not before the one before was up.
  expect(notary.log).toEqual([...sofar, 'start w4', 'up w4', 'stop w5', 'start w5', 'up w5']);
  expect(notary.fewest()).toBe(4);
  // The log of Tocsin: none was begun before the one before was seen to serve; what was begun is not begun again.
  const done = (await stepsSaid(tocsin, 'remedy.step-done')).filter((step) => /^(restart|see) w/.test(step));
  expect(done).toEqual([
    ...['w1', 'w2', 'w3'].flatMap((id) => [`restart ${id}`, `see ${id} serve`]),
    'see w3 serve, try 2',
    ...['w4', 'w5'].flatMap((id) => [`restart ${id}`, `see ${id} serve`]),
  ]);
  const begun = (await stepsSaid(tocsin, 'remedy.step-begun')).filter((step) => step.startsWith('restart'));
  expect(begun).toEqual(['w1', 'w2', 'w3', 'w4', 'w5'].map((id) => `restart ${id}`));
  expect(await stepsSaid(tocsin, 'remedy.step-resumed')).toEqual(
    expect.arrayContaining(['restart w2', 'wait for a person after “see w3 serve”']),
  );
  expect(showing('done and verified', 'w4 had ended by itself with exit code 0')).toHaveLength(1);
  expect(showing('waits for a person', 'Nothing more is restarted')).toHaveLength(1);
}, 240_000);
