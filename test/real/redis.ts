import { connect } from 'node:net';
import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type Service, startService } from './service.ts';

export interface RedisOptions {
  readonly port?: number;
  /** Listens on this path beside the port. */
  readonly unixsocket?: string;
  readonly appendonly?: boolean;
  /** Kept at the end; without it the data live in a temporary folder. */
  readonly dir?: string;
  readonly args?: readonly string[];
}

export interface RunningRedis extends Service {
  /** Database 0; another one is `${url}/7`. */
  readonly url: string;
  readonly port: number;
}

/** A redis-server on loopback; `restart` comes back on the same port and data. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const { unixsocket, appendonly = false, dir, args = [] } = options;
  const port = options.port ?? (await freePort());
  const folder = dir === undefined ? temporaryFolder('redis') : undefined;
  const listening = ['--port', `${port}`, '--bind', '127.0.0.1'];
  if (unixsocket !== undefined) listening.push('--unixsocket', unixsocket, '--unixsocketperm', '700');
  const keeping = [
    '--dir',
    dir ?? folder?.path ?? '.',
    '--save',
    '',
    '--appendonly',
    appendonly ? 'yes' : 'no',
  ];
  const service = await startService({
    name: 'redis-server',
    argv: ['redis-server', ...listening, ...keeping, '--maxmemory-policy', 'noeviction', ...args],
    ready: () => pongs(port),
    cleanUp: () => folder?.[Symbol.dispose](),
  });
  return Object.assign(service, { url: `redis://127.0.0.1:${port}`, port });
}

// Also false while it still loads its data: the answer is then an error, -LOADING.
async function pongs(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
  socket.setTimeout(1000, () => resolve(false));
  socket.once('data', (answer) => resolve(answer.toString() === '+PONG\r\n'));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
