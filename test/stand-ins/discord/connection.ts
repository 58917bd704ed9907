import { constants, createDeflate } from 'node:zlib';
import type { GatewayOpcodes } from 'discord-api-types/v10';
import { WebSocket } from 'ws';

/** What goes over the gateway, either way. */
export interface Payload {
  readonly op: GatewayOpcodes;
  readonly d?: unknown;
  readonly s?: number | null;
  readonly t?: string | null;
}

/** One websocket of a client. */
export interface Connection {
  readonly open: boolean;
  send(payload: Payload): void;
  close(code: number, reason?: string): void;
  /** Ends it without a close frame. */
  drop(): void;
}

export interface ConnectionEvents {
  received(payload: Payload): void;
  closed(code: number, by: 'client' | 'server'): void;
}

const MAX_PAYLOAD_BYTES = 4096;
const SENDS_PER_MINUTE = 120;

/** Talks JSON over the socket, through one deflate stream when the client asked for zlib-stream. */
export function createConnection(socket: WebSocket, zlib: boolean, events: ConnectionEvents): Connection {
  const write = zlib ? createZlibWriter(socket) : (text: string) => socket.send(text);
  let received: number[] = [];
  let ended = false;
  // Ours counts from the moment we close, theirs from the moment we hear of it.
  const end = (code: number, by: 'client' | 'server'): void => {
    if (ended) return;
    ended = true;
    events.closed(code, by);
  };
  const close = (code: number, reason = ''): void => {
    socket.close(code, reason);
    end(code, 'server');
  };
  socket.on('error', () => {});
  socket.on('close', (code) => end(code, 'client'));
  socket.on('message', (data: Buffer) => {
    if (ended) return undefined;
    const now = Date.now();
    received = [...received.filter((at) => at > now - 60_000), now];
    if (received.length > SENDS_PER_MINUTE) return close(4008, 'Rate limited.');
    const payload = data.length > MAX_PAYLOAD_BYTES ? undefined : parse(data);
    if (!payload) return close(4002, 'Error while decoding payload.');
    return events.received(payload);
  });
  return {
    get open() {
      return socket.readyState === WebSocket.OPEN;
    },
    send(payload) {
      if (socket.readyState !== WebSocket.OPEN) return;
      const { op, d = null, s = null, t = null } = payload;
      write(JSON.stringify({ t, s, op, d }));
    },
    close,
    drop() {
      socket.terminate();
      end(1006, 'server');
    },
  };
}

function parse(data: Buffer): Payload | undefined {
  try {
    const payload = JSON.parse(data.toString('utf8')) as Partial<Payload> | null;
    return typeof payload?.op === 'number' ? (payload as Payload) : undefined;
  } catch {
    return undefined;
  }
}

/** Each payload ends with a sync flush; the stream lives as long as the connection. */
function createZlibWriter(socket: WebSocket): (text: string) => void {
  const deflate = createDeflate({ flush: constants.Z_SYNC_FLUSH });
  deflate.on('data', (chunk: Buffer) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(chunk);
  });
  socket.on('close', () => deflate.destroy());
  return (text) => void deflate.write(text);
}
