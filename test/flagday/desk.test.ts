import { expect, test } from 'vitest';

import type { AnnouncedParameters } from '#src/domain/notary-cluster.ts';
import { surveyCard, surveyJson } from '#src/flagday/card.ts';
import { createWorkers, NEW, OLD } from '#test/stand-ins/corda/workers.ts';
import { fleetWith, node, people, service as coin } from '#test/stand-ins/remediation/world.ts';
import { dayWith, notary } from './day.ts';

const PLAN = { node: 'alpha-main' };
const notice: AnnouncedParameters = {
  hash: NEW,
  description: 'New network parameters',
  deadline: '2026-12-01T00:00:00Z',
  from: 'notice n1b2c3d',
};

const wordsOf = (card: ReturnType<typeof surveyCard>): string => JSON.stringify(card);

test('what the network map does not tell of yet is planned by its notice', async () => {
  const workers = createWorkers(3);
  workers.network = { current: OLD, pollSeconds: 600 };
  workers.of('w2').accepted = OLD;
  const { desk } = dayWith(workers, { announced: [notice] });
  const survey = await desk.plan(PLAN);
  expect(survey).toMatchObject({ come: false, update: notice, quorum: 2 });
  expect(survey.workers.map(({ id, accepted }) => [id, accepted])).toEqual([
    ['w1', true],
    ['w2', false],
    ['w3', true],
  ]);
  expect(survey.obstacles.join()).toContain('w2 has not accepted');
  const words = wordsOf(surveyCard(survey));
  expect(words).toContain('by w1, w3; not by w2');
  expect(words).toContain('notice n1b2c3d');
});

test('who accepted is not known where nothing tells: it is neither yes nor no, in words and for scripts', async () => {
  const workers = createWorkers(2, { quorum: 1 });
  workers.network = { current: OLD, update: { ...notice, from: 'the network map' }, pollSeconds: 600 };
  const { held } = workers.cluster;
  Object.assign(workers.cluster, {
    held: async (id: string) => (id === 'w2' ? { why: 'the fleet file gives no directory of it' } : held(id)),
  });
  workers.difference = undefined;
  const { desk } = dayWith(workers);
  const survey = await desk.plan(PLAN);
  const words = wordsOf(surveyCard(survey));
  expect(words).toContain('not known of w2 (the fleet file gives no directory of it)');
  expect(words).toContain('What changes is not known');
  expect(survey.obstacles).toEqual([]);
  expect(JSON.parse(surveyJson(survey))).toMatchObject({
    hotLoadable: null,
    workers: [
      { id: 'w1', accepted: true },
      { id: 'w2', accepted: null, runsIt: null },
    ],
  });
});

test('only the list of notaries changes: no restart, and why; polls that coincide are told', async () => {
  const workers = createWorkers(3, { apartSeconds: 30 });
  workers.network = { current: OLD, update: { ...notice, from: 'the network map' }, pollSeconds: 600 };
  workers.difference = { changes: ['notaries: 1 → 2'], hotLoadable: true };
  workers.of('w2').polledAt = (workers.of('w1').polledAt ?? 0) + 5_000;
  const { desk } = dayWith(workers);
  const survey = await desk.plan(PLAN);
  const words = wordsOf(surveyCard(survey));
  expect(words).toContain('No restart is needed: only the list of notaries changes');
  expect(words).toContain('w1 and w2 poll the network map within 5 s');
  expect(words).toContain('Not to be started');
});

test('nothing is announced', async () => {
  const workers = createWorkers(3);
  workers.network = { current: OLD, pollSeconds: 600 };
  const { desk } = dayWith(workers);
  expect(wordsOf(surveyCard(await desk.plan(PLAN)))).toContain('No flag day of notary on alpha-main');
  await expect(desk.start({ ...PLAN, by: people.alice, cause: 'x' })).rejects.toThrow('no update');
});

test('why it is paused is kept in a few words, however many they are', async () => {
  const day = dayWith(createWorkers(3));
  await day.approved();
  const { paused } = await day.desk.pause(day.of, people.alice, 'why '.repeat(16_384));
  expect(paused?.why).toHaveLength(500);
  expect(day.world.audited.find(({ what }) => what === 'flagday.pause')?.detail?.['why']).toHaveLength(500);
});

test('which cluster is meant is said in words', async () => {
  const { desk, world } = dayWith(createWorkers(3));
  await expect(desk.plan({ node: 'nowhere' })).rejects.toThrow('There is no node nowhere');
  await expect(desk.plan({ ...PLAN, service: 'KMD' })).rejects.toThrow('there is notary');
  await expect(desk.pause(PLAN, people.alice, '')).rejects.toThrow('no flag day of alpha-main under way');
  await expect(desk.resume(PLAN, people.bob)).rejects.toThrow('not yours');
  await expect(desk.abort(PLAN, people.oscar, '')).rejects.toThrow('needs the role notary');
  world.fleet = fleetWith(node([notary, { ...notary, id: 'second' as typeof notary.id }]));
  await expect(desk.plan(PLAN)).rejects.toThrow('Say which notary of alpha-main is meant: notary, second');
  world.fleet = fleetWith(node([coin]));
  await expect(desk.plan(PLAN)).rejects.toThrow('has no Corda notary');
});
