import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

export interface ServerPorts {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  accept(socket: WebSocket, request: IncomingMessage): void;
}

/** One port for REST and gateway, which can be shut and opened again. */
export interface Server {
  readonly port: number;
  /** From here on connections are refused; those there are, are cut. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

export async function createServer(port: number, ports: ServerPorts): Promise<Server> {
  const sockets = new Set<Socket>();
  const webSockets = new WebSocketServer({ noServer: true });
  const server = createHttpServer((request, response) => {
    ports.handle(request, response).catch((error: unknown) => {
      console.error('The Discord stand-in failed', error);
      request.socket.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => ports.accept(webSocket, request));
  });
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(port);
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    async shut() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    open: () => (server.listening ? Promise.resolve() : listen(bound)),
  };
}
