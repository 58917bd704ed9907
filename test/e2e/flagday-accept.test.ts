import { afterAll, beforeAll, expect, test } from 'vitest';

import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { AFTER, type Notary, OTHERS, startNotary } from '#test/stand-ins/corda/notary.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';
import { auditOf, NODE, talkIn } from './flagday-stage.ts';

const WITHIN_MS = 10_000;
/** The lease of a killed process, and its job. */
const AFTER_KILL_MS = 40_000;

let notary: Notary;
let stage: DiscordStage;
let tocsin: RunningTocsin;
let talk: ReturnType<typeof talkIn>;

/** One of three has accepted. */
beforeAll(async () => {
  [notary, stage] = await Promise.all([startNotary(3, 1), openDiscordStage()]);
  const node = { id: NODE, seat: 'alright_DEV', access: { kind: 'local' }, services: [notary.service] };
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage, nodes: [node] }) });
  await stage.ready();
  talk = talkIn(stage);
}, 60_000);

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await Promise.all([stage?.[Symbol.asyncDispose](), notary?.[Symbol.asyncDispose]()]);
});

const accepting = ({ hash }: { readonly hash: string }): string =>
  `run acceptNewNetworkParameters parametersHash: "${hash}"`;

const request = (words = '') =>
  talk.as('alice').slash('/remedy run', {
    remedy: 'accept-parameters',
    node: NODE,
    service: 'notary',
    ...(words && { arguments: words }),
  });

const asked = async (...words: readonly string[]) => {
  await request();
  return await talk.until(WITHIN_MS, 'accept-parameters of notary', 'waits for approval', ...words);
};

test('another hash than the one that is announced is refused before anybody is asked', async () => {
  const { answer } = talk;
  expect(await answer(request(`hash=${OTHERS.hash}`))).toContain('only the latest can be accepted');
  expect(await answer(request('hash=$(reboot)'))).toContain('64 hex digits');
});

test('a hash that changed between the approvals voids them: nothing is accepted', async () => {
  const { as, answer } = talk;
  const card = await asked(AFTER.hash);
  await answer(as('bob').press(card.id, '✅ Approve'));
  notary.announce(OTHERS);
  expect(await answer(as('carol').press(card.id, '✅ Approve'))).toMatch(
    new RegExp(`Not approved: the plan changed since it was requested: .*${OTHERS.hash}`),
  );
  await talk.until(WITHIN_MS, 'accept-parameters of notary', 'cancelled', AFTER.hash);
  expect(notary.entered).toEqual([]);
  notary.announce(AFTER);
});

test('asked for, approved by two, accepted once on each that had not, though Tocsin is killed meanwhile', async () => {
  const { as, answer } = talk;
  const card = await asked(AFTER.hash, 'minimumPlatformVersion: 4 → 5', 'There is no way back');
  expect(await answer(as('alice').press(card.id, '✅ Approve'))).toContain('somebody else has to');
  await answer(as('bob').press(card.id, '✅ Approve'));
  expect(await answer(as('bob').press(card.id, '✅ Approve'))).not.toContain('running');
  expect(notary.entered).toEqual([]);

  const killed = Promise.withResolvers<void>();
  notary.accepted = async () => {
    notary.accepted = () => undefined;
    await tocsin.kill();
    killed.resolve();
  };
  await as('carol').press(card.id, '✅ Approve');
  await killed.promise;
  await tocsin.restart();
  await talk.until(
    AFTER_KILL_MS,
    'accept-parameters of notary',
    'done and verified',
    'w2 has it in network-parameters-update',
    'w3 has it in network-parameters-update',
  );
  expect(notary.entered).toEqual([`w2: ${accepting(AFTER)}`, `w3: ${accepting(AFTER)}`]);
  expect(await Promise.all(notary.workers.map(({ id }) => notary.update(id)))).toEqual(
    notary.workers.map(() => AFTER.hash),
  );
  const said = (await auditOf(tocsin)).filter(({ what }) => what === 'remedy.approved');
  expect(said.map(({ who }) => who)).toEqual(['bob', 'bob', 'carol']);
}, 60_000);
