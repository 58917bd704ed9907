import { create as createClient } from 'axios';

import type { Cluster, Resource } from '#src/domain/cluster.ts';
import type { Entrance, Login } from './login.ts';
import { statusError, transportError, type Tried } from './refusal.ts';
import { whileWanted } from './while-wanted.ts';

/** For one request, from the connection to the last byte, whoever waits for it. */
const REQUEST_MS = 5_000;
/** The pods of one workload are some kilobytes each. */
const MOST_BYTES = 8 * 1024 * 1024;

const client = createClient({
  proxy: false,
  maxRedirects: 0,
  responseType: 'text',
  transformResponse: (body: unknown) => body,
  validateStatus: () => true,
  maxContentLength: MOST_BYTES,
});

/** The API under a login. What several looks ask for at the same moment is asked once. */
export function createApi(login: Login): (namespace: string) => Cluster {
  const under = new Map<string, Promise<unknown>>();

  async function fetched(what: Resource, namespace: string): Promise<unknown> {
    const signal = AbortSignal.timeout(REQUEST_MS);
    const entrance = await login.enter(signal);
    const tried: Tried = {
      ...what,
      namespace,
      verb: what.name === undefined ? 'list' : 'get',
      at: entrance.at,
    };
    const { status, data, headers } = await client
      .get<string>(entrance.url + pathOf(what, namespace), optionsOf(entrance, what, signal))
      .catch((error: unknown) => {
        throw transportError(error, entrance.at);
      });
    const body = status === 200 ? parsedJson(data) : undefined;
    if (body !== undefined) return body;
    const retryAfter = headers['retry-after'] as unknown;
    throw statusError({ status, body: data, ...(typeof retryAfter === 'string' && { retryAfter }) }, tried);
  }

  return (own) => ({
    namespace: own,
    async get(what, signal) {
      const namespace = what.namespace ?? own;
      const key = JSON.stringify([namespace, what.group, what.resource, what.name, what.labelSelector]);
      const asked = under.get(key) ?? fetched(what, namespace).finally(() => under.delete(key));
      under.set(key, asked);
      return await whileWanted(asked, signal, 'the Kubernetes API gave no full answer in time');
    },
  });
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology */
export function pathOf({ group, resource, name }: Resource, namespace: string, sub?: string): string {
  const words = [
    ...(group === '' ? ['api', 'v1'] : ['apis', group, 'v1']),
    'namespaces',
    namespace,
    resource,
    ...(name === undefined ? [] : [name]),
    ...(sub === undefined ? [] : [sub]),
  ];
  return `/${words.map(encodeURIComponent).join('/')}`;
}

const optionsOf = ({ headers, agent }: Entrance, { labelSelector }: Resource, signal: AbortSignal) => ({
  headers: { ...headers, accept: 'application/json' },
  signal,
  ...(agent && { httpsAgent: agent, httpAgent: agent }),
  ...(labelSelector !== undefined && { params: { labelSelector } }),
});

function parsedJson(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return parsed ?? undefined;
  } catch {
    return undefined;
  }
}
