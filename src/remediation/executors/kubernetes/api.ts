import { create as createClient } from 'axios';

import type { Cluster, LogTail, Patch, Resource } from '#src/domain/cluster.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Entrance, Login } from './login.ts';
import { linesOf } from './log-lines.ts';
import { statusError, transportError, type Tried } from './refusal.ts';
import { whileWanted } from './while-wanted.ts';

/** For one request, from the connection to the last byte, whoever waits for it. */
const REQUEST_MS = 5_000;
/** The admission of a cluster may ask others before it lets a change through. */
const PATCH_MS = 35_000;
/** The pods of one workload are some kilobytes each; a kubelet's lines of a log 16 KiB at the most. */
const MOST_BYTES = 8 * 1024 * 1024;

const client = createClient({
  proxy: false,
  maxRedirects: 0,
  responseType: 'text',
  transformResponse: (body: unknown) => body,
  validateStatus: () => true,
  maxContentLength: MOST_BYTES,
});

interface Call {
  readonly tried: Omit<Tried, 'at'>;
  readonly sub?: string | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** A JSON patch. */
  readonly body?: unknown;
}

/** The API under a login. What several looks ask for at the same moment is asked once. */
export function createApi(login: Login): (namespace: string) => Cluster {
  const under = new Map<string, Promise<unknown>>();

  /** The body of a 200; throws OutsideError for everything else. */
  async function answered(call: Call, signal: AbortSignal): Promise<string> {
    const entrance = await login.enter(signal);
    const tried = { ...call.tried, ...(call.sub && { resource: `pods/${call.sub}` }), at: entrance.at };
    const { status, data, headers } = await client
      .request<string>(requestOf(call, entrance, signal))
      .catch((error: unknown) => {
        throw transportError(error, entrance.at);
      });
    if (status === 200 && (call.sub === 'log' || parsedJson(data) !== undefined)) return data;
    const retryAfter = headers['retry-after'] as unknown;
    throw statusError({ status, body: data, ...(typeof retryAfter === 'string' && { retryAfter }) }, tried);
  }

  async function fetched(what: Resource, namespace: string): Promise<unknown> {
    const { labelSelector } = what;
    const tried = { ...what, namespace, verb: what.name === undefined ? 'list' : 'get' } as const;
    const query = labelSelector === undefined ? {} : { labelSelector };
    return parsedJson(await answered({ tried, query }, AbortSignal.timeout(REQUEST_MS)));
  }

  async function patched(own: string, { what, operations, isRehearsal }: Patch, signal: AbortSignal) {
    const tried = { ...what, namespace: what.namespace ?? own, verb: 'patch' } as const;
    const query = { fieldManager: 'tocsin', ...(isRehearsal && { dryRun: 'All' }) };
    const call = { tried, query, body: operations };
    try {
      return parsedJson(await answered(call, AbortSignal.any([signal, AbortSignal.timeout(PATCH_MS)])));
    } catch (error) {
      throw isRehearsal ? error : maybeDone(error);
    }
  }

  async function said(own: string, tail: LogTail, signal: AbortSignal): Promise<readonly string[]> {
    const { pod, container, previous, lines, secrets = [] } = tail;
    const tried = { group: '', resource: 'pods', name: pod, namespace: own, verb: 'get' } as const;
    // Not limitBytes: it cuts the end off, which is what is asked for, and a secret in the middle.
    const query = {
      tailLines: lines,
      ...(container !== undefined && { container }),
      ...(previous && { previous }),
    };
    const bound = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
    return linesOf(await answered({ tried, sub: 'log', query }, bound), { lines, secrets });
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
    patch: (patch, signal) => patched(own, patch, signal),
    log: (tail, signal) => said(own, tail, signal),
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

function requestOf({ tried, sub, query, body }: Call, entrance: Entrance, signal: AbortSignal) {
  const { url, headers, agent } = entrance;
  const isPatch = body !== undefined;
  return {
    method: isPatch ? 'PATCH' : 'GET',
    url: url + pathOf(tried, tried.namespace, sub),
    params: query,
    headers: {
      ...headers,
      accept: sub === 'log' ? '*/*' : 'application/json',
      ...(isPatch && { 'content-type': 'application/json-patch+json' }),
    },
    ...(isPatch && { data: JSON.stringify(body) }),
    signal,
    ...(agent && { httpsAgent: agent, httpAgent: agent }),
  };
}

/** A change whose answer did not come, or was none, may have been made. */
function maybeDone(error: unknown): unknown {
  if (!(error instanceof OutsideError) || !['timeout', 'unavailable', 'unreadable'].includes(error.reason))
    return error;
  return new OutsideError(error.system, error.reason, error.message, { cause: error.cause, maybeDone: true });
}

function parsedJson(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return parsed ?? undefined;
  } catch {
    return undefined;
  }
}
