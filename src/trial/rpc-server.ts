import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { RpcRefusal } from './wallet.ts';

/** Answers one call. Throws RpcRefusal. */
export type Answer = (method: string, params: readonly unknown[]) => unknown;

export interface RpcServer {
  readonly port: number;
  /** From here on connections are refused. */
  close(): Promise<void>;
}

interface Reply {
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string } | null;
  readonly id: unknown;
}

/** JSON-RPC over HTTP on loopback as bitcoin's family speaks it; port 0 = any that is free. */
export async function serveRpc(port: number, login: string, answer: Answer): Promise<RpcServer> {
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="jsonrpc"' }).end();
      return;
    }
    const body = parsed(await text(request));
    const reply = Array.isArray(body) ? body.map((call) => replyTo(call, answer)) : replyTo(body, answer);
    response
      .writeHead(statusOf(reply), { 'content-type': 'application/json' })
      .end(`${JSON.stringify(reply)}\n`);
  }

  await listen(server, port);
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => resolve());
  await promise;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function replyTo(call: unknown, answer: Answer): Reply {
  const {
    method,
    params = [],
    id = null,
  } = (call ?? {}) as { method?: unknown; params?: unknown; id?: unknown };
  if (typeof method !== 'string') return refusal(id, -32_700, 'Parse error');
  if (!Array.isArray(params)) return refusal(id, -32_602, 'Params must be an array');
  try {
    return { result: answer(method, params), error: null, id };
  } catch (error) {
    if (error instanceof RpcRefusal) return refusal(id, error.code, error.message);
    return refusal(id, -1, 'JSON value is not of the type that was expected');
  }
}

const refusal = (id: unknown, code: number, message: string): Reply => ({
  result: null,
  error: { code, message },
  id,
});

function statusOf(reply: Reply | readonly Reply[]): number {
  if (!('error' in reply) || reply.error === null) return 200;
  return reply.error.code === -32_601 ? 404 : 500;
}
