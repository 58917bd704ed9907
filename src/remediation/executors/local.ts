import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import type { Change, Executor, Process, Ran, RunBounds, Wire } from '#src/domain/executor.ts';

import { gate } from './gate.ts';
import { argvOf, cwdOf, holderOf, listeningInodes, pids, processOf, startedAt, variablesIn } from './proc.ts';
import { rememberedIn } from './remembered.ts';
import { writeWhole } from './whole.ts';

/** Keeps the results of programs that run once, here as on other machines. */
const GATE = join(import.meta.dirname, '../../../deploy/node/tocsin-gate');
const KEPT_VARIABLES = /^(?:HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|(?:XDG|DBUS|DOCKER)_\w+)=/;

/**
 * The machine that Tocsin runs on, through Linux' /proc. It looks and starts; it sends no signal, so a
 * daemon can only be stopped by its own RPC.
 */
export function local({ dataDir }: { readonly dataDir: string }): Executor {
  const folder = join(dataDir, 'processes');
  const remembered = rememberedIn(folder);
  /** Port → who held which socket: a search through all processes is made once per socket, not per look. */
  const holders = new Map<number, { readonly inode: string; readonly pid: number; readonly began: string }>();

  const once = gate({
    system: 'local',
    ask: (_node, { request }, bounds) =>
      translated(async () => {
        const own = join(dataDir, 'gate');
        const allow = join(own, 'allow');
        await mkdir(own, { recursive: true, mode: 0o700 });
        // Whole at every moment: another request may be reading it.
        await writeWhole(allow, 'once ...\n');
        const env = { ...(await environment()), SSH_ORIGINAL_COMMAND: request };
        return ran(['/bin/sh', GATE, allow, own], bounds, env);
      }),
  });

  const searches = new Map<number, Promise<number | undefined>>();

  /** Who asks while it is searched waits for the same search: many at once would keep each other from ever ending. */
  function heldBy(port: number, inodes: ReadonlySet<string>): Promise<number | undefined> {
    const search = searches.get(port) ?? searched(port, inodes).finally(() => searches.delete(port));
    searches.set(port, search);
    return search;
  }

  async function searched(port: number, inodes: ReadonlySet<string>): Promise<number | undefined> {
    const known = holders.get(port);
    if (known && inodes.has(known.inode) && (await startedAt(known.pid)) === known.began) return known.pid;
    const found = await holderOf(inodes);
    const began = found && (await startedAt(found.pid));
    if (found && began) holders.set(port, { ...found, began });
    else holders.delete(port);
    return found?.pid;
  }

  return {
    id: 'local',
    run: (_node, argv, bounds) => translated(() => ran(argv, bounds)),
    connect: (_node, to, signal) => translated(() => connected(to, signal)),
    space: (_node, path) =>
      translated(async () => {
        const system = await statfs(path).catch(ofMissing);
        return (
          system && { freeBytes: system.bavail * system.bsize, totalBytes: system.blocks * system.bsize }
        );
      }),
    listening: (_node, port) =>
      translated(async () => {
        const inodes = await listeningInodes(port);
        if (inodes.size === 0) return undefined;
        const pid = await heldBy(port, inodes);
        const process = pid === undefined ? undefined : await processOf(pid);
        if (process) return process;
        // It may have ended in between.
        if ((await listeningInodes(port)).size === 0) return undefined;
        throw new OutsideError(
          'local',
          'forbidden',
          `something listens on port ${port}, but its process is not ours to look into: run Tocsin as the daemon's user`,
        );
      }),
    isRunning: (_node, { pid, startedAt: began }) => translated(async () => (await startedAt(pid)) === began),
    runOnce: (node, id, argv, bounds) => once.runOnce(node, id, argv, bounds),
    twin: (node, name, change = {}) =>
      translated(async () => {
        const process = await remembered.recall(node.id, name);
        if (!process) return undefined;
        const forms = [process, started(process, change)].map(({ argv }) => argv);
        for (const pid of await pids()) {
          const words = wordsOf(await argvOf(pid));
          if (!forms.some((argv) => wordsOf(argv) === words)) continue;
          if ((await cwdOf(pid)) !== process.cwd) continue;
          const found = await processOf(pid);
          if (forms.some((argv) => wordsOf(argv) === words && argv[0] === found?.argv[0])) return found;
        }
        return undefined;
      }),
    start: (node, name, change = {}) =>
      translated(async () => {
        const process = await remembered.recall(node.id, name);
        if (!process)
          throw new OutsideError('local', 'not-found', `how ${name} was started is not remembered`);
        const next = changed(process, change);
        await startDetached(started(process, change), folder);
        if (change.program !== undefined) await remembered.remember(node.id, name, next);
      }),
    fileBytes: (_node, path) => translated(() => stat(path).then(({ size }) => size, ofMissing)),
    remember: (node, name, process) => translated(() => remembered.remember(node.id, name, process)),
    recall: (node, name) => translated(() => remembered.recall(node.id, name)),
  };
}

function ofMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

const changed = (process: Process, { program = process.argv[0] ?? '' }: Change): Process => ({
  ...process,
  argv: [program, ...process.argv.slice(1)],
});

const started = (process: Process, change: Change): Process => {
  const next = changed(process, change);
  return { ...next, argv: [...next.argv, ...(change.once ?? [])] };
};

/** A command line without its program. */
const wordsOf = (argv: readonly string[]): string => argv.slice(1).join('\0');

const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

function ran(
  [program, ...words]: readonly [string, ...string[]],
  bounds: RunBounds,
  env?: Readonly<Record<string, string>>,
): Promise<Ran> {
  const { signal, maxBytes: maxBuffer = MOST_OUTPUT_BYTES } = bounds;
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  execFile(program, words, { signal, maxBuffer, env }, (error, stdout, stderr) => {
    if (error === null) resolve({ exitCode: 0, stdout, stderr });
    else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
    else if (signal.aborted) reject(cutOff(program));
    else if (String(error.code) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      reject(new OutsideError('local', 'unreadable', `${basename(program)} said more than may be read`));
    else if (error.signal) reject(endedBy(error.signal, program));
    else reject(error);
  }).stdin?.end();
  return promise;
}

const cutOff = (program: string): OutsideError =>
  new OutsideError('local', 'timeout', `${basename(program)} was ended: it took too long`, {
    maybeDone: true,
  });

const endedBy = (signal: string, program: string): OutsideError =>
  new OutsideError('local', 'unavailable', `${basename(program)} was ended by ${signal}`, {
    maybeDone: true,
  });

/** What a program may need of our environment to find its way; nothing that Tocsin was given for itself. */
async function environment(): Promise<Readonly<Record<string, string>>> {
  return variablesIn(await readFile('/proc/self/environ', 'utf8'), KEPT_VARIABLES);
}

async function connected(
  to: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Wire> {
  const socket = connect({ ...to, noDelay: true });
  await once(socket, 'connect', { signal }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  return socket;
}

/** In a session of its own, so that nothing that ends Tocsin ends the daemon; its output goes to a file of ours. */
async function startDetached(
  { argv: [program = '', ...words], cwd, env }: Process,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const log = await open(join(folder, `${basename(program)}.log`), 'a', 0o600);
  try {
    const child = spawn(program, words, { cwd, env, detached: true, stdio: ['ignore', log.fd, log.fd] });
    await once(child, 'spawn');
    child.unref();
  } finally {
    await log.close();
  }
}

/** The only place where the system's errors become ours. */
async function translated<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof OutsideError) throw error;
    const { code = 'no code', path = '', syscall = 'the call' } = error as NodeJS.ErrnoException;
    const what = `${syscall.split(' ')[0]} ${path}`.trim();
    switch (code) {
      case 'ENOENT':
      case 'ENOTDIR':
        throw new OutsideError(
          'local',
          'not-found',
          `${what}: the program, or the folder it ran in, is not there`,
          { cause: codeOnly(code) },
        );
      case 'EACCES':
      case 'EPERM':
        throw new OutsideError('local', 'forbidden', `${what}: Tocsin's user may not do this`, {
          cause: codeOnly(code),
        });
      case 'ECONNREFUSED':
        throw new OutsideError('local', 'not-found', 'nothing listens there', { cause: codeOnly(code) });
      default:
        throw new OutsideError('local', 'unavailable', `${what} failed (${code})`, { cause: codeOnly(code) });
    }
  }
}

// A failed spawn carries the arguments in its error: they must go nowhere.
const codeOnly = (code: string): Error => Object.assign(new Error(code), { code });
