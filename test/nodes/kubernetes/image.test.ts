import { describe, expect, test } from 'vitest';

import { seenIn } from '#src/broadcast/about.ts';
import { standingOf } from '#src/domain/version.ts';

import {
  type Answers,
  controllerRevisions,
  deployment,
  digest,
  fine,
  listOf,
  look,
  NOW,
  pod,
  statefulset,
} from './looking.ts';

/** Of a Deployment kmd. */
const deployed = (changes: Answers = {}): Answers => ({
  deployments: deployment(),
  pods: listOf('Pod', pod()),
  replicasets: listOf('ReplicaSet'),
  ...changes,
});
const asDeployment = { workload: 'deployment/kmd' } as const;

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

test.each([
  ['v0.9.2-2', 'v0.9.2-2', 'satisfied'],
  ['v0.9.2', 'v0.9.2-2', 'older'],
  ['latest', 'v0.9.2-2', undefined],
])('what runs as %s is to a notice of %s: %s', async (tag, version, standing) => {
  const image = `komodod:${tag}`;
  const { results } = await look(
    fine({ statefulsets: statefulset({ image }), pods: listOf('Pod', pod({ image })) }),
  );
  const at = NOW.toISOString();
  const seen = seenIn({ node: 'red-1', service: 'KMD', state: 'up', results, at, tookMs: 1 });
  expect(seen && standingOf({ version }, seen).standing).toBe(standing);
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
