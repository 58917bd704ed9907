import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type Service, startService } from './service.ts';

export interface LitecoindOptions {
  /** Kept at the end; without it the chain lives in a temporary folder. */
  readonly datadir?: string;
  /** A wallet that is there again after a restart; true unless told otherwise. */
  readonly wallet?: boolean;
  readonly args?: readonly string[];
}

export type Rpc = <Result>(method: string, params?: readonly unknown[]) => Promise<Result>;

export interface RunningLitecoind extends Service {
  readonly datadir: string;
  readonly conf: string;
  readonly port: number;
  readonly rpcUrl: string;
  readonly user: string;
  readonly password: string;
  /** Rejects with an RpcError when the daemon answers one. */
  readonly rpc: Rpc;
  /** Mines to the address, or to the wallet; answers the block hashes. */
  mine(blocks: number, address?: string): Promise<string[]>;
  /** Resolves once both see each other as peers. */
  connectTo(other: RunningLitecoind): Promise<void>;
  /** Resolves once both have the same best block. */
  syncedWith(other: RunningLitecoind, timeoutMs?: number): Promise<void>;
}

export class RpcError extends Error {
  readonly code: number;

  constructor(method: string, { code, message }: { code: number; message: string }) {
    super(`${method}: ${code} ${message}`);
    this.name = 'RpcError';
    this.code = code;
  }
}

const rpcWithinMs = 30_000;

/**
 * A regtest litecoind: the RPC and the chain rules of every coin descended from Bitcoin. Like the real thing it
 * forgets by `kill` the blocks it had not flushed yet; `stop` keeps them, a peer brings them back.
 */
export async function startLitecoind(options: LitecoindOptions = {}): Promise<RunningLitecoind> {
  const { wallet = true, args = [] } = options;
  const folder = options.datadir === undefined ? temporaryFolder('litecoind') : undefined;
  const datadir = options.datadir ?? folder?.path ?? '.';
  const [port, rpcport] = [await freePort(), await freePort()];
  const rpcUrl = `http://127.0.0.1:${rpcport}`;
  const [user, password] = ['tocsin', randomBytes(16).toString('hex')];
  const conf = join(datadir, 'litecoin.conf');
  mkdirSync(datadir, { recursive: true });
  writeFileSync(conf, confText({ port, rpcport, user, password }), { mode: 0o600 });

  async function rpc<Result>(method: string, params: readonly unknown[] = []): Promise<Result> {
    const answer = await fetch(rpcUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
      body: JSON.stringify({ jsonrpc: '1.0', id: 'test', method, params }),
      signal: AbortSignal.timeout(rpcWithinMs),
    });
    const text = await answer.text();
    if (!text.startsWith('{')) throw new Error(`${method}: HTTP ${answer.status} ${text}`);
    const { result, error } = JSON.parse(text) as {
      result: Result;
      error: { code: number; message: string } | null;
    };
    if (error) throw new RpcError(method, error);
    return result;
  }

  const service = await startService({
    name: 'litecoind',
    argv: ['litecoind', `-datadir=${datadir}`, `-conf=${conf}`, ...args],
    ready: async () => typeof (await rpc('getblockcount')) === 'number',
    endBy: folder === undefined ? 'stop' : 'kill',
    cleanUp: () => folder?.[Symbol.dispose](),
  });
  if (wallet) await ensureWallet(rpc);

  return Object.assign(service, {
    datadir,
    conf,
    port,
    rpcUrl,
    user,
    password,
    rpc,
    async mine(blocks: number, address?: string): Promise<string[]> {
      const to = address ?? (await rpc<string>('getnewaddress'));
      return rpc('generatetoaddress', [blocks, to]);
    },
    async connectTo(other: RunningLitecoind): Promise<void> {
      await rpc('addnode', [`127.0.0.1:${other.port}`, 'onetry']);
      await until(async () => (await hasPeer(rpc)) && hasPeer(other.rpc), 'connection', 15_000);
    },
    async syncedWith(other: RunningLitecoind, timeoutMs = 30_000): Promise<void> {
      const agree = async (): Promise<boolean> => (await best(rpc)) === (await best(other.rpc));
      await until(agree, 'common best block', timeoutMs);
    },
  });
}

// mweb: Litecoin's own block extension, which regtest turns on at block 432 and then cannot mine without.
function confText({
  port,
  rpcport,
  user,
  password,
}: Record<'port' | 'rpcport', number> & Record<'user' | 'password', string>): string {
  return `regtest=1
server=1
rpcuser=${user}
rpcpassword=${password}
fallbackfee=0.0002
dnsseed=0
discover=0
listenonion=0
keypool=10
vbparams=mweb:-2:0

[regtest]
bind=127.0.0.1:${port}
port=${port}
rpcbind=127.0.0.1
rpcallowip=127.0.0.1
rpcport=${rpcport}
`;
}

// The last argument makes the daemon load it at every start.
async function ensureWallet(rpc: Rpc): Promise<void> {
  if ((await rpc<string[]>('listwallets')).length > 0) return;
  await rpc('createwallet', ['wallet', false, false, '', false, false, true]);
}

function best(rpc: Rpc): Promise<string> {
  return rpc('getbestblockhash');
}

// A version says that the handshake is over.
async function hasPeer(rpc: Rpc): Promise<boolean> {
  return (await rpc<{ version: number }[]>('getpeerinfo')).some(({ version }) => version > 0);
}

async function until(holds: () => Promise<boolean>, what: string, timeoutMs: number): Promise<void> {
  const bound = AbortSignal.timeout(timeoutMs);
  while (!(await holds())) {
    if (bound.aborted) throw new Error(`no ${what} within ${timeoutMs} ms`);
    await pause(50);
  }
}
