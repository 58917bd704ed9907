import { stat } from 'node:fs/promises';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';

import type { Cluster as ClusterEntry, KubeConfig } from '@kubernetes/client-node';

import { OutsideError } from '#src/domain/errors.ts';
import type { Node } from '#src/domain/node.ts';
import { whileWanted } from './while-wanted.ts';

export type KubernetesAccess = Extract<Node['access'], { kind: 'kubernetes' }>;

/** Where a cluster's API answers, and what a request to it carries. The headers hold the token: never shown or logged. */
export interface Entrance {
  /** Without a slash at its end. */
  readonly url: string;
  /** host:port, for words. */
  readonly at: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Reused from request to request while the certificates stay the same; undefined for a proxy on this machine's loopback. */
  readonly agent?: Agent | undefined;
}

/** Who we are to one cluster. */
export interface Login extends Disposable {
  /** Reads what changed meanwhile: the kubeconfig, a token, a certificate. Throws OutsideError. */
  enter(signal: AbortSignal): Promise<Entrance>;
}

/** Requests under way to one cluster at once: an API server shares itself out among its clients. */
const MOST_SOCKETS = 8;

/** The login of a kubeconfig's context, of kubectl's own kubeconfig, or of the pod that Tocsin runs in. */
export function createLogin({
  kubeconfig,
  context,
}: Pick<KubernetesAccess, 'kubeconfig' | 'context'>): Login {
  let loaded: { readonly config: Promise<KubeConfig>; readonly changedAt: number } | undefined;
  let kept: { readonly agent: Agent; readonly of: AgentOptions } | undefined;

  async function config(): Promise<KubeConfig> {
    const changedAt = kubeconfig === undefined ? 0 : await changeOf(kubeconfig);
    if (loaded?.changedAt !== changedAt) loaded = { config: load({ kubeconfig, context }), changedAt };
    // A kubeconfig that could not be read is read again the next time.
    loaded.config.catch(() => (loaded = undefined));
    return await loaded.config;
  }

  function agentFor(of: AgentOptions): Agent {
    if (kept && isDeepStrictEqual(kept.of, of)) return kept.agent;
    kept?.agent.destroy();
    kept = { of, agent: new Agent({ ...of, keepAlive: true, maxSockets: MOST_SOCKETS, timeout: 30_000 }) };
    return kept.agent;
  }

  return {
    async enter(signal) {
      const found = await config();
      const cluster = clusterOf(found, context);
      const options: RequestOptions = {};
      const applied = found.applyToHTTPSOptions(options);
      await whileWanted(applied, signal, 'the login of the kubeconfig takes too long').catch(
        (error: unknown) => {
          if (error instanceof OutsideError) throw error;
          // What a login program printed, or a file holds, may be secret.
          throw refused(
            'the login of the kubeconfig failed: try kubectl with the same context as the same user',
          );
        },
      );
      const { ca, cert, key, servername, auth } = options as AgentOptions & RequestOptions;
      const { protocol, host } = new URL(cluster.server);
      const isTls = protocol === 'https:';
      const proxied = cluster.proxyUrl !== undefined && (options.agent as Agent | undefined);
      const agent = proxied || (isTls && agentFor({ ca, cert, key, servername }));
      return {
        url: cluster.server.replace(/\/+$/, ''),
        at: host,
        headers: {
          ...(options.headers as Record<string, string> | undefined),
          ...(auth && { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
        },
        ...(agent && { agent }),
      };
    },
    [Symbol.dispose]: () => kept?.agent.destroy(),
  };
}

async function changeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    const { code = 'no code' } = error as NodeJS.ErrnoException;
    throw refused(`the kubeconfig ${path} cannot be read (${code})`);
  }
}

/** The client is heavy (a second and 90 MB): loaded when the first node of the fleet needs it. */
async function load({ kubeconfig, context }: Pick<KubernetesAccess, 'kubeconfig' | 'context'>) {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else if (context !== undefined) config.loadFromDefault();
    else config.loadFromCluster();
  } catch {
    // The parser's words quote the file, and the file holds secrets.
    throw refused(`the kubeconfig ${kubeconfig ?? "in kubectl's own place"} is not one`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

function clusterOf(config: KubeConfig, context: string | undefined): ClusterEntry {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw refused(`the kubeconfig has no ${context ? `context ${context}` : 'current context'}`);
  const url = URL.parse(cluster.server);
  if (url?.protocol === 'http:' && isLoopback(url.hostname)) {
    // There is no certificate to look at; the client wants to be told so.
    return Object.assign(cluster, { skipTLSVerify: true });
  }
  if (url?.protocol !== 'https:') {
    const hint = 'outside a cluster, the fleet file must name a kubeconfig or a context';
    throw refused(`the kubeconfig has no https address of the cluster: ${hint}`);
  }
  if (cluster.skipTLSVerify) {
    const advice = 'put its certificate-authority into the kubeconfig instead';
    throw untrusted(`the kubeconfig skips the check of ${url.host}'s certificate: ${advice}`);
  }
  return cluster;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

const refused = (words: string): OutsideError => new OutsideError('kubernetes', 'unauthorized', words);
const untrusted = (words: string): OutsideError => new OutsideError('kubernetes', 'untrusted', words);
