import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type MapContent, networkMap } from './serialised.ts';

/** What a server does instead of answering. */
export const FAULTS = [
  'hang',
  'drip',
  'html',
  'garbage',
  'oversize',
  'cut',
  'error',
  'forbidden',
  'lost',
] as const;
export type Fault = (typeof FAULTS)[number];

interface Server extends AsyncDisposable {
  readonly url: string;
  /** Paths, in order. */
  readonly asked: readonly string[];
  fault: Fault | undefined;
  refuse(): Promise<void>;
  /** Listens where it listened before. */
  listen(): Promise<void>;
}

const SLOWLY_MS = 20;

async function serve(
  answer: (path: string, request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (made.fault) misbehave(made.fault, response);
    else answer(decodeURIComponent(request.url ?? ''), request, response);
  });
  async function end(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
  async function listen(port: number): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const made: Server = {
    url: `http://127.0.0.1:${port}`,
    asked,
    fault: undefined,
    refuse: end,
    listen: () => listen(port),
    [Symbol.asyncDispose]: end,
  };
  return made;
}

function misbehave(fault: Fault, response: ServerResponse): void {
  switch (fault) {
    case 'hang':
      return;
    case 'drip': {
      response.writeHead(200, { 'content-length': 10_000 });
      const timer = setInterval(() => response.write(' '), SLOWLY_MS);
      response.on('close', () => clearInterval(timer));
      return;
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>');
      return;
    case 'garbage':
      response.socket?.end('\u0000\u0001 no HTTP at all\r\n\r\n');
      return;
    case 'oversize':
      response.end(Buffer.alloc(5 * 1024 * 1024, ' '));
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': 10_000 });
      response.write('corda', () => response.socket?.destroy());
      return;
    case 'error':
      response.writeHead(503).end();
      return;
    case 'forbidden':
      response.writeHead(403, { 'content-type': 'text/html' }).end('<h1>403 Forbidden</h1>');
      return;
    case 'lost':
      response.writeHead(404).end();
      return;
  }
}

export interface StandInMap extends Server {
  content: MapContent;
  /** Of Cache-Control, whole; undefined = no such header. */
  cacheControl: string | undefined;
  /** CENM's JSON of the same is there too. */
  json: boolean;
  /** In place of its own form: what a later version might speak. */
  body: Buffer | undefined;
  /** Signed network parameters by their hashes. */
  readonly parameters: Map<string, Buffer>;
}

/** A network map: `/network-map` in Corda's own form, and CENM's JSON of it; parameters by their hashes. */
export async function startNetworkMap(content: MapContent): Promise<StandInMap> {
  const server = await serve((path, _, response) => {
    if (path === '/network-map') {
      if (map.cacheControl !== undefined) response.setHeader('cache-control', map.cacheControl);
      response.setHeader('content-type', 'application/octet-stream');
      response.setHeader('x-corda-server-version', '2');
      response.end(map.body ?? networkMap(map.content));
    } else if (path === '/network-map-user/network-map' && map.json) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ nodeInfoHashes: [], parametersUpdate: null, ...map.content }));
    } else if (path.startsWith('/network-map/network-parameters/')) {
      const file = map.parameters.get(path.split('/').at(-1)?.toLowerCase() ?? '');
      if (file) response.setHeader('content-type', 'application/octet-stream').end(file);
      else response.writeHead(404).end();
    } else {
      response.writeHead(404).end();
    }
  });
  const own: Pick<StandInMap, 'content' | 'cacheControl' | 'json' | 'body' | 'parameters'> = {
    content,
    cacheControl: 'max-age=600',
    json: false,
    body: undefined,
    parameters: new Map(),
  };
  const map: StandInMap = Object.assign(server, own);
  return map;
}

type Attributes = Readonly<Record<string, unknown>>;

export interface StandInAgent extends Server {
  /** MBeans by their canonical names, keys in order. */
  readonly mbeans: Map<string, Attributes>;
}

