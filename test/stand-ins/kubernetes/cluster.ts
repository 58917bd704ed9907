import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';

import type { Certificate } from './certificate.ts';
import { isAllowed, type Rule } from './rbac.ts';
import {
  badRequest,
  expired,
  forbidden,
  noSuchPath,
  notFound,
  type Refusal,
  unauthorized,
} from './refusals.ts';
import { type Asked, askedBy, type KubernetesObject, resourcesOf } from './resources.ts';
import { fits } from './selector.ts';
import { type Program, serveExec, servePort } from './streams.ts';

/** In place of what was asked: an answer, silence, a body that comes a byte at a time, a connection that breaks. */
export type Fault = Refusal | 'hang' | 'drip' | 'break';

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
  let revision = 100;
  let compacted = 0;
  let fault: ((path: string) => Fault | undefined) | undefined;
  let program: Program = () => 'missing';

  const keyOf = (resource: string, namespace: string, name: string): string =>
    `${resource}/${namespace}/${name}`;

  /** What is wrong with a call before anything is looked up. */
  function refusalOf(request: IncomingMessage, asked: Asked | undefined): Refusal | undefined {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return unauthorized();
    if (!asked) return noSuchPath();
    const { group, resource, sub, name } = asked;
    const whole = sub === undefined ? resource : `${resource}/${sub}`;
    const verbs = [name === undefined ? 'list' : 'get'];
    if (sub !== undefined && (options.minor ?? 34) >= 35) verbs.push('create');
    const denied =
      options.rules &&
      verbs.find((verb) => !isAllowed(options.rules ?? [], { verb, group, resource: whole, name }));
    return denied === undefined ? undefined : forbidden(USER, denied, asked);
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

  function answerTo(request: IncomingMessage): Refusal {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const asked = askedBy(url.pathname, known);
    const refusal = refusalOf(request, asked);
    if (refusal || !asked) return refusal ?? noSuchPath();
    if (asked.sub !== undefined) return badRequest('Upgrade request required');
    if (asked.name === undefined) return listed(asked, url.searchParams);
    const found = objects.get(keyOf(asked.resource, asked.namespace, asked.name));
    return found ? ok({ ...found, apiVersion: versionOf(asked) }) : notFound(asked);
  }

  function respond(response: ServerResponse, what: Fault): void {
    if (what === 'hang') return;
    if (what === 'break') {
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

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '/';
    requests.push(`${request.method} ${path}`);
    respond(response, fault?.(path) ?? answerTo(request));
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
    const wrong =
      (typeof broken === 'object' ? broken : undefined) ?? refusalOf(request, asked) ?? wrongIn(asked, url);
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
    /** Ports of the pods that something listens on, and where on this machine. */
    ports,
    /** Puts an object into a namespace, in place of the one of its name. */
    put(object: KubernetesObject, namespace = 'komodo'): void {
      const resource = known.find(({ kind }) => kind === object.kind)?.resource;
      if (!resource) throw new Error(`this cluster knows no ${object.kind}`);
      const metadata = { ...object.metadata, namespace, resourceVersion: String(++revision) };
      objects.set(keyOf(resource, namespace, object.metadata.name), { ...object, metadata });
    },
    remove(resource: string, name: string, namespace = 'komodo'): void {
      objects.delete(keyOf(resource, namespace, name));
    },
    /** Until it is called without: the fault in place of what is asked at these paths. */
    fail(what?: Fault, at = /./): void {
      fault = what === undefined ? undefined : (path) => (at.test(path) ? what : undefined);
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
