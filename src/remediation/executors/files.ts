import { OutsideError } from '#src/domain/errors.ts';
import type { Ran, Space } from '#src/domain/executor.ts';

type Argv = readonly [string, ...string[]];

/** POSIX programs whose words are the same in every language: what `ls` and `df` print is read here. */
const plainly = (...argv: readonly string[]): Argv => ['env', 'LC_ALL=C', ...argv];

export const listingOf = (path: string): Argv => plainly('ls', '-Lldn', '--', path);
export const spaceOf = (path: string): Argv => plainly('df', '-Pk', '--', path);

/** What was run, on whose behalf. */
interface Printed extends Ran {
  /** As OutsideError names it. */
  readonly system: string;
  readonly path: string;
}

/** Bytes of a file by what `listingOf` printed; undefined when it is not there. Throws OutsideError. */
export function bytesIn(printed: Printed): number | undefined {
  if (isMissing(printed)) return undefined;
  // mode, links, user, group, bytes
  const bytes = /^\S+\s+\d+\s+\S+\s+\S+\s+(\d+)\s/.exec(printed.stdout)?.[1];
  if (printed.exitCode !== 0 || bytes === undefined) throw failure(printed);
  return Number(bytes);
}

/** Space by what `spaceOf` printed; undefined when there is no such path. Throws OutsideError. */
export function spaceIn(printed: Printed): Space | undefined {
  if (isMissing(printed)) return undefined;
  // name, total, used, free, in use, mount point; both ends may hold spaces and figures
  const row = printed.stdout.trim().split('\n')[1] ?? '';
  const [, total, free] = /\s(\d+)\s+\d+\s+(-?\d+)\s+(?:\d+%|-)\s+\//.exec(row) ?? [];
  if (printed.exitCode !== 0 || total === undefined || free === undefined) throw failure(printed);
  return { totalBytes: Number(total) * 1024, freeBytes: Math.max(0, Number(free)) * 1024 };
}

const isMissing = ({ exitCode, stderr }: Ran): boolean =>
  exitCode !== 0 && /No such file or directory|Not a directory/.test(stderr);

function failure({ system, path, stderr }: Printed): OutsideError {
  if (/Permission denied/.test(stderr)) {
    return new OutsideError(system, 'forbidden', `our user there may not look at ${path}`);
  }
  return new OutsideError(system, 'unreadable', `what the machine says of ${path} cannot be read`);
}