/** A Jolokia agent in a node's process: GET and read only, as Corda's jolokia-access.xml has it. */
export async function startJolokia(mbeans: Readonly<Record<string, Attributes>> = {}): Promise<StandInAgent> {
  const held = new Map(Object.entries(mbeans));
  const server = await serve((path, { method }, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    const [, root, command, mbean = '', attribute] = path.split('/');
    const request = { mbean, ...(attribute !== undefined && { attribute }), type: command };
    const answer = (more: object): void =>
      void response.end(JSON.stringify({ request, ...more, timestamp: 1_767_355_200 }));
    if (root !== 'jolokia') {
      response.writeHead(404).end();
    } else if (method !== 'GET' || command !== 'read') {
      const error = `java.lang.SecurityException : Command ${command} not allowed`;
      answer({ error_type: 'java.lang.SecurityException', error, status: 403 });
    } else {
      const value = mbean.includes('*')
        ? matching(held, mbean, attribute)
        : single(held.get(mbean), attribute);
      const error = `javax.management.InstanceNotFoundException : ${mbean}`;
      if (value === undefined)
        answer({ error_type: 'javax.management.InstanceNotFoundException', error, status: 404 });
      else answer({ value, status: 200 });
    }
  });
  return Object.assign(server, { mbeans: held });
}

const single = (attributes: Attributes | undefined, attribute: string | undefined): unknown =>
  attribute === undefined ? attributes : attributes?.[attribute];

/** A pattern is a domain, then `*` or some keys and `*`; with an attribute, those that have it. */
function matching(
  held: ReadonlyMap<string, Attributes>,
  pattern: string,
  attribute: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const [domain, keys = ''] = pattern.split(':');
  const wanted = keys.split(',').filter((key) => key !== '*');
  const found = [...held].flatMap(([name, attributes]) => {
    const [its, its2 = ''] = name.split(':');
    const isMatch = its === domain && wanted.every((key) => its2.split(',').includes(key));
    if (!isMatch || (attribute !== undefined && !(attribute in attributes))) return [];
    return [[name, attribute === undefined ? attributes : { [attribute]: attributes[attribute] }] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/** The MBeans of a node that was started at a time. */
export const nodeMBeans = (startedAt: Date, status = 'STARTED'): Readonly<Record<string, Attributes>> => ({
  'net.corda:name=Status,type=Node': { Value: status },
  'java.lang:type=Runtime': { StartTime: startedAt.getTime(), Uptime: 1 },
});

/** What the notary health check app counts of a target, its name being written as the metrics write it. */
export const healthMBeans = (
  target: string,
  { success, fail, inflight }: Readonly<Record<'success' | 'fail' | 'inflight', number>>,
): Readonly<Record<string, Attributes>> => ({
  [`net.corda:name=${target}.success,type=notaryhealthcheck`]: meter(success),
  [`net.corda:name=${target}.fail,type=notaryhealthcheck`]: meter(fail),
  [`net.corda:name=${target}.inflight,type=notaryhealthcheck`]: { Count: inflight },
  [`net.corda:name=${target}.maxInflightTime,type=notaryhealthcheck`]: timer(inflight),
  [`net.corda:name=${target}.checkTime,type=notaryhealthcheck`]: timer(success + fail),
});

const rates = { MeanRate: 0.008, OneMinuteRate: 0.008, FiveMinuteRate: 0.008, FifteenMinuteRate: 0.008 };
const meter = (count: number): Attributes => ({ ...rates, RateUnit: 'events/second', Count: count });
const timer = (count: number): Attributes => ({
  ...meter(count),
  Min: 100,
  Max: 300_000,
  Mean: 250.5,
  StdDev: 12.25,
  '50thPercentile': 240,
  '95thPercentile': 300,
  '99thPercentile': 300,
  DurationUnit: 'milliseconds',
});
