import { readdir, readFile, readlink } from 'node:fs/promises';

import type { Process } from '#src/domain/executor.ts';

/** Linux' /proc, read; https://man7.org/linux/man-pages/man5/proc.5.html. What vanishes while it is read is undefined. */

const LISTEN = '0A';
/** All that a daemon gets of its environment when it is started again. */
const KEPT_VARIABLES = /^(?:HOME|PATH|USER|LANG|LC_\w+|TZ)=/;

/** Inodes of the sockets that listen on a TCP port, of any address. */
export async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(read));
  const rows = tables.flatMap((table) => (table ?? '').split('\n').slice(1));
  const inodes = new Set<string>();
  for (const row of rows) {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
    if (state !== LISTEN || !inode || !local) continue;
    if (Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16) === port) inodes.add(inode);
  }
  return inodes;
}

/** The process that holds one of the sockets; undefined also when it is one we may not look into. */
export async function holderOf(
  inodes: ReadonlySet<string>,
): Promise<{ readonly pid: number; readonly inode: string } | undefined> {
  const links = new Map([...inodes].map((inode) => [`socket:[${inode}]`, inode]));
  for (const pid of await pids()) {
    const folder = `/proc/${pid}/fd`;
    for (const fd of await readdir(folder).catch(() => [])) {
      const inode = links.get((await link(`${folder}/${fd}`)) ?? '');
      if (inode !== undefined) return { pid, inode };
    }
  }
  return undefined;
}

export const pids = async (): Promise<readonly number[]> =>
  (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);

/** When the process began, as the machine's boot and the kernel's clock ticks since; undefined when it is gone or only waits to be reaped. */
export async function startedAt(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    read(`/proc/${pid}/stat`),
    read('/proc/sys/kernel/random/boot_id'),
  ]);
  // The name in parentheses may hold anything, also spaces and parentheses.
  const [state, ...rest] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const ticks = rest[18];
  if (!state || !ticks || state === 'Z' || state === 'X') return undefined;
  return `${(boot ?? '').slice(0, 8)}:${ticks}`;
}

export async function argvOf(pid: number): Promise<readonly string[]> {
  const line = await read(`/proc/${pid}/cmdline`);
  return line ? line.replace(/\0$/, '').split('\0') : [];
}

export const cwdOf = (pid: number): Promise<string | undefined> => link(`/proc/${pid}/cwd`);

/** The process as it can be started again: its program by the whole path. */
export async function processOf(pid: number): Promise<Process | undefined> {
  const [started, argv, program, cwd, environ] = await Promise.all([
    startedAt(pid),
    argvOf(pid),
    link(`/proc/${pid}/exe`),
    cwdOf(pid),
    read(`/proc/${pid}/environ`),
  ]);
  if (!started || !program || !cwd || argv.length === 0 || environ === undefined) return undefined;
  return {
    pid,
    startedAt: started,
    // A program that was replaced by an update shows the mark: the new one stands at the same path.
    argv: [program.replace(/ \(deleted\)$/, ''), ...argv.slice(1)],
    cwd: cwd.replace(/ \(deleted\)$/, ''),
    env: variablesIn(environ, KEPT_VARIABLES),
  };
}

/** Those entries of an environment, as the kernel tells it, that the pattern takes. */
export const variablesIn = (environ: string, kept: RegExp): Readonly<Record<string, string>> =>
  Object.fromEntries(
    environ
      .split('\0')
      .filter((entry) => kept.test(entry))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
const link = (path: string): Promise<string | undefined> => readlink(path).catch(() => undefined);
