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
  /** Addresses that it was told of, each once, whatever it was told how often. */
  readonly notaries: readonly string[];
  readonly ownAddress: string | undefined;
  /** Coins whose dPoW was started, in order. */
  readonly dpows: readonly string[];
  readonly isUp: boolean;
  /** Calls that find a coin that was added not active yet. */
  activeAfter: number;
  /** Coins that it does not take. */
  refuses: string[];
  /** Instead of an answer, these words as a body. */
  saying: string | undefined;
  refuse(): Promise<void>;
  /** Another process on the same port, which knows nothing yet. */
  startAnew(): Promise<void>;
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

interface IguanaOptions {
  /** 0 = any. */
  readonly port?: number;
  /** Called with each call as it comes, before it is answered. */
  readonly heard?: (call: Readonly<Record<string, unknown>>) => void;
}

export async function startIguana({
  port: wanted = 0,
  heard: hear,
}: IguanaOptions = {}): Promise<StandInIguana> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let [crashed, turn] = [false, Promise.resolve()];
  let [notaries, dpows] = [new Set<string>(), [] as string[]];
  let ownAddress: string | undefined;
  let inactive = new Map<string, number>();
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

  const say = (result: string): string => tagged({ result });

  function addCoin(newcoin: string): string {
    if (iguana.refuses.includes(newcoin)) return tagged({ error: 'error adding coin' });
    if (iguana.coins.includes(newcoin)) return say('coin already there');
    iguana.coins.push(newcoin);
    inactive.set(newcoin, iguana.activeAfter);
    return say('coin added');
  }

  function dpow(symbol: string, pubkey: string): string {
    if (!/^0[23][0-9a-f]{64}$/.test(pubkey)) return tagged({ error: 'need 33 byte pubkey' });
    const left = inactive.get(symbol) ?? 0;
    inactive.set(symbol, left - 1);
    if (!iguana.coins.includes(symbol) || left > 0) return tagged({ error: 'cant dPoW an inactive coin' });
    if (symbol !== 'KMD' && !iguana.coins.includes('KMD'))
      return tagged({ error: 'cant dPoW without KMD (dest)' });
    if (dpows.includes(symbol)) return tagged({ error: 'cant dPoW same coin again' });
    dpows.push(symbol);
    if (iguana.rows === 'never') iguana.rows = undefined;
    return say('success');
  }

  async function answerTo({
    agent,
    method,
    coin,
    ...words
  }: Record<string, string>): Promise<string | undefined> {
    asked.push(`${agent}/${method}`);
    if (iguana.saying !== undefined) return iguana.saying;
    const isThere = coin !== undefined && iguana.coins.includes(coin);
    if (agent === 'bitcoinrpc' && !isThere) return tagged({ error: 'bitcoinrpc needs coin that is active' });
    if (agent === 'SuperNET' && method === 'help') return tagged({ result: HELP });
    const { ipaddr = '', newcoin = '', symbol = '', pubkey = '' } = words;
    if (agent === 'SuperNET' && method === 'myipaddr') {
      ownAddress = ipaddr;
      return say(ipaddr);
    }
    if (agent === 'iguana' && method === 'addnotary') {
      notaries.add(ipaddr);
      return say('notary node added');
    }
    if (agent === 'iguana' && method === 'addcoin') return addCoin(newcoin);
    if (agent === 'iguana' && method === 'dpow') return dpow(symbol, pubkey);
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
        const call = JSON.parse(body) as Record<string, string>;
        hear?.(call);
        const answer = await answerTo(call);
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

  server.listen(wanted, '127.0.0.1');
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
    get notaries() {
      return [...notaries];
    },
    get ownAddress() {
      return ownAddress;
    },
    get dpows() {
      return dpows;
    },
    get isUp() {
      return server.listening;
    },
    activeAfter: 0,
    refuses: [],
    refuse: end,
    async startAnew() {
      [notaries, dpows, inactive, ownAddress] = [new Set(), [], new Map(), undefined];
      [iguana.coins, iguana.rows, crashed] = [[], 'never', false];
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
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
