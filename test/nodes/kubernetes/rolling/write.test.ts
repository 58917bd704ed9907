import { beforeAll, describe, expect, test } from 'vitest';

import type { Resource } from '#src/domain/cluster.ts';
import type { Executor } from '#src/domain/executor.ts';
import { loaded } from '#test/remediation/executors/kubernetes/opened.ts';
import { broken, unauthorized } from '#test/stand-ins/kubernetes/refusals.ts';

import { openRollouts, V1 } from '../rolling.ts';

beforeAll(loaded, 30_000);

const RESTART = 'rollout-restart';

describe('somebody else', () => {
  test('changed it after it was asked for: void, nothing is written', async () => {
    const { world, ended, setImage, controllers, written } = await openRollouts({ kind: 'deployment' });
    const { id } = await world.approved('anna', RESTART);
    setImage(V1);
    controllers.settle();
    expect(await ended(id)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringMatching(/generation was \d+, is \d+/) as string,
    });
    expect(written()).toBe(0);
  });

  test('changes it between the last look and the patch: void, nothing is written', async () => {
    const { world, ended, cluster, setImage, written } = await openRollouts({ kind: 'statefulset' });
    const { id } = await world.approved('anna', RESTART);
    let done = false;
    cluster.heard((line) => {
      if (!line.startsWith('PATCH') || line.includes('dryRun') || done) return;
      done = true;
      setImage(V1);
    });
    expect(await ended(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /changed by somebody else since it was approved \(generation 3, approved was 2\)/,
      ) as string,
    });
    expect(cluster.patches.filter(({ isRehearsal }) => !isRehearsal)).toMatchObject([{ isRefused: true }]);
    expect(written()).toBe(0);
  });

  test('writes its status in that moment: looked at again, then written once', async () => {
    const { world, ended, cluster, controllers, now, written } = await openRollouts({ kind: 'statefulset' });
    const { id } = await world.approved('anna', RESTART);
    let done = false;
    cluster.heard((line) => {
      if (line.startsWith('GET') && line.includes('/statefulsets/kmd')) controllers.turn();
      if (!line.startsWith('PATCH') || line.includes('dryRun') || done) return;
      done = true;
      cluster.put(now());
    });
    expect(await ended(id)).toMatchObject({ state: 'succeeded' });
    expect(cluster.patches.filter(({ isRehearsal }) => !isRehearsal)).toMatchObject([
      { isRefused: true },
      { isRefused: false },
    ]);
    expect(written()).toBe(1);
  });

  test('changes the template while it is rolled out: said, and left alone', async () => {
    const { world, ended, cluster, setImage, written } = await openRollouts({ kind: 'deployment' });
    const { id } = await world.approved('anna', RESTART);
    cluster.heard((line) => {
      if (line.startsWith('GET') && line.includes('/deployments/kmd') && written() === 1) setImage(V1);
    });
    expect(await ended(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/somebody else changed its template while it was rolled out/) as string,
    });
  });

  test('pauses it: said with what to do', async () => {
    const { world, ended, cluster, now, written } = await openRollouts({ kind: 'deployment' });
    const { id } = await world.approved('anna', RESTART);
    cluster.heard((line) => {
      if (!line.startsWith('GET') || !line.includes('/deployments/kmd') || written() === 0) return;
      cluster.put({ ...now(), spec: { ...(now()['spec'] as object), paused: true } });
    });
    expect(await ended(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/somebody paused its rollout: .*Resume it, or undo it/) as string,
    });
  });
});

test.each(['lost', 'break', 503] as const)('a patch whose answer is %s is made once', async (fault) => {
  const { world, ended, cluster, written } = await openRollouts({ kind: 'statefulset' });
  const { id } = await world.approved('anna', RESTART);
  const progress = world.shown;
  cluster.fail(fault === 503 ? broken(503) : fault, /^PATCH (?!.*dryRun)/);
  const end = ended(id);
  await expect
    .poll(() => progress.some((request) => /looking again/.test(request.progress ?? '')))
    .toBe(true);
  cluster.fail();
  expect(await end).toMatchObject({ state: 'succeeded' });
  expect(written()).toBe(1);
});

test('a cluster that gives no answer to the patch for too long: it may have been written, and that is said', async () => {
  const { carriedOut, cluster, written } = await openRollouts({
    kind: 'statefulset',
    waits: { writeMs: 20 },
  });
  cluster.heard((line) => {
    if (line.startsWith('PATCH') && !line.includes('dryRun')) cluster.fail('lost');
  });
  expect((await carriedOut(RESTART)).reason).toMatch(
    /the change may have been written\. Look at it: kubectl rollout/,
  );
  expect(written()).toBe(1);
});

test('a cluster that is away during the rollout is waited for', async () => {
  const { world, ended, cluster, controllers, written } = await openRollouts({ kind: 'statefulset' });
  const { id } = await world.approved('anna', RESTART);
  cluster.heard((line) => {
    if (written() === 0) return;
    const isWaitedFor = world.shown.some(({ progress }) => /asking again/.test(progress ?? ''));
    cluster.fail(isWaitedFor ? undefined : broken(503));
    if (line.startsWith('GET')) controllers.turn();
  });
  expect(await ended(id)).toMatchObject({ state: 'succeeded' });
  expect(
    world.shown.some(({ progress }) => /cannot answer now \(HTTP 503\); asking again/.test(progress ?? '')),
  ).toBe(true);
});

test('an answer from before the change, to what somebody else had asked, is no change of somebody else', async () => {
  const { world, executor, now, written, resource } = await openRollouts({ kind: 'deployment' });
  const { id } = await world.approved('anna', RESTART);
  const before = now();
  let told = 0;
  const behind: Executor = {
    ...executor,
    cluster(at) {
      const real = executor.cluster!(at);
      const isLate = (what: Resource): boolean => written() === 1 && what.resource === resource && told++ < 2;
      return {
        ...real,
        get: (what, signal) => (isLate(what) ? Promise.resolve(before) : real.get(what, signal)),
      };
    },
  };
  expect(await world.another({ executors: () => behind })(id)).toBe('done');
  expect(await world.requests.get(id)).toMatchObject({ state: 'succeeded' });
  expect(told).toBeGreaterThan(1);
  expect(written()).toBe(1);
});

test('an answer to the patch that cannot be read: looked at, and not written again', async () => {
  const { world, ended, cluster, written } = await openRollouts({ kind: 'statefulset' });
  const { id } = await world.approved('anna', RESTART);
  cluster.garble(/^PATCH (?!.*dryRun)/, { kind: 'Status' });
  expect(await ended(id)).toMatchObject({ state: 'succeeded' });
  expect(written()).toBe(1);
});

test('a login that ends during the rollout: what is true then is said', async () => {
  const { world, ended, cluster, written } = await openRollouts({ kind: 'statefulset' });
  const { id } = await world.approved('anna', RESTART);
  cluster.heard(() => {
    if (written() === 1) cluster.fail(unauthorized());
  });
  expect((await ended(id)).reason).toMatch(
    /does not accept our login.*The change is written, and Kubernetes goes on with it.*kubectl rollout status/,
  );
});
