import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { type Family, recorded, recordedText } from './recorded.ts';

/** What a method answers: a result, or, thrown, an error of the daemon. */
export type Answer = (params: readonly unknown[]) => unknown;

export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What it does instead of answering, to every request until told otherwise. */
export const FAULTS = [
  'hang',
  'drip',
  'unauthorized',
  'forbidden',
  'busy',
  'garbage',
  'oversize',
  'cut',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface StandInDaemon extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Every method asked for, in order; those of a batch one by one. */
  readonly asked: readonly string[];
  /** HTTP requests so far. */
  readonly requests: number;
  /** Connections that are open now. */
  connections(): Promise<number>;
  /** From now on the method answers this. */
  on(method: string, answer: Answer): void;
  /** What the method answers now. */
  answering(method: string): Answer;
  /** From now on the method is not known. */
  off(method: string): void;
  fault(fault: Fault | undefined): void;
  /** Every call ends with this error, as -28 while it loads. */
  failing(error: Refusal | undefined): void;
  /** The process is gone: connections are cut and refused. */
  refuse(): Promise<void>;
  /** Answers again on the same port. */
  restore(): Promise<void>;
}

const oversize = Buffer.from(`{"result":"${'x'.repeat(20 * 1024 * 1024)}","error":null,"id":"x"}`);
const SLOWLY_MS = 20;

/** A daemon of one of the families as it was recorded; each method can be scripted. */
export async function startDaemon(family: Family = 'litecoin'): Promise<StandInDaemon> {
  const answers = new Map<string, Answer>(recorded(family));
  const [user, password] = ['tocsin', 'stand-in password'];
  const pass = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const asked: string[] = [];
  let requests = 0;
  let fault: Fault | undefined;
  let failing: Refusal | undefined;

  const server = createServer((request, response) => {
    requests++;
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (fault) return misbehave(fault, response);
    if (request.headers.authorization !== pass) return misbehave('unauthorized', response);
    const calls: unknown = JSON.parse(body);
    const answer = Array.isArray(calls) ? calls.map(answerOf) : answerOf(calls);
    response.statusCode =
      Array.isArray(answer) || !answer.error ? 200 : answer.error.code === -32_601 ? 404 : 500;
    response.setHeader('content-type', 'application/json');
    response.end(`${JSON.stringify(answer)}\n`);
  }

  function answerOf(call: unknown): {
    result: unknown;
    error: { code: number; message: string } | null;
    id: unknown;
  } {
    const { method, params, id } = call as { method: string; params: readonly unknown[]; id: unknown };
    asked.push(method);
    try {
      if (failing) throw failing;
      const answer = answers.get(method);
      if (!answer) throw new Refusal(-32_601, 'Method not found');
      return { result: answer(params), error: null, id };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { result: null, error: { code: error.code, message: error.message }, id };
    }
  }

  async function listen(port: number): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  async function refuse(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    user,
    password,
    asked,
    get requests() {
      return requests;
    },
    connections: () => promisify(server.getConnections.bind(server))(),
    on: (method, answer) => void answers.set(method, answer),
    answering: (method) =>
      answers.get(method) ??
      (() => {
        throw new Refusal(-32_601, 'Method not found');
      }),
    off: (method) => void answers.delete(method),
    fault: (next) => void (fault = next),
    failing: (error) => void (failing = error),
    refuse,
    restore: () => listen(port),
    [Symbol.asyncDispose]: refuse,
  };
}

function misbehave(fault: Fault, response: ServerResponse): void {
  switch (fault) {
    case 'hang':
      return;
    case 'drip': {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drop = setInterval(() => response.write(' '), SLOWLY_MS);
      response.on('close', () => clearInterval(drop));
      return;
    }
    case 'unauthorized':
      response.writeHead(401, { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="jsonrpc"' });
      response.end(recordedText('unauthorized.html'));
      return;
    case 'forbidden':
      response.writeHead(403).end();
      return;
    case 'busy':
      response.writeHead(500, { 'content-type': 'text/html' }).end(recordedText('busy.txt'));
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"result": {"blo');
      return;
    case 'oversize':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(oversize);
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"result":', () => response.destroy());
      return;
  }
}
