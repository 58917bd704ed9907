import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to a port of this machine that can be cut, or go dead without a word. */
export interface Line extends AsyncDisposable {
  readonly port: number;
  /** How often it was dialled. */
  readonly dialled: number;
  /** Ends every connection that goes over it. */
  cut(): void;
  /** From now on nothing comes through, though all stays open; until told otherwise. */
  dead: boolean;
}

export async function openLine(to: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let dialled = 0;
  let dead = false;
  const server = createServer((near) => {
    dialled++;
    const far = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('data', (chunk) => !dead && other.write(chunk));
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    get dialled() {
      return dialled;
    },
    cut,
    get dead() {
      return dead;
    },
    set dead(is) {
      dead = is;
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
