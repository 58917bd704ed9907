import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import type { Service, ServiceId } from '#src/domain/node.ts';
import { card } from '#src/remediation/card.ts';
import { loaded } from '#test/remediation/executors/kubernetes/opened.ts';
import { createControllers } from '#test/stand-ins/kubernetes/controllers.ts';
import { broken, denied } from '#test/stand-ins/kubernetes/refusals.ts';

import { KINDS, openRollouts, type Rolled, V1, V2 } from '../rolling.ts';

beforeAll(loaded, 30_000);

const RESTART = 'rollout-restart';

describe.each(KINDS)('%s', (kind) => {
  test('every pod is replaced once, by its controller', async () => {
    const { carriedOut, pods, running, written } = await openRollouts({ kind });
    const before = pods();
    expect(await carriedOut(RESTART)).toMatchObject({
      state: 'succeeded',
      result: expect.stringMatching(
        /^Restarted: 1 of 1 pods have the new template and are available \(kmd-/,
      ) as string,
      steps: [
        { name: 'note its pods' },
        { name: 'change the template' },
        { name: 'wait for the rollout' },
        { name: 'see that its daemons answer' },
      ],
    });
    expect(pods().filter((uid) => before.includes(uid))).toEqual([]);
    expect(running()).toEqual([V2]);
    expect(written()).toBe(1);
  });

  test('Tocsin is killed at any moment: the next process goes on, and it is restarted once', async () => {
    const { world, pods, diedAtEveryMoment } = await openRollouts({ kind, turns: 4 });
    const before = pods();
    const { id } = await world.approved('anna', RESTART);
    const moments = new Set<number>();
    await diedAtEveryMoment(id, ({ diedAt, writtenBefore, written, request }) => {
      moments.add(writtenBefore);
      expect(request, `died at ${diedAt}`).toMatchObject({ state: 'succeeded' });
      expect(written, `died at ${diedAt}`).toBe(1);
      expect(pods().filter((uid) => before.includes(uid))).toEqual([]);
    });
    expect(moments).toEqual(new Set([0, 1]));
  });
});

test.each(KINDS)('%s: one that fell ill since it was rolled out is restarted', async (kind) => {
  const { cluster, carriedOut, running } = await openRollouts({ kind });
  for (const pod of cluster.all('pods'))
    cluster.put({
      ...pod,
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [] },
    });
  cluster.heard(() => undefined);
  const controllers = createControllers(cluster);
  controllers.fates.set(V2, 'ill');
  controllers.settle();
  expect(JSON.stringify(cluster.all('pods'))).not.toContain('"status":"True","type":"Ready"');
  cluster.heard((line) => {
    if (line.startsWith('PATCH') && !line.includes('dryRun')) controllers.fates.clear();
    if (line.startsWith('GET')) controllers.turn();
  });
  expect(await carriedOut(RESTART)).toMatchObject({ state: 'succeeded' });
  expect(running()).toEqual([V2]);
});

test('a plan says what is done, and neither it nor anything else tells what is in the template', async () => {
  const { world, carriedOut, cluster } = await openRollouts({ kind: 'deploymentconfig' });
  const request = await carriedOut(RESTART);
  expect(request.plan.steps.join('\n')).toMatch(
    /Set the annotation kubectl\.kubernetes\.io\/restartedAt in the pod template of deploymentconfig kmd \(namespace komodo\)/,
  );
  expect(request.plan.seen).toMatchObject({
    Image: 'komodod v0.9.2',
    Note: expect.stringContaining('deprecated since OpenShift 4.14') as string,
  });
  expect(JSON.stringify([request, world.shown.map(card), world.audited])).not.toMatch(/hunter2/);
  expect(JSON.stringify(cluster.patches)).not.toMatch(/hunter2/);
});

