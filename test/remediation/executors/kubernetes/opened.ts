import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import type { OutsideError } from '#src/domain/errors.ts';
import { kubernetes } from '#src/remediation/executors/kubernetes.ts';
import { ending, pod, statefulset, targetOf } from '#test/nodes/kubernetes/looking.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { startCluster, TOKEN } from '#test/stand-ins/kubernetes/cluster.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';

export const KMD = { group: 'apps', resource: 'statefulsets', name: 'kmd' } as const;
export const PODS = { group: '', resource: 'pods', labelSelector: 'app=kmd' } as const;
const GENEROUS_MS = 10_000;
export const soon = (ms = GENEROUS_MS): AbortSignal => AbortSignal.timeout(ms);

export const folderOf = (): string => {
  const folder = temporaryFolder('kubernetes');
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.path;
};

type Options = Parameters<typeof startCluster>[0];

/** A cluster with a StatefulSet and its pod, and an executor that has its kubeconfig. */
export async function open({ access = {}, ...options }: Options & { readonly access?: object } = {}) {
  const cluster = ending(await startCluster(options));
  cluster.put(statefulset());
  cluster.put({ kind: 'Pod', ...pod() });
  const file = join(folderOf(), 'kubeconfig');
  await kubeconfigFor({ url: cluster.url, token: TOKEN, file, ca: options.certificate?.cert });
  const executor = kubernetes();
  onTestFinished(() => executor[Symbol.dispose]?.());
  const { node } = targetOf({ kubeconfig: file, access });
  const api = executor.cluster!(node);
  return { cluster, executor, node, api, file };
}

export const failure = async (work: Promise<unknown>): Promise<OutsideError> =>
  (await work.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  )) as OutsideError;

/** Loaded once, so that no test's limit has to hold it. */
export const loaded = (): Promise<unknown> => import('@kubernetes/client-node');
