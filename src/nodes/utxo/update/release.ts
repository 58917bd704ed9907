import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import { compareReleases, readRelease } from '#src/domain/release.ts';
import { seenWords } from '#src/domain/version.ts';

import { readChain } from '../chain.ts';
import type { Rpc } from '../rpc.ts';

/** What a daemon was built from, as it says. A type, not an interface: it is kept as JSON. */
export type Runs = { readonly version?: string | undefined; readonly commit?: string | undefined };

/** A program on a node. A type, not an interface: it is kept as JSON. */
export type Program = Runs & {
  /** Its whole path, without symbolic links. */
  readonly path: string;
};

type Argv = readonly [string, ...string[]];

const LOOK_MS = 15_000;
const bounds = () => ({ signal: AbortSignal.timeout(LOOK_MS), maxBytes: 64 * 1024 });

/** The words with what is asked put in. */
export const filled = (argv: Argv, values: Readonly<Record<string, string>>): Argv => {
  const [program, ...words] = argv.map((word) =>
    word.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  );
  return [program ?? '', ...words];
};

interface Asked {
  readonly executor: Executor;
  readonly node: Node;
  /** How a program is asked, with `{program}` in it. */
  readonly version?: Argv | undefined;
}

/** A program as it tells of itself. Throws UserError when it is not there, or tells nothing that names a version. */
export async function programAt(path: string, { executor, node, version }: Asked): Promise<Program> {
  // An image of a container is no path; nothing is to be followed there.
  const isPath = path.startsWith('/');
  const link = isPath ? await executor.run(node, ['readlink', '-f', '--', path], bounds()) : undefined;
  const real = link === undefined ? path : link.stdout.trim();
  if (link && (link.exitCode !== 0 || real === '')) throw absent(path, node);
  const { exitCode, stdout } = await executor
    .run(node, filled(version ?? ['{program}', '-version'], { program: real }), bounds())
    .catch((error: unknown) => {
      if (error instanceof OutsideError && error.reason === 'not-found') throw absent(path, node);
      throw error;
    });
  const line = stdout.trim().split('\n')[0]?.slice(0, 200) ?? '';
  const { numbers, client, commit } = readRelease(line);
  if (exitCode !== 0 || (numbers ?? client ?? commit) === undefined) {
    throw new UserError(`${path} on ${node.id} does not tell its version: is it a daemon?`);
  }
  return {
    path: real,
    version: /v?\d+(?:\.\d+)+\S*/i.exec(line)?.[0] ?? line,
    ...(commit !== undefined && { commit }),
  };
}

const absent = (path: string, node: Node): UserError =>
  new UserError(`There is no program ${path} on ${node.id}: build it first.`);

/** What runs behind the RPC. Throws RpcError, OutsideError. */
export async function running(rpc: Rpc): Promise<Runs> {
  const { version, commit } = await readChain(rpc);
  return { version, commit };
}

/** Below 0 when the program is older than what runs; undefined where their names do not decide it. */
export const compared = (program: Runs, runs: Runs): number | undefined =>
  compareReleases(readRelease(program.version ?? ''), readRelease(runs.version ?? ''));

/** Why what answers is not the program, in words; a hotfix that the RPC does not tell counts for nothing. */
export function whyNot(program: Runs, runs: Runs): string | undefined {
  const [asked, told] = [readRelease(program.version ?? ''), readRelease(runs.version ?? '')];
  if (!asked.numbers || !told.numbers) return undefined;
  const isSame = [0, 1, 2].every((at) => (asked.numbers?.[at] ?? 0) === (told.numbers?.[at] ?? 0));
  return isSame ? undefined : `its RPC says that it runs ${seenWords(runs)}, not ${seenWords(program)}`;
}