describe('is refused in words', () => {
  const claim = [{ name: 'data', persistentVolumeClaim: { claimName: 'kmd-data' } }];
  const mounting = ({ now, cluster }: Rolled): void => {
    const { spec, ...rest } = now() as ReturnType<Rolled['now']> & {
      spec: { template: { spec: object } };
    };
    const template = { ...spec.template, spec: { ...spec.template.spec, volumes: claim } };
    cluster.put({ ...rest, spec: { ...spec, template } });
  };
  const changed =
    (spec: object) =>
    ({ now, cluster }: Rolled): void =>
      cluster.put({ ...now(), spec: { ...(now()['spec'] as object), ...spec } });

  test.each([
    [
      'paused',
      'deployment',
      changed({ paused: true }),
      /is paused\. Resume it first: kubectl -n komodo rollout resume/,
    ],
    ['scaled to 0', 'statefulset', changed({ replicas: 0 }), /is scaled to 0: there is no pod to replace/],
    [
      'OnDelete',
      'statefulset',
      changed({ updateStrategy: { type: 'OnDelete' } }),
      /a change waits until each pod is deleted by hand/,
    ],
    [
      'a partition',
      'statefulset',
      changed({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }),
      /partition is 1/,
    ],
    [
      'two pods on one volume',
      'deployment',
      (rolled: Rolled) => {
        changed({ strategy: { type: 'RollingUpdate' } })(rolled);
        mounting(rolled);
      },
      /two pods would have the volume kmd-data at once.*Set its strategy to Recreate/,
    ],
    [
      'an operator owns it',
      'statefulset',
      ({ now, cluster }: Rolled) =>
        cluster.put({
          ...now(),
          metadata: {
            ...now().metadata,
            ownerReferences: [
              { apiVersion: 'example.org/v1', uid: 'u', kind: 'Notary', name: 'red', controller: true },
            ],
          },
        }),
      /belongs to Notary red, which would undo the change/,
    ],
    [
      'no ConfigChange',
      'deploymentconfig',
      changed({ triggers: [] }),
      /no ConfigChange trigger.*rollout latest dc\/kmd/,
    ],
  ] as const)('%s', async (_what, kind, change, words) => {
    const rolled = await openRollouts({ kind });
    change(rolled);
    rolled.controllers.settle();
    expect(await rolled.refusal(RESTART)).toMatch(words);
    expect(rolled.cluster.patches).toEqual([]);
  });

  test('a claim under Recreate is none of that', async () => {
    const rolled = await openRollouts({ kind: 'deployment' });
    mounting(rolled);
    rolled.controllers.settle();
    expect(await rolled.refusal(RESTART)).toBe('not refused');
  });

  test('while a rollout is going on, and when the last one cannot be finished', async () => {
    const rolled = await openRollouts({ kind: 'statefulset' });
    rolled.setImage(V1);
    expect(await rolled.refusal(RESTART)).toMatch(/a rollout is going on \(.*\)\. Wait until it is over/);
    rolled.controllers.fates.set(V1, 'crash');
    rolled.controllers.settle();
    expect(await rolled.refusal(RESTART)).toMatch(/cannot be finished.*use rollout-undo/);
  });

  test('a role without patch: the verb and the manifest, before anybody approves', async () => {
    const reading = { apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list'] };
    const { refusal, cluster } = await openRollouts({ kind: 'statefulset', cluster: { rules: [reading] } });
    expect(await refusal(RESTART)).toMatch(
      /would be refused: .*our role lacks "patch" on statefulsets \(apps\) in namespace komodo: apply deploy\/kubernetes\/rollouts\.yaml/,
    );
    expect(cluster.patches).toEqual([]);
  });

  test('an admission that says no', async () => {
    const { refusal, cluster } = await openRollouts({ kind: 'deployment' });
    cluster.admits((asked) => denied(asked, 'policy says: no restarts on Fridays'));
    expect(await refusal(RESTART)).toMatch(/would be refused: .*no restarts on Fridays/);
  });

  test('an admission that cannot rehearse is asked in earnest', async () => {
    const { carriedOut, cluster } = await openRollouts({ kind: 'deployment' });
    const words = 'admission webhook "a.b" does not support dry run';
    cluster.fail(
      { status: 400, body: JSON.stringify({ kind: 'Status', message: words }) },
      /^PATCH .*dryRun/,
    );
    expect(await carriedOut(RESTART)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a pod that does not come up', () => {
  const words = [
    'Bitcoin Core starting',
    'Using config with rpcpassword=hunter2-hunter2 and token: abcdef123456',
    '\u001b[31mError: Cannot obtain a lock on data directory /data\u001b[0m',
  ].join('\n');

  /** Its new pod says this and ends, again and again, until its deadline is over. */
  function crashing({ cluster, controllers, written }: Rolled): void {
    controllers.fates.set(V2, 'crash');
    cluster.heard((line) => {
      if (!line.startsWith('GET') || !line.includes('/deployments/kmd')) return;
      controllers.turn();
      for (const { metadata } of cluster.all('pods')) cluster.says(metadata.name, 'komodod', words, true);
      if (written() === 1 && cluster.all('pods').some((pod) => /CrashLoop/.test(JSON.stringify(pod))))
        controllers.expire('kmd');
    });
  }

  test('ProgressDeadlineExceeded: its reason, its last words without secrets, and the revision to go back to', async () => {
    const rolled = await openRollouts({ kind: 'deployment' });
    const { world, ended } = rolled;
    const { id } = await world.approved('anna', RESTART);
    crashing(rolled);
    const request = await ended(id);
    expect(request).toMatchObject({ state: 'failed' });
    expect(request.reason).toMatch(
      /^The rollout failed \(ProgressDeadlineExceeded\): 0 of 1 pods are available; pod kmd-/,
    );
    expect(request.reason).toMatch(
      /container komodod ends again and again \(CrashLoopBackOff, last ended with exit code 1\)/,
    );
    expect(request.reason).toContain('Error: Cannot obtain a lock on data directory /data');
    expect(request.reason).toMatch(
      /Undo it: `remedy run rollout-undo alpha-main KMD to=1` \(komodod v0\.9\.1\)/,
    );
    const log = await world.remediation.log(id);
    expect(log.map((line) => line.words).join('\n')).toContain('Cannot obtain a lock');
    expect(JSON.stringify([request, log, world.shown.map(card), world.audited])).not.toMatch(
      /hunter2|abcdef123456/,
    );
  });

  test('what the cluster does not say then is told as not known, neither as nothing said nor as no revision', async () => {
    const rolled = await openRollouts({ kind: 'deployment' });
    const { id } = await rolled.world.approved('anna', RESTART);
    crashing(rolled);
    rolled.cluster.fail(broken(503), /^GET .*(\/replicasets|\/log)\?/);
    expect((await rolled.ended(id)).reason).toMatch(
      /What it said is not known: .*HTTP 503.* Undo it: `remedy run rollout-undo alpha-main KMD to=NUMBER`; which revisions are kept is not known: .*HTTP 503/s,
    );
  });

  test('a StatefulSet has no deadline: one that cannot start for long enough ends it', async () => {
    const { world, ended, controllers } = await openRollouts({
      kind: 'statefulset',
      waits: { hopelessMs: 20 },
    });
    const { id } = await world.approved('anna', RESTART);
    controllers.fates.set(V2, 'no-image');
    expect((await ended(id)).reason).toMatch(
      /does not get on for 0 s: .*has no image to start \(ImagePullBackOff\).*What it said is not known: .*waiting to start.*Undo it: `remedy run rollout-undo alpha-main KMD to=1`/s,
    );
  });
});

describe("the node's own daemons, looked at inside the pod", () => {
  const daemon: Service = {
    id: 'daemon' as ServiceId,
    kind: 'utxo',
    coin: 'LTC',
    rpc: { url: 'http://127.0.0.1:7771', user: 'u', password: 'hunter2-hunter2' },
    thresholds: {},
  };
  const inside = { kind: 'statefulset', services: [daemon], access: { pod: 'app=kmd' } } as const;

  test('answer again', async () => {
    const { carriedOut, cluster } = await openRollouts(inside);
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    cluster.ports.set(7771, (server.address() as AddressInfo).port);
    expect(await carriedOut(RESTART)).toMatchObject({
      state: 'succeeded',
      result: expect.stringMatching(/daemon answers\.$/) as string,
    });
  });

  test('do not: it is no success', async () => {
    const { carriedOut } = await openRollouts({ ...inside, waits: { answersMs: 50 } });
    expect(await carriedOut(RESTART)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /pods are new and ready, but daemon does not answer after 0 s: nothing listens on port 7771 in pod kmd-0/,
      ) as string,
    });
  });
});
