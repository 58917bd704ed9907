import { beforeAll, describe, expect, test } from 'vitest';

import { kubernetes } from '#src/nodes/kubernetes/index.ts';
import { card } from '#src/remediation/card.ts';
import { loaded } from '#test/remediation/executors/kubernetes/opened.ts';

import { KINDS, openRollouts, type Rolled, V1, V2 } from '../rolling.ts';

beforeAll(loaded, 30_000);

const UNDO = 'rollout-undo';
const V3 = V2.replace('v0.9.2', 'v0.9.3');

/** A third revision whose pods never become ready. */
function breakIt({ setImage, controllers }: Rolled, fate: 'crash' | 'no-image' = 'crash'): void {
  controllers.fates.set(V3, fate);
  setImage(V3);
  controllers.settle();
  controllers.expire('kmd');
  controllers.settle();
}

describe.each(KINDS)('%s', (kind) => {
  test('goes back to a revision by its number: the whole template, once', async () => {
    const { carriedOut, running, written, now, world, cluster } = await openRollouts({ kind });
    const request = await carriedOut(UNDO, { to: '1' });
    expect(request).toMatchObject({ state: 'succeeded' });
    expect(request.plan.steps[0]).toMatch(/the whole template of revision 1, komodod v0\.9\.1/);
    expect(request.plan.seen).toMatchObject({
      'Image now': 'komodod v0.9.2',
      'Differs in': 'spec.containers.komodod.image',
      Beware: expect.stringContaining('may need a reindex') as string,
    });
    expect(running()).toEqual([V1]);
    expect(written()).toBe(1);
    const { template } = now()['spec'] as { template: object };
    expect(JSON.stringify(template)).not.toMatch(/pod-template-hash|\$patch|openshift\.io|deploymentconfig/);
    expect(JSON.stringify(template)).toContain('hunter2-hunter2');
    const ours = [request, world.shown.map(card), world.audited];
    expect(JSON.stringify(ours)).not.toMatch(/hunter2/);
    expect(cluster.patches.at(-1)?.operations.map(({ op, path }) => `${op} ${path}`)).toEqual(
      expect.arrayContaining([
        'test /metadata/uid',
        'test /metadata/resourceVersion',
        'add /metadata/annotations/tocsin~1request',
        'replace /spec/template',
      ]),
    );
  });

  test('goes back to a tag that ran before, and forward again', async () => {
    const { carriedOut, running } = await openRollouts({ kind });
    await carriedOut(UNDO, { image: 'v0.9.1' });
    expect(running()).toEqual([V1]);
    expect(await carriedOut(UNDO, { image: 'v0.9.2' })).toMatchObject({ state: 'succeeded' });
    expect(running()).toEqual([V2]);
  });

  test('Tocsin is killed at any moment: the next process goes on, and it is undone once', async () => {
    const { world, running, diedAtEveryMoment } = await openRollouts({ kind, turns: 4 });
    const { id } = await world.approved('anna', UNDO, { image: 'v0.9.1' });
    const moments = new Set<number>();
    await diedAtEveryMoment(id, ({ diedAt, writtenBefore, written, request }) => {
      moments.add(writtenBefore);
      expect(request, `died at ${diedAt}`).toMatchObject({ state: 'succeeded' });
      expect(written, `died at ${diedAt}`).toBe(1);
      expect(running()).toEqual([V1]);
    });
    expect(moments).toEqual(new Set([0, 1]));
  });
});

describe('is refused in words', () => {
  test.each([
    [{}, /Say to which revision: to=NUMBER, or image=TAG/],
    [{ to: '1', image: 'v0.9.1' }, /One of the two/],
    [{ to: '9' }, /It has not kept a revision 9\. Kept are: 1: komodod v0\.9\.1\./],
    [{ to: '2' }, /That is what it has now\. Kept are: 1:/],
    [{ image: 'v9' }, /It has not kept an image v9 that it ran before/],
    [{ image: '$(id)' }, /It has not kept an image \$\(id\)/],
  ] as const)('%o', async (args, words) => {
    const { refusal, cluster } = await openRollouts({ kind: 'statefulset' });
    expect(await refusal(UNDO, args)).toMatch(words);
    expect(cluster.patches).toEqual([]);
  });

  test('what an image stream would bring back at once', async () => {
    const from = { kind: 'ImageStreamTag', name: 'komodod:latest' };
    const triggers = [
      { type: 'ConfigChange' },
      { type: 'ImageChange', imageChangeParams: { automatic: true, from } },
    ];
    const { refusal } = await openRollouts({ kind: 'deploymentconfig', spec: { triggers } });
    expect(await refusal(UNDO, { to: '1' })).toMatch(
      /follows the image stream tag komodod:latest.*oc set triggers deploymentconfig\/kmd --manual/,
    );
  });

  test('a healthy rollout that is going on', async () => {
    const rolled = await openRollouts({ kind: 'deployment' });
    rolled.setImage(V3);
    expect(await rolled.refusal(UNDO, { to: '1' })).toMatch(/a rollout is going on/);
  });
});

