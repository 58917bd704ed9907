import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { kubernetes } from '#src/nodes/kubernetes/index.ts';

import {
  type Answers,
  controllerRevisions,
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

describe('pods', () => {
  const waiting = (reason: string, ended?: object) => ({
    ready: false,
    restartCount: 6,
    state: { waiting: { reason, message: 'back-off' } },
    lastState: ended ? { terminated: ended } : {},
  });
  const failing = (container: object, more: object = {}) =>
    fine({ pods: listOf('Pod', pod({ ready: false, container, ...more })) });
  const ended = { exitCode: 1, reason: 'Error', finishedAt: '2026-11-21T11:59:00Z' };

  test.each([
    [
      'CrashLoopBackOff',
      'PodCrashLooping',
      /container komodod ends again and again \(CrashLoopBackOff, last ended with exit code 1\)/,
    ],
    ['ImagePullBackOff', 'PodImagePullFailing', /no image to start/],
    ['ErrImagePull', 'PodImagePullFailing', /no image to start/],
    ['CreateContainerConfigError', 'PodCannotStart', /cannot be started/],
  ])('%s is down at once, by name, with its reason and since when', async (reason, alertname, why) => {
    const seen = await look(failing(waiting(reason, ended)));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname, shown: '0/1' });
    // What does not end by waiting must not be held back while a rollout goes on.
    expect(seen.of('pods')).not.toHaveProperty('figure');
    expect(seen.why('pods')).toMatch(why);
    expect(seen.facts('pods')).toMatchObject({
      reason,
      exitCode: 1,
      pod: 'kmd-0',
      since: '2026-11-21T11:00:00Z',
    });
  });

  test('killed for its memory has that name, whatever it waits for', async () => {
    const killed = { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-21T11:59:00Z' };
    const seen = await look(failing(waiting('CrashLoopBackOff', killed)));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname: 'PodOutOfMemory' });
    expect(seen.facts('pods')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });

  test('not ready warns, and is down when it has lasted', async () => {
    const at = (since: string) => look(failing({ ready: false }, { since }));
    const short = await at('2026-11-21T11:55:00Z');
    expect(short.of('pods')).toMatchObject({ finding: { state: 'degraded' }, alertname: 'PodNotReady' });
    expect(short.why('pods')).toBe('pod kmd-0: is not ready, for 5 min now');
    expect((await at('2026-11-21T11:49:00Z')).state('pods')).toBe('down');
  });

  test('a lost one among several that serve only warns', async () => {
    const pods = listOf(
      'Pod',
      pod({ name: 'kmd-0' }),
      pod({ name: 'kmd-1', ready: false, container: waiting('CrashLoopBackOff', ended) }),
    );
    const seen = await look(fine({ statefulsets: statefulset({ replicas: 2 }), pods }));
    expect(seen.of('pods')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'PodCrashLooping',
      shown: '1/2',
    });
  });

  test.each([
    [
      'no machine takes it',
      {
        phase: 'Pending',
        containerStatuses: [],
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient memory.',
            lastTransitionTime: '2026-11-21T11:59:00Z',
          },
        ],
      },
      'PodUnschedulable',
      /no machine takes it: 0\/3 nodes are available/,
    ],
    [
      'its machine is lost',
      {
        phase: 'Running',
        reason: 'NodeLost',
        conditions: [{ type: 'Ready', status: 'Unknown', lastTransitionTime: '2026-11-21T11:59:00Z' }],
      },
      'PodNotReady',
      /is not ready/,
    ],
  ])('%s', async (_what, status, alertname, why) => {
    const seen = await look(fine({ pods: listOf('Pod', pod({ ready: false, status })) }));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'degraded' }, alertname });
    expect(seen.why('pods')).toMatch(why);
  });

  test('none at all is down; an evicted one is only its record', async () => {
    const evicted = pod({ status: { phase: 'Failed', reason: 'Evicted', containerStatuses: null } });
    const seen = await look(fine({ pods: listOf('Pod', evicted) }));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname: 'PodMissing' });
    expect(seen.why('pods')).toBe('statefulset kmd has 0 of 1 pods; kmd-0 is Evicted');
    const both = await look(fine({ pods: listOf('Pod', evicted, pod({ name: 'kmd-1' })) }));
    expect(both.state('pods')).toBe('up');
  });

  test('one that is being deleted does not count, and is named when it stays', async () => {
    const going = pod({ metadata: { deletionTimestamp: '2026-11-21T11:30:00Z' } });
    const seen = await look(fine({ pods: listOf('Pod', going) }));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname: 'PodNotReady' });
    expect(seen.why('pods')).toBe('pod kmd-0: is being deleted, for 30 min now');
  });
});

