import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

// Kept open within a look, not between looks: a daemon that stops waits for every open connection to end
// (tried with litecoind 0.21.2: as long as this timeout), and drops one itself after 30 s.
const idle = { keepAlive: true, timeout: 500 };
const connected = new WeakSet<object>();

/** Connections to daemons, kept open for calls that follow at once. */
export const httpAgent = remembering(new HttpAgent(idle));
export const httpsAgent = remembering(new HttpsAgent(idle));

/** Whether a socket of these agents ever had its other end: tells a silent daemon from an unreachable machine. */
export const wasConnected = (socket: object): boolean => connected.has(socket);

function remembering<A extends HttpAgent>(agent: A): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...asked) => {
    const socket = connect(...asked);
    socket?.once('connect', () => connected.add(socket));
    return socket;
  };
  return agent;
}