describe('a rollout that cannot be finished', () => {
  test.each(['Recreate', 'RollingUpdate'])(
    'of a Deployment (%s) is undone; its old verdict is not taken for one on the new',
    async (type) => {
      const rolled = await openRollouts({ kind: 'deployment', spec: { strategy: { type } } });
      breakIt(rolled);
      expect(JSON.stringify(rolled.now()['status'])).toContain('ProgressDeadlineExceeded');
      expect(await rolled.carriedOut(UNDO, { to: '2' })).toMatchObject({ state: 'succeeded' });
      expect(rolled.running()).toEqual([V2]);
    },
  );

  test('of a StatefulSet waits for its broken pod to be deleted by hand, and says so from the plan on', async () => {
    const rolled = await openRollouts({ kind: 'statefulset' });
    breakIt(rolled, 'no-image');
    const { world, controllers, cluster } = rolled;
    const { id, plan } = await world.approved('anna', UNDO, { to: '2' });
    const byHand = /kubectl -n komodo delete pod kmd-0/;
    expect(plan.steps.join('\n')).toMatch(byHand);
    cluster.heard((line) => {
      if (!line.startsWith('GET') || !line.includes('/statefulsets/kmd')) return;
      controllers.turn();
      if (world.shown.some(({ progress }) => byHand.test(progress ?? '')) && rolled.running()[0] === V3)
        controllers.deletePod('kmd-0');
    });
    expect(await rolled.ended(id)).toMatchObject({ state: 'succeeded' });
    expect(rolled.running()).toEqual([V2]);
  });

  test('with an image that is gone: ImagePullBackOff, and where to go from there', async () => {
    // Going back under Recreate, Kubernetes keeps the old verdict of success: no deadline ends it.
    const { carriedOut, controllers } = await openRollouts({ kind: 'deployment', waits: { hopelessMs: 20 } });
    controllers.fates.set(V1, 'no-image');
    expect((await carriedOut(UNDO, { to: '1' })).reason).toMatch(
      /does not get on.*has no image to start \(ImagePullBackOff\).*Undo it: `remedy run rollout-undo alpha-main KMD to=2` \(komodod v0\.9\.2\)/s,
    );
  });
});

test('the alert of a failed rollout offers it with the revision, and words in its place where there is no cluster', async () => {
  const rolled = await openRollouts({ kind: 'deployment' });
  breakIt(rolled);
  const [target] = rolled.world.fleet.targets();
  const reach = { executor: rolled.executor, now: new Date() };
  const results = await kubernetes.look(target!, reach, AbortSignal.timeout(10_000));
  expect(results.find(({ check }) => check === 'rollout')).toMatchObject({
    alertname: 'RolloutStuck',
    remedy: UNDO,
    remedyArguments: { to: '2' },
  });
  for (const remedy of kubernetes.remedies) {
    expect(remedy.takesDown).toBe(true);
    expect(remedy.notHere?.(target!, rolled.executor)).toBeUndefined();
    expect(remedy.notHere?.(target!, undefined)).toMatch(/not in a cluster/);
  }
});

test('a revision that is no longer kept as it was approved is not written', async () => {
  const { world, ended, cluster, written } = await openRollouts({ kind: 'deployment' });
  const { id } = await world.approved('anna', UNDO, { to: '1' });
  const steps = () => world.requests.get(id).then((request) => request?.steps.length ?? 0);
  let begun = false;
  cluster.heard(() => {
    if (!begun) return;
    for (const { metadata, spec } of cluster.all('replicasets'))
      if (JSON.stringify(spec).includes('v0.9.1')) cluster.remove('replicasets', metadata.name);
  });
  const end = ended(id);
  await expect.poll(steps, { interval: 1 }).toBeGreaterThan(0);
  begun = true;
  const request = await end;
  expect(request).toMatchObject({ state: 'failed' });
  expect(request.reason).toMatch(/is no longer kept as it was approved: nothing was written/);
  expect(written()).toBe(0);
});

test('another template under the same name voids the approval', async () => {
  const { world, ended, cluster, written } = await openRollouts({ kind: 'deployment' });
  const { id } = await world.approved('anna', UNDO, { to: '1' });
  for (const set of cluster.all('replicasets')) {
    if (!JSON.stringify(set).includes('v0.9.1')) continue;
    cluster.put(JSON.parse(JSON.stringify(set).replaceAll('hunter2-hunter2', 'another')) as typeof set);
  }
  expect(await ended(id)).toMatchObject({
    state: 'cancelled',
    reason: expect.stringMatching(/template was [0-9a-f]{16}, is [0-9a-f]{16}/) as string,
  });
  expect(written()).toBe(0);
});
