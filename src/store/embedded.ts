import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { Redis } from 'ioredis';

import { OutsideError } from '#src/domain/errors.ts';

/** A private redis-server: it outlives a killed Tocsin, and the next start takes it over. */
export interface EmbeddedRedis {
  readonly path: string;
  readonly takenOver: boolean;
  /** Until `stop`: starts it again, on its data, whenever it has died. */
  guard(onError: (error: Error) => void): void;
  /** Saves and ends it. */
  stop(): Promise<void>;
}

/** A unix socket's path must fit into 107 bytes. */
const LONGEST_SOCKET_PATH = 100;
const START_MS = 15_000;
const RESTART_MS = 1_000;

const socketIn = (folder: string): string => {
  const path = join(folder, 'r.sock');
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path;
  return join(tmpdir(), `tocsin-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`);
};

/** Whether a server answers there; waits while it loads its data. */
async function answers(path: string, untilMs: number): Promise<boolean> {
  const redis = new Redis({ path, lazyConnect: true, retryStrategy: () => null, enableReadyCheck: true });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    while ((await redis.ping().catch(() => '')) !== 'PONG') {
      // It took the connection and died: another has to be started, and asked anew.
      if (redis.status === 'end' || Date.now() > untilMs) return false;
      await wait(50);
    }
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

/** Starts, or takes over, the redis-server of a data folder. Throws OutsideError. */
export async function embeddedRedis(dataDir: string): Promise<EmbeddedRedis> {
  const folder = resolve(dataDir, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = socketIn(folder);
  const pidFile = join(folder, 'redis.pid');
  const until = Date.now() + START_MS;
  const takenOver = await answers(path, until);
  if (!takenOver) await launchOnce(folder, path, pidFile, until);
  const stopping = new AbortController();
  let guarding: Promise<void> = Promise.resolve();
  return {
    path,
    takenOver,
    guard(onError) {
      const start = (): Promise<void> => launchOnce(folder, path, pidFile, Date.now() + START_MS);
      guarding = guard({ path, start, signal: stopping.signal, onError });
    },
    async stop() {
      stopping.abort();
      await guarding;
      await shutDown(path, pidFile);
    },
  };
}

interface Guarding {
  readonly path: string;
  readonly start: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly onError: (error: Error) => void;
}

/** Never rejects. */
async function guard({ path, start, signal, onError }: Guarding): Promise<void> {
  while (!signal.aborted) {
    await untilGone(path, signal);
    if (signal.aborted) return;
    try {
      await start();
    } catch (error) {
      onError(error as Error);
      await wait(RESTART_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Resolves when the connection to it breaks, or cannot be made. */
async function untilGone(path: string, signal: AbortSignal): Promise<void> {
  const redis = new Redis({ path, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  redis.once('end', done);
  signal.addEventListener('abort', done, { once: true });
  await promise;
  signal.removeEventListener('abort', done);
  redis.disconnect();
}

/** Locks that this process holds: one with our pid that is not among them was left by an earlier life. */
const held = new Set<string>();

/** Two processes of one data folder never start it both: the second would work on the first one's files. */
async function launchOnce(folder: string, path: string, pidFile: string, until: number): Promise<void> {
  const lock = join(folder, 'starting');
  for (;;) {
    try {
      await writeFile(lock, `${process.pid}\n`, { flag: 'wx' });
      held.add(lock);
      break;
    } catch {
      const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
      const isLeft = pid === process.pid ? !held.has(lock) : pid > 0 && !isAlive(pid);
      if (isLeft || Date.now() > until) await rm(lock, { force: true });
      else await wait(50);
    }
  }
  try {
    if (!(await answers(path, until))) await launch(folder, path, pidFile, until);
  } finally {
    held.delete(lock);
    await rm(lock, { force: true });
  }
}

async function launch(folder: string, path: string, pidFile: string, until: number): Promise<void> {
  const log = join(folder, 'redis.log');
  const words = [
    ['--port', '0', '--unixsocket', path, '--unixsocketperm', '700', '--dir', folder, '--logfile', log],
    ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'],
  ].flat();
  const child = spawn('redis-server', words, { detached: true, stdio: 'ignore' });
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = `redis-server cannot be started (${error.message}): install it, or set REDIS_URL`;
  });
  child.on('exit', (code) => {
    ended ??= `redis-server ended at once with code ${code ?? 'none'}; its log: ${log}`;
  });
  child.unref();
  while (!(await answers(path, until))) {
    if (ended) throw new OutsideError('redis', 'unavailable', ended);
    if (Date.now() > until) {
      throw new OutsideError(
        'redis',
        'timeout',
        `redis-server did not answer in ${START_MS / 1000} s; its log: ${log}`,
      );
    }
    await wait(25);
  }
  // In one step: whoever reads it finds the old one or the new one.
  await writeFile(`${pidFile}.new`, `${child.pid ?? ''}\n`);
  await rename(`${pidFile}.new`, pidFile);
}

async function shutDown(path: string, pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  const redis = new Redis({ path, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  await redis.connect().catch(() => undefined);
  // The answer to SHUTDOWN is the closed connection.
  await redis.shutdown('NOSAVE').catch(() => undefined);
  redis.disconnect();
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await wait(20);
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
