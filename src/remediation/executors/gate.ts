import { basename } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import type { Change, Executor, Process, Ran, RunBounds } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';

import { again, PASSING } from './gate/again.ts';
import { processIn, refusalIn, stillRuns } from './gate/answer.ts';
import { requestOf } from './gate/words.ts';
import { started } from './started.ts';

/** A request on its way to the gate of a node; `program` is what failures speak of. */
export interface Asked {
  readonly request: string;
  readonly program: string;
}

interface GateNeeds {
  /** As OutsideError names it. */
  readonly system: string;
  /** Brings a request to the gate. Throws OutsideError when no answer came of it. */
  ask(node: Node, asked: Asked, bounds: RunBounds): Promise<Ran>;
}

type Gate = Pick<
  Executor,
  'run' | 'runOnce' | 'listening' | 'isRunning' | 'twin' | 'start' | 'remember' | 'recall'
> &
  Required<Pick<Executor, 'requireAllowed'>>;

/** For a look at a process, and for the start of one. */
const LOOK_MS = 20_000;

/** What tocsin-gate (deploy/node/tocsin-gate) does on a node's machine, by its requests. Throws OutsideError. */
export function gate({ system, ask }: GateNeeds): Gate {
  interface Question {
    readonly verb: string;
    readonly words: readonly string[];
    readonly program?: string | undefined;
    readonly bounds: RunBounds;
  }

  /** `safely`: it may be asked twice, and is, when the connection breaks off. */
  async function answered(node: Node, question: Question, safely: boolean): Promise<Ran> {
    const { verb, words, program = verb, bounds } = question;
    const request = requestFor(verb, words);
    const once = (): Promise<Ran> => ask(node, { request, program }, bounds);
    const ran = await (safely ? again(once, bounds.signal) : once());
    const refusal = stillRuns(ran) ? undefined : refusalIn(ran, system, node.id);
    if (refusal) throw refusal;
    return ran;
  }

  function requestFor(verb: string, words: readonly string[]): string {
    try {
      return requestOf(verb, words);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const why = `the program's arguments cannot be given: ${error.message}`;
      throw new OutsideError(system, 'rejected', why);
    }
  }

  /** Of what changes nothing, or the same again. */
  async function asked(node: Node, verb: string, ...words: readonly string[]): Promise<string> {
    const bounds = { signal: AbortSignal.timeout(LOOK_MS) };
    const { exitCode, stdout } = await answered(node, { verb, words, bounds }, true);
    if (exitCode === 0) return stdout;
    throw new OutsideError(system, 'unreadable', `tocsin-gate on ${node.id} failed (${exitCode})`);
  }

  const processOf = async (node: Node, verb: string, ...words: readonly string[]) =>
    processIn(await asked(node, verb, ...words), system, node.id);

  return {
    async run(node, argv, bounds) {
      const [program] = argv;
      const ran = await answered(node, { verb: 'run', words: argv, program, bounds }, false);
      return started(ran, { system, program, at: node.id });
    },
    async runOnce(node, id, argv, bounds) {
      const [program] = argv;
      const question = { verb: 'once', words: [nameOf(node, id), ...argv], program, bounds };
      for (;;) {
        const ran = await answered(node, question, true).catch((error: unknown) => {
          throw bounds.signal.aborted ? goesOn(error, program, node) : error;
        });
        if (!stillRuns(ran)) return started(ran, { system, program, at: node.id });
      }
    },
    listening: (node, port) => processOf(node, 'listening', String(port)),
    isRunning: async (node, { pid, startedAt }) =>
      (await asked(node, 'running', String(pid), startedAt)).trim() === 'yes',
    twin: (node, name, change) =>
      processOf(node, 'twin', nameOf(node, name), ...wordsOf(change)).catch(ofMissing),
    async start(node, name, change) {
      await asked(node, 'start', nameOf(node, name), ...wordsOf(change));
    },
    async remember(node, name, { pid, startedAt, argv }: Process) {
      await asked(node, 'remember', nameOf(node, name), String(pid), startedAt, String(argv.length));
    },
    async requireAllowed(node, how, argv) {
      await asked(node, 'may', how, ...argv);
    },
    recall: (node, name) => processOf(node, 'recall', nameOf(node, name)).catch(ofMissing),
  };

  /** A deed does not end with the wait for it. */
  function goesOn(error: unknown, program: string, node: Node): unknown {
    if (!(error instanceof OutsideError) || !PASSING.has(error.reason)) return error;
    const words = `${basename(program)} on ${node.id} was not seen to end in time: it goes on there, and its result is kept`;
    return new OutsideError(system, 'timeout', words, { maybeDone: true, cause: error });
  }
}

/** A name of the machine for one of the node: two nodes may share a user there. */
const nameOf = ({ id }: Node, name: string): string =>
  `${id}@${name}`.replaceAll(/[^\w.@-]/gu, (character) => `+${Buffer.from(character).toString('hex')}`);

const wordsOf = ({ program = '', once = [] }: Change = {}): readonly string[] => [program, ...once];

function ofMissing(error: unknown): undefined {
  if (!(error instanceof OutsideError) || error.reason !== 'not-found') throw error;
}
