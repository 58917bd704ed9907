import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';

import { bytesIn, listingOf, spaceIn, spaceOf } from './files.ts';
import type { SshAccess } from './ssh/dial.ts';
import { createHosts } from './ssh/hosts.ts';

export interface SshOptions {
  readonly logger?: Logger | undefined;
  /** A connection that nobody used for so long is closed. */
  readonly idleMs?: number | undefined;
  /** How long a failure stands for everybody who asks, at first and at last. */
  readonly backoffMs?: readonly [number, number] | undefined;
}

const ID = 'ssh';
/** For a look at a file. */
const FILE_MS = 5_000;

/**
 * Machines over SSH, for looking: one connection to each, whose host key must be the one in the fleet
 * file. It ends no program but its own, and starts no daemon.
 */
export function ssh({ logger, ...pace }: SshOptions): Executor {
  const told = new Set<string>();
  const hosts = createHosts({
    ...pace,
    exposed(identityFile) {
      if (told.has(identityFile)) return;
      told.add(identityFile);
      logger?.warn({ identityFile }, 'others may read a private key: chmod 600 it');
    },
  });
  const to = (node: Node, signal: AbortSignal) => hosts.connectionTo(accessOf(node), signal);
  const run: Executor['run'] = async (node, argv, bounds) =>
    (await to(node, bounds.signal)).run(argv, bounds);

  /** The session begins in the user's home, where `~/` leads for a shell. */
  const asked = async (node: Node, argvOf: typeof listingOf, path: string) => {
    const argv = argvOf(path.replace(/^~\//, './'));
    return { ...(await run(node, argv, { signal: AbortSignal.timeout(FILE_MS) })), system: ID, path };
  };

  return {
    id: ID,
    async reach(node, signal) {
      await to(node, signal);
    },
    run,
    connect: async (node, port, signal) => (await to(node, signal)).stream(port, signal),
    fileBytes: async (node, path) => bytesIn(await asked(node, listingOf, path)),
    space: async (node, path) => spaceIn(await asked(node, spaceOf, path)),
    listening: needsGate,
    isRunning: needsGate,
    twin: needsGate,
    start: needsGate,
    runOnce: needsGate,
    remember: needsGate,
    recall: needsGate,
    [Symbol.dispose]: () => hosts[Symbol.dispose](),
  };
}

function accessOf({ id, access }: Node): SshAccess {
  if (access.kind === 'ssh') return access;
  throw new TypeError(`${id} is not reached by SSH`);
}

async function needsGate(): Promise<never> {
  const words = 'remedies over SSH need tocsin-gate, which this version does not have: do it there by hand';
  throw new OutsideError(ID, 'rejected', words);
}
