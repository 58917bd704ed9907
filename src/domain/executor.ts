import type { Cluster } from './cluster.ts';
import type { Node } from './node.ts';

/**
 * A daemon's process as it runs, enough to know the same again. The arguments may hold secrets: never shown, logged or
 * queued. Of a machine elsewhere they come with the secrets hidden.
 */
export interface Process {
  readonly pid: number;
  /** Kernel start time of the process, so that a reused pid is not mistaken for it. */
  readonly startedAt: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that came to its end. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunBounds {
  /** Ends the program, on the node too where that can be done. */
  readonly signal: AbortSignal;
  /** More output is an error. */
  readonly maxBytes?: number | undefined;
}

/** In what a process shall differ when it is started again; from then on it is remembered so. */
export interface Change {
  /** Another program, by its whole path. */
  readonly program?: string | undefined;
  /** Words after its own, for this one start: they are not remembered. */
  readonly once?: readonly string[] | undefined;
}

/** A stream of bytes to a port and back. */
export type Wire = NodeJS.ReadWriteStream & { destroy(error?: Error): unknown };

/** Of the file system that a path lies on. */
export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Reaches into a node's machine. Arguments are words; there is no shell in it. Throws OutsideError. */
export interface Executor extends Partial<Disposable> {
  readonly id: string;
  /** Opens the way to the machine, or finds it open; of executors to machines elsewhere. */
  reach?(node: Node, signal: AbortSignal): Promise<void>;
  /** Runs a program of the node to its end, whatever it exits with. */
  run(node: Node, argv: readonly [string, ...string[]], bounds: RunBounds): Promise<Ran>;
  /**
   * Runs a program of the node that changes something there, at most once under an id: whoever asks again is given what
   * came of it then, also when Tocsin, the connection or both ended meanwhile. When it was begun and its end is not
   * known, OutsideError with `maybeDone`: look at what it was for.
   */
  runOnce(node: Node, id: string, argv: readonly [string, ...string[]], bounds: RunBounds): Promise<Ran>;
  /** To a port as the node itself sees it: its loopback is the node's. Nothing listens = `not-found`, with the code ECONNREFUSED in its cause. */
  connect(
    node: Node,
    to: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<Wire>;
  /** Undefined when there is no such path. */
  space(node: Node, path: string): Promise<Space | undefined>;
  /** The process that listens on a TCP port of the node; undefined when none does. */
  listening(node: Node, port: number): Promise<Process | undefined>;
  isRunning(node: Node, process: Process): Promise<boolean>;
  /**
   * A process with the arguments and the folder of the one that is remembered under the name, or as it is started with the
   * change; whether it listens or not.
   */
  twin(node: Node, name: string, change?: Change): Promise<Process | undefined>;
  /** Starts what is remembered under the name again, detached: it outlives Tocsin. Nothing remembered = `not-found`. */
  start(node: Node, name: string, change?: Change): Promise<void>;
  /** Size in bytes; undefined when there is no such file. */
  fileBytes(node: Node, path: string): Promise<number | undefined>;
  /** Remembers a process under a name, for the time when it is down. Kept by the executor, readable by its user only. */
  remember(node: Node, name: string, process: Process): Promise<void>;
  recall(node: Node, name: string): Promise<Process | undefined>;
  /**
   * That the machine's own list lets a program through, asked before anything is begun; of executors that meet such a
   * list. Throws OutsideError, `forbidden` in words that say what to add.
   */
  requireAllowed?(
    node: Node,
    how: 'run' | 'once' | 'start',
    argv: readonly [string, ...string[]],
  ): Promise<void>;
  /** The API of the cluster that the node lives in; of executors of Kubernetes. */
  cluster?(node: Node): Cluster;
}

/** The executor of a node's access kind; undefined where this Tocsin has none. */
export type Executors = (node: Node) => Executor | undefined;
