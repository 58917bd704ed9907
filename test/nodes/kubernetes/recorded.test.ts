import { describe, expect, test } from 'vitest';

import { listOf, look, recording } from './looking.ts';

/** A look at a workload that is recorded, with these of its pods. */
function lookAt(
  workload: ReturnType<typeof recording>,
  pods: readonly object[],
  more: object = {},
  at?: string,
) {
  const resource = `${workload.kind.toLowerCase()}s`;
  return look(
    { [resource]: workload, pods: listOf('Pod', ...pods), ...more },
    {
      workload: `${workload.kind.toLowerCase()}/${workload.metadata.name}`,
      ...(at !== undefined && { now: new Date(at) }),
    },
  );
}

const revisions = {
  replicasets: listOf('ReplicaSet'),
  controllerrevisions: listOf('ControllerRevision'),
  replicationcontrollers: listOf('ReplicationController'),
};

describe('rollouts', () => {
  test.each([
    ['deployment-progressing', 'up', undefined],
    ['deployment-degraded', 'degraded', 'RolloutStuck'],
    ['deployment-suspended', 'degraded', 'RolloutPaused'],
    ['statefulset', 'up', undefined],
    ['deploymentconfig-progressing', 'up', undefined],
  ])('%s', async (name, state, alertname) => {
    const seen = await lookAt(recording(name), [], revisions);
    expect(seen.state('rollout')).toBe(state);
    if (alertname !== undefined) expect(seen.alert('rollout')).toBe(alertname);
  });

  test('one past its deadline says since when; what goes on says what is left', async () => {
    const stuck = await lookAt(recording('deployment-degraded'), [], revisions);
    expect(stuck.facts('rollout')).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      since: '2018-07-18T06:29:23Z',
      available: 1,
    });
    expect(stuck.why('rollout')).toBe(
      'the rollout has failed, its deadline is over: 1 pods of the old revision are still there',
    );
    const goingOn = await lookAt(recording('deployment-progressing'), [], revisions);
    expect(goingOn.facts('rollout')).toMatchObject({ how: 'going on', updated: 1 });
  });

  test('a cluster before 1.22 counts fewer things: what is ready is available', async () => {
    const seen = await lookAt(recording('statefulset'), [], revisions);
    expect(seen.of('rollout')?.shown).toBe('1/1');
  });

  test('a DeploymentConfig says that it is deprecated', async () => {
    const seen = await lookAt(recording('deploymentconfig-progressing'), [], revisions);
    expect(seen.facts('rollout')['note']).toMatch(/deprecated since OpenShift 4\.14/);
    expect(seen.of('rollout')?.shown).toBe('0/3');
  });
});

