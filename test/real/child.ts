import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { atEnd } from './ending.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly argv: readonly [program: string, ...words: string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Child {
  readonly pid: number;
  /** The end of what it wrote on both streams, at most 256 KiB. */
  output(): string;
  readonly exit: Promise<Exit>;
  readonly gone: boolean;
  signal(signal: NodeJS.Signals): void;
}

const keptCharacters = 256 * 1024;
const alive = new Set<ChildProcess>();

atEnd(() => {
  for (const child of alive) child.kill('SIGKILL');
});

// setpriv replaces itself by the program, so the pid is the program's. With it the kernel ends the child
// even when this process is killed and its exit handlers never run.
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
const tether = process.platform === 'linux' && setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];

/** Starts a program that does not outlive this process. */
export async function startChild({ argv, cwd, env }: ChildOptions): Promise<Child> {
  const [program, ...words] = [...tether, ...argv];
  const child = spawn(program ?? argv[0], words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);

  let output = '';
  const keep = (chunk: string): void => {
    output = (output + chunk).slice(-keptCharacters);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);

  let gone = false;
  const { promise: exit, resolve } = Promise.withResolvers<Exit>();
  child.once('exit', () => {
    gone = true;
    alive.delete(child);
  });
  // 'close' comes after 'exit', once both streams are read to their end; a grandchild that inherited
  // them must not delay the exit for ever.
  child.once('exit', (code, signal) => {
    const settle = (): void => resolve({ code, signal });
    child.once('close', settle);
    setTimeout(settle, 500).unref();
  });

  try {
    await once(child, 'spawn');
  } catch (error) {
    alive.delete(child);
    throw new Error(`cannot start ${argv[0]}`, { cause: error });
  }
  return {
    pid: child.pid as number,
    output: () => output,
    exit,
    get gone() {
      return gone;
    },
    signal: (signal) => void child.kill(signal),
  };
}
