import { randomBytes } from 'node:crypto';

import type { Chain } from './chain.ts';
import { answer } from './methods.ts';
import { type RpcServer, serveRpc } from './rpc-server.ts';
import { type Coin, createWallet, RpcRefusal } from './wallet.ts';

export const SWITCHES = ['stop', 'drain', 'behind', 'fork', 'mend', 'update'] as const;
export type Switch = (typeof SWITCHES)[number];

/** What the daemons run at first, and after an update. */
export const VERSIONS = { first: '0.9.1', updated: '0.9.2' } as const;

/** How a simulated daemon is, truly: what the checks should find out. */
export interface DaemonState {
  readonly process: 'running' | 'starting' | 'stopping' | 'stopped';
  readonly blocks: number;
  readonly behind: number;
  readonly forked: boolean;
  readonly notaryUtxos: number;
  readonly version: string;
}

/** One simulated daemon: it answers JSON-RPC on loopback, and it breaks when told to. */
export interface SimulatedDaemon extends AsyncDisposable {
  readonly coin: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly pubkey: string;
  /** Of its process, while there is one. */
  running(): { readonly pid: number; readonly startedAt: string } | undefined;
  /** Whether its process holds the port. */
  listening(): boolean;
  state(): DaemonState;
  /** Starts the process again on the same port; warms up for a while. */
  start(): Promise<void>;
  flip(which: Switch): Promise<void>;
}

interface Options {
  readonly owner: string;
  readonly coin: Coin;
  readonly chain: Chain;
  readonly timing?: Partial<Timing>;
}

/** Milliseconds that things take. */
interface Timing {
  /** From the start to the first useful answer. */
  readonly warmUpMs: number;
  /** From the RPC `stop` until nothing listens any more, then until the process is gone. */
  readonly closeMs: number;
  readonly leaveMs: number;
}

const TIMING: Timing = { warmUpMs: 2_500, closeMs: 300, leaveMs: 1_200 };
const BLOCKS_LOST = 14;
const FORK_DEPTH = 6;
const UTXOS_LEFT = 3;
// Above every pid that Linux gives: nobody can take a simulated process for a real one.
let lastPid = 2 ** 22;

/** A daemon that runs when this resolves. */
export async function startDaemon({ owner, coin, chain, timing }: Options): Promise<SimulatedDaemon> {
  const { warmUpMs, closeMs, leaveMs } = { ...TIMING, ...timing };
  const password = randomBytes(12).toString('hex');
  const wallet = createWallet(coin, owner, chain.heightAt(Date.now()));
  let server: RpcServer | undefined;
  let life: { readonly pid: number; readonly startedAt: string; readonly bornAt: number } | undefined;
  let warmUntil = 0;
  let stuckAt: number | undefined;
  let forkedAt: number | undefined;
  let version: string = VERSIONS.first;
  let port = 0;

  const headers = (): number => chain.heightAt(Date.now());
  const height = (): number => stuckAt ?? headers();
  const hashAt = (number: number): string =>
    chain.hashOf(number, forkedAt !== undefined && number >= forkedAt ? 'fork' : '');

  const inside = {
    coin,
    chain,
    wallet,
    height,
    headers,
    hashAt,
    now: Date.now,
    connections: 9,
    version: () => version,
    upSeconds: () => Math.floor((Date.now() - (life?.bornAt ?? Date.now())) / 1000),
    stop: () => void leave(),
  };

  function respond(method: string, params: readonly unknown[]): unknown {
    const warming = Date.now() < warmUntil && method !== 'stop';
    if (warming) throw new RpcRefusal(-28, 'Loading block index...');
    return answer(inside, method, params);
  }

  const close = async (): Promise<void> => {
    const open = server;
    server = undefined;
    await open?.close();
  };

  /** As after the RPC `stop`: first the port closes, later the process ends. */
  async function leave(): Promise<void> {
    const leaving = life;
    await later(closeMs);
    if (life === leaving) await close();
    await later(leaveMs);
    if (life === leaving) life = undefined;
  }

  async function start(): Promise<void> {
    if (life) throw new Error('it runs already');
    life = { pid: ++lastPid, startedAt: new Date().toISOString(), bornAt: Date.now() };
    try {
      server = await serveRpc(port, `tocsin:${password}`, respond);
    } catch (error) {
      life = undefined;
      throw error;
    }
    port = server.port;
    stuckAt = undefined;
    warmUntil = Date.now() + warmUpMs;
  }

  async function crash(): Promise<void> {
    life = undefined;
    await close();
  }

  async function mend(): Promise<void> {
    stuckAt = undefined;
    forkedAt = undefined;
    wallet.refill(headers());
    if (life && !server) await crash();
    if (!life) await start();
  }

  async function update(): Promise<void> {
    await crash();
    version = VERSIONS.updated;
    await start();
  }

  async function flip(which: Switch): Promise<void> {
    switch (which) {
      case 'stop':
        return crash();
      case 'drain':
        return wallet.drain(UTXOS_LEFT);
      case 'behind':
        stuckAt = headers() - BLOCKS_LOST;
        return;
      case 'fork':
        forkedAt = headers() - FORK_DEPTH;
        return;
      case 'mend':
        return mend();
      case 'update':
        return update();
    }
  }

  function processState(): DaemonState['process'] {
    if (!life) return 'stopped';
    if (!server) return 'stopping';
    return Date.now() < warmUntil ? 'starting' : 'running';
  }

  await start();
  warmUntil = 0;
  return {
    coin: coin.name,
    port,
    user: 'tocsin',
    password,
    pubkey: wallet.pubkey,
    running: () => life && { pid: life.pid, startedAt: life.startedAt },
    listening: () => server !== undefined,
    state: () => ({
      process: processState(),
      blocks: height(),
      behind: headers() - height(),
      forked: forkedAt !== undefined,
      notaryUtxos: wallet.notaryUtxos(),
      version,
    }),
    start,
    flip,
    [Symbol.asyncDispose]: crash,
  };
}

const later = (ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms).unref();
  return promise;
};