describe('pods', () => {
  const workload = recording('deployment-progressing');
  const at = '2018-12-02T09:21:00Z';

  test.each([
    ['pod-running-restart-always', 'up', undefined, {}],
    [
      'pod-crashloop',
      'down',
      'PodCrashLooping',
      { reason: 'CrashLoopBackOff', exitCode: 1, container: 'main', since: '2018-12-02T09:19:36Z' },
    ],
    ['pod-imagepullbackoff', 'down', 'PodImagePullFailing', { reason: 'ImagePullBackOff' }],
    ['pod-error', 'degraded', 'PodNotReady', { exitCode: 1 }],
    ['pod-running-not-ready', 'degraded', 'PodNotReady', { reason: 'NotReady' }],
    ['pod-pending', 'degraded', 'PodNotReady', { reason: 'Pending' }],
    ['pod-deletion', 'degraded', 'PodNotReady', { reason: 'Terminating' }],
    ['pod-failed', 'down', 'PodMissing', {}],
    ['pod-succeeded', 'down', 'PodMissing', {}],
  ])('%s', async (name, state, alertname, facts) => {
    const seen = await lookAt(workload, [recording(name)], revisions, at);
    expect(seen.state('pods')).toBe(state);
    if (alertname !== undefined) expect(seen.alert('pods')).toBe(alertname);
    expect(seen.facts('pods')).toMatchObject(facts);
  });

  test('killed for its memory, as the documentation shows it', async () => {
    const lastState = recording('terminated-oomkilled');
    const crashed = recording('pod-crashloop');
    const [status] = crashed.status['containerStatuses'] as object[];
    const pod = { ...crashed, status: { ...crashed.status, containerStatuses: [{ ...status, lastState }] } };
    const seen = await lookAt(workload, [pod], revisions, at);
    expect(seen.alert('pods')).toBe('PodOutOfMemory');
    expect(seen.facts('pods')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });
});

test("a replica set's revision is that of its Deployment", async () => {
  const base = recording('deployment-progressing');
  const owner = { ...base, metadata: { ...base.metadata, uid: '6f6143bc-a5f3-11e9-990f-42010a800218' } };
  const seen = await lookAt(owner, [], { replicasets: listOf('ReplicaSet', recording('replicaset')) });
  expect(seen.facts('revisions')).toMatchObject({ revision: 1, kept: 1, revisions: '1: 9.2-alpine (now)' });
});

test('a list of controller revisions is read; those of another owner are not taken', async () => {
  const base = recording('statefulset');
  const listed = recording('controllerrevisionlist');
  const foreign = await lookAt(base, [], { controllerrevisions: listed });
  expect(foreign.facts('revisions')).toMatchObject({ kept: 0 });
  const uid = '306a957b-66ae-4b48-a076-60633414f603';
  const owner = { ...base, metadata: { ...base.metadata, uid } };
  const status = { ...base.status, updateRevision: 'calico-node-5f9d4fcb' };
  const own = await lookAt({ ...owner, status }, [], { controllerrevisions: listed });
  expect(own.facts('revisions')).toMatchObject({ revision: 1, revisions: '1: v3.21.6 (now)' });
});

describe('an image stream', () => {
  const triggers = JSON.stringify([
    {
      from: { kind: 'ImageStreamTag', name: 'driver-toolkit:latest', namespace: 'openshift' },
      fieldPath: 'spec.template.spec.containers[?(@.name=="guestbook-ui")].image',
    },
  ]);
  const base = recording('deployment-progressing');
  const following = {
    ...base,
    metadata: { ...base.metadata, annotations: { 'image.openshift.io/triggers': triggers } },
  };
  const stream = recording('imagestream');
  const newest = 'sha256:484c9fe9900020e9b8f5601cbe86d054fe47a6f16e8d9dc6ecbfd58bffd1ad4b';
  const lookWith = (imagestreams: unknown, pods: readonly object[] = []) =>
    lookAt(following, pods, { ...revisions, imagestreams });

  test('that a workload follows tells its newest image', async () => {
    const seen = await lookWith(stream);
    expect(seen.state('image-stream')).toBe('up');
    expect(seen.facts('image-stream')).toEqual({
      follows: 'driver-toolkit:latest',
      newest,
      isRunning: false,
      importedAt: '2022-07-27T02:55:02Z',
    });
  });

  test('says when a newer image waits', async () => {
    const seen = await lookWith(stream, [recording('pod-running-restart-always')]);
    expect(seen.of('image-stream')?.shown).toBe('driver-toolkit:latest (newer)');
  });

  test('whose import fails, or that is not there, warns', async () => {
    const conditions = [
      { type: 'ImportSuccess', status: 'False', reason: 'Unauthorized', message: 'you may not have access' },
    ];
    const tags = (stream.status['tags'] as { tag: string }[]).map((tag) =>
      tag.tag === 'latest' ? { ...tag, conditions } : tag,
    );
    const failing = await lookWith({ ...stream, status: { ...stream.status, tags } });
    expect(failing.of('image-stream')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'ImageStreamImportFailing',
    });
    expect(failing.why('image-stream')).toMatch(/you may not have access/);
    const missing = await lookWith(undefined);
    expect(missing.why('image-stream')).toMatch(/not there: driver-toolkit:latest/);
  });

  test('is left out where none is followed, also when what people wrote is not JSON', async () => {
    expect((await lookAt(base, [], revisions)).of('image-stream')).toBeUndefined();
    const garbled = {
      ...base,
      metadata: { ...base.metadata, annotations: { 'image.openshift.io/triggers': '[{' } },
    };
    expect((await lookAt(garbled, [], revisions)).of('image-stream')).toBeUndefined();
  });

  test('is found by the triggers of a DeploymentConfig', async () => {
    const config = recording('deploymentconfig-progressing');
    const imageChange = {
      type: 'ImageChange',
      imageChangeParams: { from: { kind: 'ImageStreamTag', name: 'driver-toolkit:latest' } },
    };
    const followed = {
      ...config,
      spec: { ...config.spec, triggers: [{ type: 'ConfigChange' }, imageChange] },
    };
    const seen = await lookAt(followed, [], { ...revisions, imagestreams: stream });
    expect(seen.facts('image-stream')).toMatchObject({ newest });
  });
});
