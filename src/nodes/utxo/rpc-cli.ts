import { basename } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Ran } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import type { Json } from '#src/domain/remedy.ts';

import { shownArguments } from './process/shown-arguments.ts';
import { createShortest, type Rpc, type RpcAnswer, type RpcCall, type RpcLimits } from './rpc.ts';
import { refused, RpcError, silent, unreadable, wayError } from './rpc-error.ts';

interface CliAccess {
  /** The program and the words before a method: it finds its daemon and its password by itself. */
  readonly argv: readonly [string, ...string[]];
  readonly node: Node;
  readonly executor: Executor;
}

/** A command line has its limits on the way (Linux: 128 KiB for a word, and ssh makes one word of all). */
const MOST_CHARS = 60_000;

/** Processes at once for one daemon: its neighbours on the machine want theirs. */
const MOST_AT_ONCE = 4;

/**
 * A daemon's JSON-RPC by its own command line program, run on its machine: no password leaves it. The
 * same promises as over HTTP; a batch is several runs.
 */
export function createCliRpc({ argv, node, executor }: CliAccess, limits: RpcLimits): Rpc {
  const at = `${basename(argv[0])} on ${node.id}`;
  const { timeoutMs, maxBytes } = limits;
  const quickest = createShortest();
  // For a machine on which a program that hangs cannot be ended from here.
  const bound = `-rpcclienttimeout=${Math.ceil(timeoutMs / 1000)}`;

  async function ask({ method, params = [] }: RpcCall, over?: AbortSignal): Promise<RpcAnswer> {
    const ends = [AbortSignal.timeout(timeoutMs), limits.signal, over].filter((one) => one !== undefined);
    const began = performance.now();
    const words = [...argv, bound, method, ...params.map(wordOf)] as [string, ...string[]];
    const ran = await executor
      .run(node, words, { signal: AbortSignal.any(ends), maxBytes })
      .catch((error: unknown) => {
        throw wayError(error, at, performance.now() - began);
      });
    quickest.tell(performance.now() - began);
    if (ran.exitCode === 0) return { result: resultIn(ran.stdout) };
    const error = daemonErrorIn(method, ran);
    if (error) return { error };
    throw programError(ran, argv, at);
  }

  return {
    at,
    wayMs: quickest.ms,
    mostChars: MOST_CHARS,
    async call(method, params) {
      const answer = await ask({ method, params });
      if ('error' in answer) throw answer.error;
      return answer.result;
    },
    async batch(calls) {
      const over = new AbortController();
      const answers: RpcAnswer[] = [];
      const todo = calls.entries();
      const work = async (): Promise<void> => {
        for (const [index, call] of todo) answers[index] = await ask(call, over.signal);
      };
      try {
        await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
      } finally {
        over.abort();
      }
      return answers;
    },
  };
}

/** Strings go as they are, the rest as JSON: the program knows of each argument which of both it takes. */
const wordOf = (param: Json): string => (typeof param === 'string' ? param : JSON.stringify(param));

/** What it prints of a result: nothing for null, a string bare, anything else as JSON. */
function resultIn(stdout: string): unknown {
  const text = stdout.replace(/\r?\n$/, '');
  if (text === '') return null;
  try {
    const parsed: unknown = JSON.parse(text);
    // A hash may happen to be all digits; no figure of a daemon is so long.
    return typeof parsed === 'number' && text.length > 24 ? text : parsed;
  } catch {
    return text;
  }
}

/** What the daemon itself answered; https://github.com/bitcoin/bitcoin/blob/master/src/bitcoin-cli.cpp prints it so. */
function daemonErrorIn(method: string, { stderr, stdout }: Ran): RpcError | undefined {
  const said = stderr || stdout;
  const [, code, message] = /error code: (-?\d+)\s+error message:\s+([^]*)/.exec(said) ?? [];
  return code === undefined ? undefined : new RpcError(method, Number(code), (message ?? '').trim());
}

/** For a program that got no answer. */
function programError({ stderr, stdout }: Ran, argv: readonly string[], at: string): OutsideError {
  const said = stderr || stdout;
  if (/could(?: not|n't) connect to (?:the )?server/i.test(said)) {
    if (/timeout reached/i.test(said)) return silent(at, 'in time');
    // What libevent could say more of stands in parentheses; of a refusal it says nothing, or "unknown".
    const [, more] = /\((?:error )?code (-?\d+)/.exec(said) ?? [];
    if (more === undefined || more === '-1') return refused(at);
    return new OutsideError('daemon', 'unavailable', `${at} was cut off by the daemon`);
  }
  if (/authorization failed|could not locate rpc credentials|incorrect rpcuser/i.test(said)) {
    const advice =
      "it runs as another user than the daemon, or reads another configuration: give it the daemon's -conf";
    return new OutsideError('daemon', 'unauthorized', `${at} has no password for the daemon: ${advice}`);
  }
  if (/HTTP error (?:429|503)|work queue depth exceeded/i.test(said)) {
    return new OutsideError('daemon', 'rate-limited', `${at}: the daemon is too busy`);
  }
  if (/HTTP error 403/i.test(said)) {
    return new OutsideError(
      'daemon',
      'forbidden',
      `${at} is refused: add its address to the daemon's rpcallowip`,
    );
  }
  const first = said.trim().split('\n', 1)[0] ?? '';
  return unreadable(
    at,
    first ? `says: ${withoutSecrets(first, argv).slice(0, 200)}` : 'failed without a word',
  );
}

/** It repeats words that it does not understand. */
function withoutSecrets(said: string, argv: readonly string[]): string {
  const shown = shownArguments(argv);
  return argv.reduce((text, word, index) => text.replaceAll(word, shown[index] ?? ''), said);
}
