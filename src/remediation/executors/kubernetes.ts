import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';

import { bytesIn, listingOf, spaceIn, spaceOf } from './files.ts';
import { createApi } from './kubernetes/api.ts';
import { exec } from './kubernetes/exec.ts';
import { forward } from './kubernetes/forward.ts';
import { createLogin, type KubernetesAccess, type Login } from './kubernetes/login.ts';
import { podOf } from './kubernetes/pod.ts';

/**
 * A pod, through the API of its cluster: ports by port-forward, programs by exec where the fleet file allows it. Its
 * processes are its containers', which Kubernetes starts: none can be started or remembered from here.
 */
export function kubernetes(): Executor {
  const clusters = new Map<string, { readonly login: Login; readonly api: ReturnType<typeof createApi> }>();

  /** One client for each context, whatever the number of its nodes. */
  function clusterOf({ kubeconfig, context }: KubernetesAccess) {
    const key = JSON.stringify([kubeconfig, context]);
    const known = clusters.get(key);
    if (known) return known;
    const login = createLogin({ kubeconfig, context });
    const made = { login, api: createApi(login) };
    clusters.set(key, made);
    return made;
  }

  async function insideOf(access: KubernetesAccess, signal: AbortSignal) {
    const { login, api } = clusterOf(access);
    const pod = await podOf(api(access.namespace), access.pod, signal);
    const { namespace, container } = access;
    return { entrance: await login.enter(signal), inside: { namespace, pod, container } };
  }

  const run: Executor['run'] = async (node, argv, bounds) => {
    const access = accessOf(node);
    if (access.exec !== true)
      throw forbidden('programs may not be run in this pod: its access needs exec: true');
    const { entrance, inside } = await insideOf(access, bounds.signal);
    return await exec(entrance, inside, argv, bounds);
  };

  return {
    id: ID,
    run,
    async connect(node, { host, port }, signal) {
      const access = accessOf(node);
      if (!LOOPBACK.test(host)) throw forbidden(`from a pod only its own ports can be reached, not ${host}`);
      const { entrance, inside } = await insideOf(access, signal);
      return await forward(entrance, { ...inside, port }, signal);
    },
    space: async (node, path) => spaceIn({ ...(await run(node, spaceOf(path), glance())), path, system: ID }),
    fileBytes: async (node, path) =>
      bytesIn({ ...(await run(node, listingOf(path), glance())), path, system: ID }),
    listening: () => Promise.reject(forbidden(PROCESSES)),
    isRunning: () => Promise.reject(forbidden(PROCESSES)),
    twin: () => Promise.reject(forbidden(PROCESSES)),
    start: () => Promise.reject(forbidden(PROCESSES)),
    runOnce: () => Promise.reject(forbidden(PROCESSES)),
    remember: () => Promise.reject(forbidden(PROCESSES)),
    recall: async () => undefined,
    cluster(node) {
      const access = accessOf(node);
      return clusterOf(access).api(access.namespace);
    },
    [Symbol.dispose]() {
      for (const { login } of clusters.values()) login[Symbol.dispose]();
      clusters.clear();
    },
  };
}

const ID = 'kubernetes';
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1|\[::1\])$/;
const PROCESSES = 'processes in a pod are started by Kubernetes: use a rollout of its workload';
const GLANCE_MS = 5_000;

const glance = () => ({ signal: AbortSignal.timeout(GLANCE_MS), maxBytes: 64 * 1024 });

const forbidden = (words: string): OutsideError => new OutsideError(ID, 'forbidden', words);

function accessOf({ access }: Node): KubernetesAccess {
  if (access.kind !== 'kubernetes') throw new Error('the node is not of a Kubernetes cluster');
  return access;
}
