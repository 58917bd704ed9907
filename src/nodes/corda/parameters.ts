import { OutsideError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import type { Worker } from './settings.ts';
import { hashOf, signedIn } from './signed.ts';

/** The network parameters that a worker has, by their hashes. */
export interface Parameters {
  /** The worker's id. */
  readonly worker: string;
  /** Which it runs with. */
  readonly inForce: string;
  /** Which it accepted last: those it runs with, or an update of them. */
  readonly accepted: string;
}

interface Reached {
  readonly target: { readonly node: Node };
  readonly executor?: Executor | undefined;
  readonly signal: AbortSignal;
}

/** Of Corda's own names: where a node keeps what it runs with, and what it accepted for the flag day. */
const [IN_FORCE, UPDATE] = ['network-parameters', 'network-parameters-update'];
const MOST_BYTES = 1024 * 1024;

/** Reads both of a worker's files, where they lie. Throws OutsideError. */
export async function parametersOf({ id, directory }: Worker, reached: Reached): Promise<Parameters> {
  const [inForce, update] = await Promise.all(
    [IN_FORCE, UPDATE].map((name) => hashIn(`${directory}/${name}`, reached)),
  );
  if (inForce === undefined) {
    const words = `there is no ${IN_FORCE} in ${directory}: is that the base directory of the node?`;
    throw new OutsideError('corda', 'not-found', words);
  }
  return { worker: id, inForce, accepted: update ?? inForce };
}

/** Undefined when there is no such file. */
async function hashIn(
  path: string,
  { target: { node }, executor, signal }: Reached,
): Promise<string | undefined> {
  if (!executor) {
    const words = `this version has no ${node.access.kind} way to ${path}`;
    throw new OutsideError('corda', 'rejected', words);
  }
  const bytes = await executor.fileBytes(node, path);
  if (bytes === undefined) return undefined;
  if (bytes > MOST_BYTES)
    throw new OutsideError('corda', 'unreadable', `${path} is too large for parameters`);
  const { exitCode, stdout } = await executor.run(node, ['base64', path], {
    signal,
    maxBytes: 2 * MOST_BYTES,
  });
  if (exitCode !== 0)
    throw new OutsideError('corda', 'forbidden', `cannot read ${path}: let Tocsin's user read it`);
  const signed = signedIn(Buffer.from(stdout, 'base64'));
  if (!signed) throw new OutsideError('corda', 'unreadable', `${path} holds no network parameters`);
  return hashOf(signed);
}
