import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { kubernetes } from '#src/nodes/kubernetes/index.ts';

import {
  type Answers,
  deployment,
  digest,
  fine,
  listOf,
  look,
  NOW,
  notFound,
  pod,
  statefulset,
  targetOf,
} from './looking.ts';

const MINUTE_MS = 60_000;
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * MINUTE_MS);

/** Of a Deployment kmd. */
const deployed = (changes: Answers = {}): Answers => ({
  deployments: deployment(),
  pods: listOf('Pod', pod()),
  replicasets: listOf('ReplicaSet'),
  ...changes,
});
const asDeployment = { workload: 'deployment/kmd' } as const;

test('all is well: what it runs, since which revision, and nothing that alarms', async () => {
  const seen = await look(fine());
  expect(seen.results.map(({ check, finding, shown }) => [check, finding.state, shown])).toEqual([
    ['rollout', 'up', '1/1'],
    ['pods', 'up', '1/1'],
    ['restarts', 'up', '0'],
    ['image', 'up', 'v0.9.2-2'],
    ['revisions', 'up', '2'],
  ]);
  expect(seen.facts('image')).toMatchObject({ version: 'v0.9.2-2', digest: digest('1') });
  expect(seen.facts('revisions')).toMatchObject({
    revision: 2,
    kept: 2,
    revisions: '2: v0.9.2-2 (now); 1: v0.9.1',
  });
});

test('every result is of a check that is declared, with an alert that is declared for it', async () => {
  const declared = new Map(kubernetes.checks.map(({ id, alertnames }) => [id, alertnames]));
  for (const answers of [fine(), fine({ pods: listOf('Pod') }), { statefulsets: {} }]) {
    for (const { check, alertname } of (await look(answers)).results) {
      expect(declared.get(check)).toContain(alertname);
    }
  }
});

test('a node that is in no cluster is not looked at', async () => {
  const results = await kubernetes.look(targetOf(), { now: NOW }, AbortSignal.timeout(1_000));
  expect(new Set(results.map(({ finding }) => finding.state))).toEqual(new Set(['unknown']));
});

describe('rollout', () => {
  const rolling = { replicas: 1, updatedReplicas: 0, availableReplicas: 0, currentRevision: 'kmd-6' };

  test('a workload that is not there is down, by that name', async () => {
    const seen = await look(fine({ statefulsets: notFound }));
    expect(seen.of('rollout')).toMatchObject({
      finding: { state: 'down' },
      alertname: 'WorkloadMissing',
      shown: 'missing',
    });
    expect(seen.state('pods')).toBe('unknown');
  });

  test('scaled to 0 is down', async () => {
    const seen = await look(fine({ statefulsets: statefulset({ replicas: 0 }), pods: listOf('Pod') }));
    expect(seen.of('rollout')).toMatchObject({ finding: { state: 'down' }, alertname: 'WorkloadStopped' });
    expect(seen.state('pods')).toBe('up');
  });

  test('one that goes on is none, holds figures back, and is one when it lasts', async () => {
    const answers = fine({ statefulsets: statefulset({ status: rolling }) });
    const first = await look(answers);
    expect(first.of('rollout')).toMatchObject({ finding: { state: 'up' }, settling: true, shown: '0/1' });
    const at = (minutes: number) => look(answers, { earlier: first.results, now: later(minutes) });
    expect((await at(10)).state('rollout')).toBe('up');
    const lasting = await at(11);
    expect(lasting.state('rollout')).toBe('degraded');
    expect(lasting.why('rollout')).toBe(
      'not rolled out for 11 min now: 0 of 1 pods are of the newest revision',
    );
    expect(lasting.facts('rollout')).toMatchObject({ since: NOW.toISOString() });
    expect((await at(31)).state('rollout')).toBe('down');
  });

  test('begins anew after one that came to its end', async () => {
    const done = await look(fine(), { now: later(5) });
    const again = await look(fine({ statefulsets: statefulset({ status: rolling }) }), {
      earlier: done.results,
      now: later(60),
    });
    expect(again.facts('rollout')).toMatchObject({ since: later(60).toISOString() });
  });

  test.each([
    [
      'a change that its controller has not seen',
      { observedGeneration: 2 },
      /has not seen the newest change/,
    ],
    ['pods that are not available', { availableReplicas: 0 }, /0 of 1 pods are available/],
    ['pods of the old revision', { replicas: 2 }, /1 pods of the old revision/],
    [
      'pods that cannot be made',
      {
        replicas: 0,
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods=1' }],
      },
      /pods cannot be made: exceeded quota/,
    ],
  ])('is not done with %s', async (_what, status, why) => {
    const answers = deployed({ deployments: deployment({ status }) });
    const first = await look(answers, asDeployment);
    const seen = await look(answers, { ...asDeployment, earlier: first.results, now: later(11) });
    expect(seen.state('rollout')).toBe('degraded');
    expect(seen.why('rollout')).toMatch(why);
  });

  test.each([
    ['none is available', 0, 'down'],
    ['the earlier pods serve', 1, 'degraded'],
  ])('past its deadline it is stuck at once; %s', async (_what, availableReplicas, state) => {
    const conditions = [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        lastTransitionTime: '2026-11-21T11:30:00Z',
      },
    ];
    const status = { replicas: 2, updatedReplicas: 1, availableReplicas, conditions };
    const seen = await look(deployed({ deployments: deployment({ status }) }), asDeployment);
    expect(seen.of('rollout')).toMatchObject({ finding: { state }, alertname: 'RolloutStuck' });
    expect(seen.facts('rollout')).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      since: '2026-11-21T11:30:00Z',
    });
  });

  test('paused is a finding only while a change waits behind it', async () => {
    const paused = { spec: { paused: true } };
    const quiet = await look(deployed({ deployments: deployment(paused) }), asDeployment);
    expect(quiet.state('rollout')).toBe('up');
    const waiting = deployment({ ...paused, status: { updatedReplicas: 0 } });
    const seen = await look(deployed({ deployments: waiting }), asDeployment);
    expect(seen.of('rollout')).toMatchObject({ finding: { state: 'degraded' }, alertname: 'RolloutPaused' });
  });

  test('a partition leaves the pods below it as they are; OnDelete says what it waits for', async () => {
    const partitioned = statefulset({
      replicas: 3,
      spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      status: { updatedReplicas: 1, currentRevision: 'kmd-6' },
    });
    expect((await look(fine({ statefulsets: partitioned }))).state('rollout')).toBe('up');
    const byHand = statefulset({ spec: { updateStrategy: { type: 'OnDelete' } }, status: rolling });
    const first = await look(fine({ statefulsets: byHand }));
    const seen = await look(fine({ statefulsets: byHand }), { earlier: first.results, now: later(11) });
    expect(seen.why('rollout')).toMatch(/strategy is OnDelete: delete the old pods by hand/);
  });
});