describe('restarts', () => {
  const counted = (restartCount: number, lastState: object = {}) =>
    fine({ pods: listOf('Pod', pod({ container: { restartCount, lastState } })) });

  test('what was counted before the first look is not of the last hour', async () => {
    expect((await look(counted(40))).state('restarts')).toBe('up');
  });

  test('grows within the hour: one may be, two warn, five are critical; an hour later all is well', async () => {
    let seen = await look(counted(40));
    const at = async (minutes: number, count: number) => {
      seen = await look(counted(count), { earlier: seen.results, now: later(minutes) });
      return [seen.state('restarts'), seen.of('restarts')?.shown];
    };
    expect(await at(10, 41)).toEqual(['up', '1']);
    expect(await at(20, 42)).toEqual(['degraded', '2']);
    expect(seen.why('restarts')).toBe('restarted 2 times within the last hour');
    expect(await at(40, 45)).toEqual(['down', '5']);
    expect(await at(70, 45)).toEqual(['up', '0']);
  });

  test('the growth is kept over looks within the window, and lost when other pods are there', async () => {
    let seen = await look(counted(0));
    for (const minutes of [20, 35, 50]) {
      seen = await look(counted(3), { earlier: seen.results, now: later(minutes) });
      expect(seen.of('restarts')?.shown).toBe('3');
    }
    const other = fine({ pods: listOf('Pod', pod({ name: 'kmd-0', metadata: { uid: 'other' } })) });
    expect((await look(other, { earlier: seen.results, now: later(51) })).of('restarts')?.shown).toBe('0');
  });

  test('killed for its memory within the hour warns at once', async () => {
    const lastState = {
      terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-21T11:40:00Z' },
    };
    const seen = await look(counted(1, lastState));
    expect(seen.of('restarts')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'PodOutOfMemory',
      figure: { value: 1, unit: 'count' },
    });
    expect(seen.why('restarts')).toBe(
      'restarted once within the last hour, last ended with exit code 137 (OOMKilled)',
    );
    const long = { terminated: { ...lastState.terminated, finishedAt: '2026-11-21T10:40:00Z' } };
    expect((await look(counted(1, long))).state('restarts')).toBe('up');
  });
});

describe('image', () => {
  const running = (image: string) =>
    fine({ statefulsets: statefulset({ image }), pods: listOf('Pod', pod({ image })) });

  test.each([
    ['komodo:0.9.2', { version: '0.9.2' }],
    ['ghcr.io/x/komodod:v0.9.2-2@sha256:aa', { version: 'v0.9.2-2' }],
    ['localhost:5000/komodod:2651eaf', { commit: '2651eaf' }],
  ])('the tag of %s proves %o', async (image, facts) => {
    expect((await look(running(image))).facts('image')).toMatchObject(facts);
  });

  test.each(['komodod', 'komodod:latest', 'localhost:5000/komodod', 'komodod:20261121', 'komodod:stable'])(
    'the tag of %s proves nothing',
    async (image) => {
      const facts = (await look(running(image))).facts('image');
      expect(facts).not.toHaveProperty('version');
      expect(facts).not.toHaveProperty('commit');
    },
  );

  test('proves nothing while another image runs, or none does', async () => {
    const old = fine({ pods: listOf('Pod', pod({ image: 'komodod:v0.9.1' })) });
    expect((await look(old)).facts('image')).not.toHaveProperty('version');
    expect((await look(old)).of('image')?.shown).toBe('→ v0.9.2-2');
    const waiting = { ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } };
    const none = fine({ pods: listOf('Pod', pod({ ready: false, container: waiting })) });
    expect((await look(none)).facts('image')).not.toHaveProperty('version');
    expect((await look(fine({ pods: listOf('Pod') }))).facts('image')).not.toHaveProperty('version');
  });

  test('two images under one name are told, and prove nothing', async () => {
    const another = pod({ name: 'kmd-1', container: { imageID: `x@${digest('2')}` } });
    const seen = await look(
      fine({ statefulsets: statefulset({ replicas: 2 }), pods: listOf('Pod', pod(), another) }),
    );
    expect(seen.of('image')).toMatchObject({ finding: { state: 'degraded' }, alertname: 'ImageMixed' });
    expect(seen.facts('image')).not.toHaveProperty('version');
  });

  test('is of the container that the fleet names', async () => {
    const containers = [
      { name: 'proxy', image: 'envoy:v1.31.0' },
      { name: 'komodod', image: 'komodod:v0.9.2-2' },
    ];
    const base = statefulset();
    const two = {
      ...base,
      spec: { ...base.spec, template: { ...base.spec.template, spec: { containers } } },
    };
    const its = pod();
    const pods = listOf('Pod', { ...its, spec: { containers } });
    const seen = await look(fine({ statefulsets: two, pods }), { container: 'komodod' });
    expect(seen.facts('image')).toMatchObject({ version: 'v0.9.2-2', container: 'komodod' });
    const misnamed = await look(fine({ statefulsets: two, pods }), { container: 'iguana' });
    expect(misnamed.why('image')).toMatch(/no container iguana/);
  });
});

