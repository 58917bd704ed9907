import { join } from 'node:path';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor, Ran } from '#src/domain/executor.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Node } from '#src/domain/node.ts';

const PROGRAM = 'tocsin-keys';
const OWN_COPY = join(import.meta.dirname, '../../../../deploy/node', PROGRAM);
/** Asked so often when it is not known what came of it: whatever the program does, doing it again changes nothing. */
const TRIES = 3;

/** How the keys of a wallet are reached: on its own machine, by its own program. They never come here. */
export interface KeyRing {
  readonly executor: Executor;
  readonly node: Node;
  /** The daemon's own program and its words. */
  readonly cli: readonly [string, ...string[]];
  /** Where the keys are kept, a whole path on the node. */
  readonly file: string;
  /** What it is done for: each deed is done once for it. */
  readonly cause: string;
  readonly signal: AbortSignal;
}

/** Writes the keys of these addresses to the file. Throws UserError unless all of them are there. */
export async function exportKeys(ring: KeyRing, addresses: readonly string[]): Promise<string> {
  return finished(await once(ring, ['export', ring.file, ...addresses]), 'exported', addresses);
}

/** Shows that the exported keys are those of the addresses. Throws UserError unless all of them are. */
export async function proveKeys(ring: KeyRing, addresses: readonly string[]): Promise<string> {
  const { executor, node, cli, file, signal } = ring;
  const ran = await executor.run(node, [...program(node), 'prove', file, '--', ...cli], { signal });
  return finished(ran, 'proven', addresses);
}

/** Gives them to the wallet that is loaded now; from the height on it looks for what was theirs, where one is given. Throws UserError. */
export async function importKeys(
  ring: KeyRing,
  addresses: readonly string[],
  height: number | undefined,
): Promise<string> {
  return finished(await once(ring, ['import', ring.file, String(height ?? '-')]), 'imported', addresses);
}

/** That the node's own list lets all of it through, and looks for the files. Throws OutsideError with what to add. */
export async function requireKeyRing(
  { executor, node, cli, file }: Pick<KeyRing, 'executor' | 'node' | 'cli' | 'file'>,
  addresses: readonly string[],
): Promise<void> {
  const words = (...own: readonly string[]): readonly [string, ...string[]] => [
    ...program(node),
    ...own,
    '--',
    ...cli,
  ];
  await executor.requireAllowed?.(node, 'once', words('export', file, ...addresses));
  await executor.requireAllowed?.(node, 'run', words('prove', file));
  await executor.requireAllowed?.(node, 'once', words('import', file, '-'));
}

/** On another machine it is on the PATH; on our own it is where it came with Tocsin. */
const program = ({ access }: Node): readonly [string, ...string[]] =>
  access.kind === 'local' ? ['sh', OWN_COPY] : [PROGRAM];

async function once(
  { executor, node, cli, cause, signal }: KeyRing,
  words: readonly [string, ...string[]],
): Promise<Ran> {
  for (let attempt = 1; ; attempt++) {
    try {
      const id = keyOf(cause, PROGRAM, words[0], attempt);
      return await executor.runOnce(node, id, [...program(node), ...words, '--', ...cli], { signal });
    } catch (error) {
      const again = error instanceof OutsideError && error.maybeDone && attempt < TRIES && !signal.aborted;
      if (!again) throw error;
    }
  }
}

/** The digest of the file, when it was done for every one of the addresses. */
function finished({ exitCode, stdout, stderr }: Ran, verb: string, addresses: readonly string[]): string {
  if (exitCode !== 0) {
    const said = stderr
      .replace(/^tocsin-keys: /, '')
      .trim()
      .slice(0, 400);
    throw new UserError(`Keys were not ${verb}: ${said || `${PROGRAM} ended with ${exitCode}`}.`);
  }
  const lines = new Set(stdout.split('\n'));
  const missing = addresses.find((address) => !lines.has(`${verb} ${address}`));
  const [, digest] = /^sha256 ([0-9a-f]{64})$/m.exec(stdout) ?? [];
  if (missing === undefined && digest !== undefined) return digest;
  throw new UserError(
    missing === undefined
      ? `${PROGRAM} tells no digest of its file.`
      : `The key of ${missing} was not ${verb}.`,
  );
}
