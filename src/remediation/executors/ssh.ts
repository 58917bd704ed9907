import { basename } from 'node:path';

import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';

import { bytesIn, listingOf, spaceIn, spaceOf } from './files.ts';
import { gate } from './gate.ts';
import { saidByGate } from './gate/answer.ts';
import type { SshAccess } from './ssh/dial.ts';
import { sshError } from './ssh/errors.ts';
import { createHosts } from './ssh/hosts.ts';
import { commandOf } from './ssh/words.ts';
import { started } from './started.ts';

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
 * Machines over SSH: one connection to each, whose host key must be the one in the fleet file. With tocsin-gate there it
 * does what that lets through; without, it looks. It ends no program but its own.
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
  const gated = gate({
    system: ID,
    ask: async (node, { request, program }, bounds) =>
      (await to(node, bounds.signal)).run({ command: request, name: basename(program) }, bounds),
  });

  const run: Executor['run'] = async (node, argv, bounds) => {
    const { gate: hasGate, host, port } = accessOf(node);
    if (hasGate) return await gated.run(node, argv, bounds);
    const [program] = argv;
    const at = `${host}:${port}`;
    const connection = await to(node, bounds.signal);
    const ran = await connection.run({ command: commandFor(argv, at), name: basename(program) }, bounds);
    if (saidByGate(ran) !== undefined) throw behindGate(node);
    return started(ran, { system: ID, program, at });
  };

  /** What only a gate does. */
  const throughGate = (node: Node): typeof gated => {
    if (accessOf(node).gate) return gated;
    throw needsGate(node);
  };

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
    listening: async (node, port) => throughGate(node).listening(node, port),
    isRunning: async (node, process) => throughGate(node).isRunning(node, process),
    twin: async (node, name, change) => throughGate(node).twin(node, name, change),
    start: async (node, name, change) => throughGate(node).start(node, name, change),
    runOnce: async (node, id, argv, bounds) => throughGate(node).runOnce(node, id, argv, bounds),
    remember: async (node, name, process) => throughGate(node).remember(node, name, process),
    recall: async (node, name) => throughGate(node).recall(node, name),
    requireAllowed: async (node, how, argv) => throughGate(node).requireAllowed(node, how, argv),
    [Symbol.dispose]: () => hosts[Symbol.dispose](),
  };
}

function accessOf({ id, access }: Node): SshAccess {
  if (access.kind === 'ssh') return access;
  throw new TypeError(`${id} is not reached by SSH`);
}

function commandFor(argv: readonly [string, ...string[]], at: string): string {
  try {
    return commandOf(argv);
  } catch (error) {
    throw sshError(error, at);
  }
}

const needsGate = ({ id }: Node): OutsideError =>
  new OutsideError(
    ID,
    'rejected',
    `${id} has no tocsin-gate, so Tocsin only looks there: install it (docs/gate.md) and write gate: true into its access, or do it there by hand`,
  );

const behindGate = ({ id }: Node): OutsideError =>
  new OutsideError(
    ID,
    'rejected',
    `tocsin-gate stands behind our key on ${id}: write gate: true into its access in the fleet file`,
  );
