import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';

import type { Certificate } from './certificate.ts';
import { strangeIn } from './published.ts';
import { isAllowed, type Rule } from './rbac.ts';
import {
  badRequest,
  expired,
  forbidden,
  noSuchPath,
  notFound,
  type Refusal,
  unauthorized,
  unsupportedType,
} from './refusals.ts';
import { type Operation } from './json-patch.ts';
import { type Asked, askedBy, type KubernetesObject, resourcesOf } from './resources.ts';
import { fits } from './selector.ts';
import { type Program, serveExec, servePort } from './streams.ts';
import { patched } from './writes.ts';

/** In place of what was asked: an answer, silence, a body that comes a byte at a time, a connection that breaks before or after it was done. */
export type Fault = Refusal | 'hang' | 'drip' | 'break' | 'lost';

export interface PatchSeen {
  readonly resource: string;
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly isRehearsal: boolean;
  readonly isRefused: boolean;
}

interface ClusterOptions {
  readonly certificate?: Certificate | undefined;
  /** What our service account may do; everything where it is not given. */
  readonly rules?: readonly Rule[] | undefined;
  readonly isOpenShift?: boolean;
  /** 1.35 asks for `create` on pods/exec and pods/portforward, beside the `get` of a WebSocket. */
  readonly minor?: number;
}

export const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.stand-in.token';
const USER = 'system:serviceaccount:tocsin:tocsin';
const DRIP_MS = 50;