describe('what cannot be looked at', () => {
  const failing = (reason: 'forbidden' | 'timeout' | 'untrusted', words: string) => (): never => {
    throw new OutsideError('kubernetes', reason, words);
  };

  test('a role that lacks one resource blinds only what needs it', async () => {
    const seen = await look(
      fine({ controllerrevisions: failing('forbidden', 'our role lacks "list" on controllerrevisions') }),
    );
    expect(seen.why('revisions')).toBe('our role lacks "list" on controllerrevisions');
    expect(seen.results.filter(({ finding }) => finding.state === 'unknown')).toHaveLength(1);
  });

  test('a cluster that cannot be reached is unknown throughout', async () => {
    const seen = await look(fine({ statefulsets: failing('timeout', 'gave no full answer in time') }));
    expect(new Set(seen.results.map(({ finding }) => finding.state))).toEqual(new Set(['unknown']));
    expect(seen.why('pods')).toBe('gave no full answer in time');
  });

  test.each([
    ['another object', { kind: 'Deployment' }],
    ["another workload's state", statefulset({ metadata: { name: 'ltc' } })],
    ['a count that is text', statefulset({ status: { updatedReplicas: '1' } })],
    ['no selector: it would match every pod', statefulset({ spec: { selector: {} } })],
    ['a Status', { kind: 'Status', status: 'Success' }],
    ['a list', []],
    ['nothing', null],
  ])('%s in place of the workload is unknown', async (_what, statefulsets) => {
    const seen = await look(fine({ statefulsets: () => statefulsets }));
    expect(new Set(seen.results.map(({ finding }) => finding.state))).toEqual(new Set(['unknown']));
    expect(seen.why('rollout')).toMatch(/is no statefulset/);
  });

  test.each([
    ['a part of it', { ...listOf('Pod', pod()), metadata: { continue: 'more' } }],
    ['a list of another kind', listOf('Node', pod())],
    ['a pod without a phase', listOf('Pod', { ...pod(), status: {} })],
    ['a time that is none', listOf('Pod', pod({ since: 'yesterday' }))],
  ])('%s in place of the list of pods is unknown', async (_what, pods) => {
    const seen = await look(fine({ pods }));
    for (const check of ['pods', 'restarts', 'image']) expect(seen.state(check)).toBe('unknown');
  });
});
