import type { Resource } from '#src/domain/cluster.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import { kubernetes } from '#src/nodes/kubernetes/index.ts';
import {
  clusterOf,
  controllerRevisions,
  fine,
  listOf,
  NOW,
  pod,
  statefulset,
  targetOf,
} from '#test/nodes/kubernetes/looking.ts';

import { at, type Exchange, isWhole, jsonOf, said, type Subject } from './subject.ts';
import { type Serve, textOf } from './wire.ts';

const VOLUMES = [{ name: 'data', persistentVolumeClaim: { claimName: 'data-kmd-0' } }];
const NEVER = new AbortController().signal;

/** A StatefulSet with a volume, its pod and two revisions. */
const WHOLE = fine({
  statefulsets: statefulset({
    status: { updateRevision: 'kmd-2', currentRevision: 'kmd-2' },
    volumes: VOLUMES,
  }),
  pods: listOf('Pod', pod({ volumes: VOLUMES })),
  controllerrevisions: controllerRevisions(
    'komodod:v0.9.1',
    'registry.example.org:5000/komodo/komodod:v0.9.2-2',
  ),
});

let serve: Serve;
const cluster = {
  ...clusterOf({}),
  async get({ resource }: Resource): Promise<unknown> {
    const { status, body } = serve({ method: 'get', url: resource, body: '' });
    // As the way through the API does: it hands over what is JSON and came with a good status.
    if (status !== 200) throw new OutsideError('kubernetes', 'unavailable', `answers HTTP ${status}`);
    try {
      return JSON.parse(textOf(body)) as unknown;
    } catch {
      throw new OutsideError('kubernetes', 'unreadable', 'answers something that is not JSON');
    }
  },
};
const executor = { cluster: () => cluster } as unknown as Executor;

/** Pods that have not ended, each with what a pod must have. */
const podsIn = (list: unknown): readonly unknown[] | undefined => {
  const items = at(list, 'items') ?? [];
  return Array.isArray(items) && items.every((one) => typeof at(one, 'status', 'phase') === 'string')
    ? items
    : undefined;
};
const isReady = (one: unknown): boolean => {
  const conditions = at(one, 'status', 'conditions');
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => at(condition, 'type') === 'Ready' && at(condition, 'status') === 'True')
  );
};
/** A pod may take a while to be ready: counted from when it says that it was not, or that it began. */
const isYoung = (one: unknown): boolean => {
  const conditions = at(one, 'status', 'conditions');
  const times = [
    at(one, 'metadata', 'creationTimestamp'),
    ...(Array.isArray(conditions) ? conditions.map((condition) => at(condition, 'lastTransitionTime')) : []),
  ];
  return times.some((time) => NOW.getTime() - Date.parse(said(time)) < 30 * 60_000);
};

function mayBeUp(exchanges: readonly Exchange[]): Readonly<Record<string, boolean>> {
  const told = (resource: string): readonly unknown[] =>
    exchanges
      .filter(({ asked, served }) => asked.url === resource && served.status === 200)
      .map(({ served }) => jsonOf(served));
  const workloads = told('statefulsets').filter(
    (one) =>
      at(one, 'kind') === 'StatefulSet' &&
      at(one, 'metadata', 'name') === 'kmd' &&
      isWhole(at(one, 'spec', 'replicas')),
  );
  const pods = told('pods').flatMap((list) => podsIn(list) ?? []);
  const isListed = workloads.length > 0 && told('pods').some((list) => podsIn(list) !== undefined);
  return {
    // What is still rolling out is well for some minutes.
    rollout: workloads.length > 0,
    pods: isListed && pods.some((one) => isReady(one) || isYoung(one)),
    restarts: isListed,
    image: isListed,
    revisions:
      workloads.length > 0 && told('controllerrevisions').some((list) => Array.isArray(at(list, 'items'))),
    volume: isListed && workloads.every((one) => Number(said(at(one, 'spec', 'replicas'))) <= 1),
  };
}

export const subjects: readonly Subject[] = [
  {
    name: 'kubernetes, StatefulSet',
    kind: kubernetes,
    whole: ({ url }) => ({ status: 200, body: Buffer.from(JSON.stringify(WHOLE[url])) }),
    look(by) {
      serve = by;
      return kubernetes.look(targetOf(), { executor, now: NOW }, NEVER);
    },
    up: ['rollout', 'pods', 'restarts', 'image', 'revisions', 'volume'],
    mayBeUp,
  },
];