describe('revisions', () => {
  test("a Deployment's, by the annotation of its own replica sets, the newest first", async () => {
    const set = (revision: string, image: string, owner = 'uid-kmd') => ({
      metadata: {
        name: `kmd-${revision}`,
        annotations: { 'deployment.kubernetes.io/revision': revision },
        ownerReferences: [{ uid: owner, controller: true }],
      },
      spec: { template: { spec: { containers: [{ name: 'komodod', image }] } } },
    });
    const replicasets = listOf(
      'ReplicaSet',
      set('9', 'komodod:v0.9.1'),
      set('10', 'komodod:v0.9.2'),
      set('11', 'other:1.0', 'uid-other'),
    );
    const seen = await look(deployed({ replicasets }), asDeployment);
    expect(seen.facts('revisions')).toMatchObject({
      revision: 10,
      revisions: '10: v0.9.2 (now); 9: v0.9.1',
    });
  });

  test('the revision that a StatefulSet goes to is the present one, also after an undo', async () => {
    const undone = statefulset({ status: { updateRevision: 'kmd-1', currentRevision: 'kmd-1' } });
    const seen = await look(fine({ statefulsets: undone }));
    expect(seen.facts('revisions')).toMatchObject({ revision: 1 });
  });

  test('nothing to undo to is told, of the first revision it is not', async () => {
    const only = { controllerrevisions: controllerRevisions('komodod:v0.9.1') };
    const first = statefulset({ status: { updateRevision: 'kmd-1', currentRevision: 'kmd-1' } });
    expect((await look(fine({ ...only, statefulsets: first }))).state('revisions')).toBe('up');
    const seventh = listOf('ControllerRevision', {
      metadata: { name: 'kmd-7', ownerReferences: [{ uid: 'uid-kmd' }] },
      revision: 7,
      data: { spec: { template: { spec: { containers: [{ name: 'komodod', image: 'x:1.0' }] } } } },
    });
    const seen = await look(fine({ controllerrevisions: seventh, statefulsets: statefulset() }));
    expect(seen.of('revisions')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'RevisionHistoryEmpty',
    });
  });
});

describe('volume', () => {
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'kmd-data' } }];
  const of = (spec: object, ...pods: readonly object[]) =>
    look(
      deployed({ deployments: deployment({ volumes, ...spec }), pods: listOf('Pod', ...pods) }),
      asDeployment,
    );

  test('is left out where no claim is named', async () => {
    expect((await look(fine())).of('volume')).toBeUndefined();
  });

  test('two pods that mount one claim now are critical', async () => {
    const seen = await of({ replicas: 2 }, pod({ volumes }), pod({ name: 'kmd-1', volumes }));
    expect(seen.of('volume')).toMatchObject({ finding: { state: 'down' }, alertname: 'VolumeShared' });
    expect(seen.why('volume')).toBe('kmd-0 and kmd-1 have the same volume kmd-data at once');
  });

  test('a rollout that would bring it about warns; Recreate with one replica does not', async () => {
    const rolling = await of({ spec: { strategy: { type: 'RollingUpdate' } } }, pod({ volumes }));
    expect(rolling.state('volume')).toBe('degraded');
    expect(rolling.why('volume')).toMatch(/strategy is RollingUpdate/);
    expect((await of({}, pod({ volumes }))).state('volume')).toBe('up');
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
