import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

// Daemons drop a connection that was idle for 30 s: ours must go first, or a call meets a closing socket.
const idle = { keepAlive: true, timeout: 10_000 };
const connected = new WeakSet<object>();

/** Connections to daemons, kept open between calls. */
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