/** An API server of Kubernetes: what it was checked against stands in README.md. */
export async function startCluster(options: ClusterOptions = {}) {
  const known = resourcesOf(options.isOpenShift ?? false);
  const objects = new Map<string, KubernetesObject>();
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const ports = new Map<number, number>();
  const logs = new Map<string, string>();
  const patches: PatchSeen[] = [];
  const rights = new Set<string>();
  const strange: string[] = [];
  const checked = new Set<string>();
  let revision = 100;
  let compacted = 0;
  let fault: ((path: string) => Fault | undefined) | undefined;
  let program: Program = () => 'missing';
  let garbled: { readonly at: RegExp; readonly body: object } | undefined;
  let hear: (line: string) => void = () => undefined;
  let admits: (asked: Asked) => Refusal | undefined = () => undefined;

  const keyOf = (resource: string, namespace: string, name: string): string =>
    `${resource}/${namespace}/${name}`;

  /** What is wrong with a call before anything is looked up. */
  function refusalOf(request: IncomingMessage, asked: Asked | undefined): Refusal | undefined {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return unauthorized();
    if (!asked) return noSuchPath();
    const { group, resource, sub, name } = asked;
    const whole = sub === undefined ? resource : `${resource}/${sub}`;
    const verbs = [request.method === 'PATCH' ? 'patch' : name === undefined ? 'list' : 'get'];
    if (sub !== undefined && sub !== 'log' && (options.minor ?? 34) >= 35) verbs.push('create');
    const denied =
      options.rules &&
      verbs.find((verb) => !isAllowed(options.rules ?? [], { verb, group, resource: whole, name }));
    if (denied !== undefined) return forbidden(USER, denied, asked);
    for (const verb of verbs) rights.add(`${verb} ${group}/${whole}`);
    return undefined;
  }

  function listed(asked: Asked, query: URLSearchParams): Refusal {
    const selector = query.get('labelSelector') ?? '';
    const from = query.get('continue');
    const [at = revision, start = 0] = from === null ? [] : from.split('.').map(Number);
    if (at < compacted) return expired();
    let all: readonly KubernetesObject[];
    try {
      all = [...objects].flatMap(([key, object]) =>
        key.startsWith(`${asked.resource}/${asked.namespace}/`) &&
        fits(object.metadata.labels ?? {}, selector)
          ? [object]
          : [],
      );
    } catch (error) {
      return badRequest((error as Error).message);
    }
    const limit = Number(query.get('limit') ?? 0) || all.length;
    const more = start + limit < all.length ? `${at}.${start + limit}` : undefined;
    return ok({
      kind: `${asked.kind}List`,
      apiVersion: versionOf(asked),
      metadata: { resourceVersion: String(at), ...(more && { continue: more }) },
      // The items of a list do not repeat what they are.
      items: all
        .slice(start, start + limit)
        .map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
    });
  }

  function written(request: IncomingMessage, body: string, asked: Asked, query: URLSearchParams): Refusal {
    if (request.headers['content-type'] !== 'application/json-patch+json') return unsupportedType();
    const key = keyOf(asked.resource, asked.namespace, asked.name ?? '');
    const old = objects.get(key);
    if (!old) return notFound(asked);
    const operations = JSON.parse(body) as readonly Operation[];
    const isRehearsal = query.get('dryRun') === 'All';
    const next = patched({ ...old, apiVersion: versionOf(asked) }, operations, asked);
    const refusal = 'status' in next && 'body' in next ? (next as Refusal) : admits(asked);
    patches.push({
      resource: asked.resource,
      name: asked.name ?? '',
      operations,
      isRehearsal,
      isRefused: Boolean(refusal),
    });
    if (refusal) return refusal;
    if (isRehearsal) return ok(next);
    store(next as KubernetesObject, asked.resource, asked.namespace);
    return ok(objects.get(key) ?? {});
  }

  /** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod */
  function logOf(asked: Asked, query: URLSearchParams): Refusal {
    const pod = objects.get(keyOf('pods', asked.namespace, asked.name ?? ''));
    if (!pod) return notFound(asked);
    const { containers } = pod['spec'] as { readonly containers: readonly { readonly name: string }[] };
    const container = query.get('container') ?? containers[0]?.name ?? '';
    const isPrevious = query.get('previous') === 'true';
    const said = logs.get(`${asked.name}/${container}${isPrevious ? '/previous' : ''}`);
    if (said === undefined)
      return badRequest(
        isPrevious
          ? `previous terminated container "${container}" in pod "${asked.name}" not found`
          : `container "${container}" in pod "${asked.name}" is waiting to start: trying and failing to pull image`,
      );
    const tail = Number(query.get('tailLines') ?? Infinity);
    const lines = said.split('\n').slice(-tail).join('\n');
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: lines };
  }

  const store = (object: KubernetesObject, resource: string, namespace: string): void => {
    const metadata = { ...object.metadata, namespace, resourceVersion: String(++revision) };
    objects.set(keyOf(resource, namespace, object.metadata.name), { ...object, metadata });
  };

  function answerTo(request: IncomingMessage, body: string): Refusal {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const asked = askedBy(url.pathname, known);
    const refusal = refusalOf(request, asked);
    if (refusal || !asked) return refusal ?? noSuchPath();
    if (asked.sub === 'log') return logOf(asked, url.searchParams);
    if (asked.sub !== undefined) return badRequest('Upgrade request required');
    if (request.method === 'PATCH') return written(request, body, asked, url.searchParams);
    if (asked.name === undefined) return listed(asked, url.searchParams);
    const found = objects.get(keyOf(asked.resource, asked.namespace, asked.name));
    return found ? ok({ ...found, apiVersion: versionOf(asked) }) : notFound(asked);
  }

  function respond(response: ServerResponse, what: Fault): void {
    if (what === 'hang') return;
    if (what === 'break' || what === 'lost') {
      response.destroy();
      return;
    }
    if (what === 'drip') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), DRIP_MS);
      response.once('close', () => clearInterval(timer));
      return;
    }
    response.writeHead(what.status, what.headers).end(what.body);
  }

  /** What was asked, and what we say to it where no test has us say something else, is as published. */
  function check(request: IncomingMessage, body: string, answer: Refusal | undefined): void {
    const { method = '', url = '', headers } = request;
    const sent = { method, url, body, contentType: headers['content-type'], accept: headers.accept };
    const both = JSON.stringify([sent, answer]);
    if (checked.has(both)) return;
    checked.add(both);
    strange.push(...strangeIn(sent, answer && { ...answer, contentType: answer.headers?.['content-type'] }));
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const line = `${request.method} ${request.url ?? '/'}`;
    requests.push(line);
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.once('end', () => {
      hear(line);
      const wrong = fault?.(line);
      // What is lost on the way back was done all the same.
      const isLost = wrong === 'lost';
      const answer = wrong === undefined || isLost ? answerTo(request, body) : wrong;
      check(request, body, answer === wrong ? undefined : (answer as Refusal));
      respond(
        response,
        isLost ? 'break' : answer === wrong || !garbled?.at.test(line) ? answer : ok(garbled.body),
      );
    });
  };
  const server = options.certificate ? createHttps(options.certificate, handle) : createHttp(handle);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const streams = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) =>
      ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find((one) => offered.has(one)) ?? false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://cluster');
    requests.push(`UPGRADE ${request.url}`);
    const asked = askedBy(url.pathname, known);
    const broken = fault?.(request.url ?? '');
    if (broken === 'hang') {
      // Else its end would not be noticed.
      socket.resume().once('end', () => socket.destroy());
      return;
    }
    const refusal = refusalOf(request, asked) ?? wrongIn(asked, url);
    check(request, '', refusal);
    const wrong = typeof broken === 'object' ? broken : refusal;
    if (wrong || !asked) {
      const { status, body, headers = {} } = wrong ?? noSuchPath();
      const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) });
      socket.end(
        `HTTP/1.1 ${status} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${body}`,
      );
      return;
    }
    streams.handleUpgrade(request, socket, head, (opened) => {
      if (asked.sub === 'portforward') {
        const port = Number(url.searchParams.get('ports'));
        servePort(opened, port, ports.get(port));
        return;
      }
      const argv = url.searchParams.getAll('command');
      const where = { pod: asked.name ?? '', container: url.searchParams.get('container') ?? '' };
      serveExec(opened, program(argv, where), argv);
    });
  });

  /** What is wrong with a stream into a pod. */
  function wrongIn(asked: Asked | undefined, url: URL): Refusal | undefined {
    if (!asked || !['exec', 'portforward'].includes(asked.sub ?? '')) return noSuchPath();
    const pod = objects.get(keyOf('pods', asked.namespace, asked.name ?? ''));
    if (!pod) return notFound(asked);
    const { containers } = pod['spec'] as { readonly containers: readonly { readonly name: string }[] };
    const container = url.searchParams.get('container');
    const names = containers.map(({ name }) => name);
    if (asked.sub === 'exec' && container === null && names.length > 1)
      return badRequest(
        `a container name must be specified for pod ${asked.name}, choose one of: [${names.join(' ')}]`,
      );
    if (container !== null && !names.includes(container))
      return badRequest(`container ${container} is not valid for pod ${asked.name}`);
    return undefined;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    token: TOKEN,
    /** What was asked, in order. */
    requests,
    /** Rights that were needed, and given: verb, group and resource. */
    rights: rights as ReadonlySet<string>,
    /** What was not as the published OpenAPI has it; what is left of it at the end fails the test. */
    strange,
    /** Ports of the pods that something listens on, and where on this machine. */
    ports,
    /** Puts an object into a namespace, in place of the one of its name. */
    put(object: KubernetesObject, namespace = 'komodo'): void {
      const resource = known.find(({ kind }) => kind === object.kind)?.resource;
      if (!resource) throw new Error(`this cluster knows no ${object.kind}`);
      store(object, resource, namespace);
    },
    /** An object as it is now. */
    object: (resource: string, name: string, namespace = 'komodo'): KubernetesObject | undefined =>
      objects.get(keyOf(resource, namespace, name)),
    /** Those of a kind. */
    all: (resource: string, namespace = 'komodo'): readonly KubernetesObject[] =>
      [...objects].flatMap(([key, object]) => (key.startsWith(`${resource}/${namespace}/`) ? [object] : [])),
    /** Brings all objects back to what they are now, as often as it is called. */
    kept(): () => void {
      const now = [...objects];
      return () => {
        objects.clear();
        for (const [key, object] of now) objects.set(key, object);
      };
    },
    /** Patches in the order that they came, the refused ones too. */
    patches,
    /** Called with each request before it is answered: what controllers do meanwhile. */
    heard(listener: (line: string) => void): void {
      hear = listener;
    },
    /** An admission that may refuse a change. */
    admits(how: (asked: Asked) => Refusal | undefined): void {
      admits = how;
    },
    /** What a container says, or said in its run before. */
    says(pod: string, container: string, words: string, previous = false): void {
      logs.set(`${pod}/${container}${previous ? '/previous' : ''}`, words);
    },
    remove(resource: string, name: string, namespace = 'komodo'): void {
      objects.delete(keyOf(resource, namespace, name));
    },
    /** Until it is called without: the fault in place of what is asked at these paths. */
    fail(what?: Fault, at = /./): void {
      fault = what === undefined ? undefined : (path) => (at.test(path) ? what : undefined);
    },
    /** What is done at these paths is done, and answered with something else. */
    garble(at: RegExp, body: object): void {
      garbled = { at, body };
    },
    /** Forgets old lists: a list that goes on from one is told 410. */
    compact(): void {
      compacted = ++revision;
    },
    runs(what: Program): void {
      program = what;
    },
    connections: (): number => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const client of streams.clients) client.terminate();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      if (strange.length > 0) throw new Error(`not as published:\n${[...new Set(strange)].join('\n')}`);
    },
  };
}

export type StandInCluster = Awaited<ReturnType<typeof startCluster>>;

const versionOf = ({ group }: Asked): string => (group === '' ? 'v1' : `${group}/v1`);
const ok = (body: object): Refusal => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
