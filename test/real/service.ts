import { setTimeout as pause } from 'node:timers/promises';
import { type Child, type ChildOptions, type Exit, startChild } from './child.ts';

export interface Service extends AsyncDisposable {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly exit: Promise<Exit>;
  output(): string;
  /** Sends the signal and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
  /** SIGTERM; after the bound SIGKILL, which the answer then shows. */
  stop(): Promise<Stopped>;
  /** The same program with the same words, ready again; ends the running one first. */
  restart(): Promise<void>;
}

export interface Stopped extends Exit {
  readonly tookMs: number;
}

/** The component ended, or stayed silent, before it was ready. */
export class NotStarted extends Error {
  readonly exit: Exit;
  readonly output: string;

  constructor(reason: string, { exit, output }: { exit: Exit; output: string }) {
    super(`${reason}\n${output}`);
    this.name = 'NotStarted';
    this.exit = exit;
    this.output = output;
  }
}

export interface ServiceOptions extends ChildOptions {
  readonly name: string;
  /** Asked again and again until it holds; a rejection counts as "not yet". */
  readonly ready: (signal: AbortSignal) => Promise<boolean>;
  readonly readyWithinMs?: number;
  readonly stopWithinMs?: number;
  /** How disposal ends it: 'kill' where nobody will read what a clean end would have written. */
  readonly endBy?: 'stop' | 'kill';
  /** Runs once, at disposal, after the process is gone. */
  readonly cleanUp?: () => void | Promise<void>;
}

const askEveryMs = 25;

/** Starts a component and resolves when it answers; rejects with its output when it ends or stays silent. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, argv, stopWithinMs = 15_000, endBy = 'stop', cleanUp } = options;
  let child: Child;
  let disposal: Promise<void> | undefined;

  async function start(): Promise<void> {
    child = await startChild(options);
    const fault = await waitUntilReady(child, options);
    if (fault === undefined) return;
    const exit = await kill('SIGKILL');
    throw new NotStarted(`${name} ${fault}`, { exit, output: child.output() });
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (!child.gone) child.signal(signal);
    return await child.exit;
  }

  async function stop(): Promise<Stopped> {
    const began = performance.now();
    const late = setTimeout(() => child.signal('SIGKILL'), stopWithinMs);
    const exit = await kill('SIGTERM');
    clearTimeout(late);
    return { ...exit, tookMs: performance.now() - began };
  }

  async function dispose(): Promise<void> {
    await (endBy === 'stop' ? stop() : kill());
    await cleanUp?.();
  }

  try {
    await start();
  } catch (error) {
    await cleanUp?.();
    throw error;
  }

  return {
    get pid() {
      return child.pid;
    },
    get exit() {
      return child.exit;
    },
    argv,
    output: () => child.output(),
    kill,
    stop,
    async restart() {
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: () => (disposal ??= dispose()),
  };
}

// Resolves to what went wrong, if anything.
async function waitUntilReady(child: Child, options: ServiceOptions): Promise<string | undefined> {
  const { ready, readyWithinMs = 30_000 } = options;
  const bound = AbortSignal.timeout(readyWithinMs);
  while (!bound.aborted) {
    if (child.gone) return `ended while starting (${describe(await child.exit)})`;
    if (await ready(bound).catch(() => false)) return undefined;
    await pause(askEveryMs);
  }
  return `was not ready within ${readyWithinMs} ms`;
}

function describe({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal;
}
