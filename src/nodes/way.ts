import { once } from 'node:events';
import { Agent as HttpAgent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Wire } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';

/** How HTTP gets to a service: the agents that axios takes under these names. */
export interface Way {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

interface Reached {
  readonly node: Node;
  /** The service's address, as its node sees it. */
  readonly url: string;
  readonly executor?: Executor | undefined;
  /** Ends what is being opened. */
  readonly signal?: AbortSignal | undefined;
}

// Kept open within a look, not between looks: a daemon that stops waits for every open connection to end
// (tried with litecoind 0.21.2: as long as this timeout), and drops one itself after 30 s.
const IDLE_MS = 500;
const idle: AgentOptions = { keepAlive: true, timeout: IDLE_MS };
const connected = new WeakSet<object>();

/** From here, with no way between. */
export const direct: Way = {
  httpAgent: noticing(new HttpAgent(idle)),
  httpsAgent: noticing(new HttpsAgent(idle)),
};

/**
 * From here, unless the address is a loopback of another machine: then through the node's executor, so
 * that `127.0.0.1` is the node's own. One is made for each look. Throws OutsideError where there is no such way.
 */
export function wayTo({ node, url, executor, signal = NEVER }: Reached): Way {
  if (node.access.kind === 'local' || !isLoopback(url)) return direct;
  if (executor) return through((to) => executor.connect(node, to, signal));
  throw noWay(node, url);
}

/** A bare connection, the same way: to what no HTTP client understands. Rejects as the executor or the system does. */
export async function wireTo({ node, url, executor, signal = NEVER }: Reached): Promise<Wire> {
  const { hostname, port } = new URL(url);
  const to = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
  if (node.access.kind !== 'local' && isLoopback(url)) {
    if (executor) return await executor.connect(node, to, signal);
    throw noWay(node, url);
  }
  const socket = connect({ ...to, noDelay: true });
  await once(socket, 'connect', { signal }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  return socket;
}

const noWay = ({ id, access: { kind } }: Node, url: string): OutsideError =>
  new OutsideError(
    'daemon',
    'rejected',
    `${new URL(url).host} of ${id} listens on its own machine only: reaching it needs the ${kind} way, ` +
      'which this version does not have',
  );

/** Whether an agent's socket ever had its other end: tells a silent daemon from an unreachable machine. */
export const wasConnected = (socket: object): boolean => connected.has(socket);

/** What the executor itself said, in an error of an exchange that went its way. */
export function wayErrorIn(error: unknown): OutsideError | undefined {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof OutsideError) return one;
  return undefined;
}

export function isLoopback(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? '';
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

const NEVER = new AbortController().signal;

function noticing<A extends HttpAgent>(agent: A): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...asked) => {
    const socket = connect(...asked);
    socket?.once('connect', () => connected.add(socket));
    return socket;
  };
  return agent;
}

type Open = (to: { readonly host: string; readonly port: number }) => Promise<Wire>;

function through(open: Open): Way {
  const [httpAgent, httpsAgent] = [new HttpAgent(idle), new HttpsAgent(idle)];
  const opening = (dress: (wire: Duplex, options: ClientRequestArgs) => Duplex) => {
    const opened = callbackify(async (options: ClientRequestArgs) => {
      const wire = await open({ host: options.host ?? '127.0.0.1', port: Number(options.port) });
      const socket = dress(asSocket(wire as Duplex), options);
      connected.add(socket);
      return socket;
    });
    const create: HttpAgent['createConnection'] = (options, done = () => undefined) => {
      opened(options, done);
      return undefined;
    };
    return create;
  };
  httpAgent.createConnection = opening((wire) => wire);
  httpsAgent.createConnection = opening((socket, options) =>
    connectTls({ ...(options as ConnectionOptions), socket }),
  );
  return { httpAgent, httpsAgent };
}

/** With what an agent asks of a socket beside reading and writing: to end it when it was idle for some time. */
function asSocket(wire: Duplex): Duplex {
  let timer: NodeJS.Timeout | undefined;
  wire.once('close', () => clearTimeout(timer));
  const nothing = (): Duplex => wire;
  return Object.assign(wire, {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    ref: nothing,
    unref: nothing,
    setTimeout(ms: number) {
      clearTimeout(timer);
      if (ms > 0) timer = setTimeout(() => wire.emit('timeout'), ms).unref();
      return wire;
    },
  });
}
