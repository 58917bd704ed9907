import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What it does instead of answering. */
export const FAULTS = ['hang', 'drip', 'html', 'garbage', 'oversize', 'cut', 'error'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Row {
  readonly notary: string;
  readonly bestk: number;
  readonly recvmask: string;
  readonly bestmask: string;
}

export interface StandInIguana extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Every call in order, as agent/method. */
  readonly asked: readonly string[];
  /** Whether a call has ended the process. */
  readonly crashed: boolean;
  coins: string[];
  /** The rounds; undefined = none has begun; 'never' = no dPoW was started. */
  rows: readonly Row[] | undefined | 'never';
  /** The daemon of its coin does not answer it. */
  blind: boolean;
  fault: Fault | undefined;
  /** Instead of an answer, these words as a body. */
  saying: string | undefined;
  refuse(): Promise<void>;
}

const AGENTS = ['SuperNET', 'iguana', 'dpow', 'bitcoinrpc', 'basilisk', 'zcash', 'komodo', 'dex', 'pax'];
const HELP = {
  API: AGENTS.map((agent) => ({
    agent,
    method: 'help',
    url: `http://127.0.0.1:7776/api/${agent}/help`,
    fields: [],
  })),
  agents: AGENTS,
};
const SLOWLY_MS = 20;

/** A mask as iguana writes it, of the ids in it. */
export const maskOf = (...ids: readonly number[]): string =>
  ids
    .reduce((mask, id) => mask | (1n << BigInt(id)), 0n)
    .toString(16)
    .padStart(16);

export async function startIguana(): Promise<StandInIguana> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let [crashed, turn] = [false, Promise.resolve()];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      const [head = '', body] = heard.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body === undefined || body.length < length) return;
      socket.removeAllListeners('data');
      turn = turn.then(() => serve(socket, body)).catch(() => undefined);
    });
  });

  async function end(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  }

  async function crash(): Promise<string | undefined> {
    crashed = true;
    await end();
    return undefined;
  }

  async function answerTo({ agent, method, coin }: Record<string, string>): Promise<string | undefined> {
    asked.push(`${agent}/${method}`);
    if (iguana.saying !== undefined) return iguana.saying;
    const isThere = coin !== undefined && iguana.coins.includes(coin);
    if (agent === 'bitcoinrpc' && !isThere) return tagged({ error: 'bitcoinrpc needs coin that is active' });
    if (agent === 'SuperNET' && method === 'help') return tagged({ result: HELP });
    if (agent !== 'dpow' || method !== 'active') return tagged({ error: 'unsupported call', agent, method });
    if (!isThere) return await crash();
    if (iguana.blind) return tagged({ error: 'cant get current height' });
    if (iguana.rows === 'never') return await crash();
    if (!iguana.rows) return tagged({ error: 'there is no dpow round yet started to check.' });
    return JSON.stringify(iguana.rows);
  }

  async function serve(socket: Socket, body: string): Promise<void> {
    switch (iguana.fault) {
      case undefined: {
        const answer = await answerTo(JSON.parse(body) as Record<string, string>);
        if (answer !== undefined) socket.end(`${headOf(answer.length)}${answer}\n`);
        return;
      }
      case 'hang':
        return;
      case 'drip':
        socket.write(headOf(1_000));
        while (!socket.destroyed) {
          socket.write(' ');
          await pause(SLOWLY_MS);
        }
        return;
      case 'html':
        return void socket.end(
          `HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html\r\n\r\n<html>login</html>`,
        );
      case 'garbage':
        return void socket.end('\u0000\u0001 no HTTP at all\r\n\r\n');
      case 'oversize':
        return void socket.end(`${headOf(9_000_000)}{"result":"${'x'.repeat(9_000_000)}"}`);
      case 'cut':
        return void socket.end(`${headOf(1_000)}{"result":`);
      case 'error':
        return void socket.end(`HTTP/1.1 500 Internal Server Error\r\n\r\n`);
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const iguana: StandInIguana = {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    get crashed() {
      return crashed;
    },
    coins: ['KMD', 'LTC'],
    rows: undefined,
    blind: false,
    fault: undefined,
    saying: undefined,
    refuse: end,
    [Symbol.asyncDispose]: end,
  };
  return iguana;
}

const tagged = (answer: object): string => JSON.stringify({ ...answer, tag: '4936795073768664824' });

const headOf = (length: number): string =>
  [
    'HTTP/1.1 200 OK',
    'Access-Control-Allow-Origin: *',
    'Access-Control-Allow-Credentials: true',
    'Access-Control-Allow-Methods: GET, POST',
    'Cache-Control :  no-cache, no-store, must-revalidate',
    `Content-Length : ${String(length).padStart(8)}`,
    '',
    '',
  ].join('\r\n');
