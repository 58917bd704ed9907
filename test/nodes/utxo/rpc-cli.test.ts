import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Ran } from '#src/domain/executor.ts';
import { timed } from '#src/nodes/utxo/rpc.ts';
import { createCliRpc } from '#src/nodes/utxo/rpc-cli.ts';
import { isMethodNotFound, isRefused, isWarmingUp, RpcError } from '#src/nodes/utxo/rpc-error.ts';
import { local } from '#src/remediation/executors/local.ts';
import { localNode } from '#test/conformance/executor.ts';

const ok = (stdout: string): Ran => ({ exitCode: 0, stdout, stderr: '' });
const failing = (exitCode: number, stderr: string): Ran => ({ exitCode, stdout: '', stderr });

/** A program that answers as told, and the words it was run with. */
function programmed(answer: (method: string, words: readonly string[]) => Ran | Promise<Ran>) {
  const runs: (readonly string[])[] = [];
  const executor: Executor = {
    ...local({ dataDir: 'unused' }),
    async run(_node, argv) {
      runs.push(argv);
      return await answer(argv[3] ?? '', argv.slice(4));
    },
  };
  const argv = ['/opt/komodo-cli', '-ac_name=MCL'] as const;
  return { rpc: createCliRpc({ argv, node: localNode(), executor }, { timeoutMs: 5_000 }), runs };
}

const failure = (ran: Ran | OutsideError): Promise<unknown> =>
  programmed(() => {
    if (ran instanceof OutsideError) throw ran;
    return ran;
  })
    .rpc.call('getinfo')
    .catch((error: unknown) => error);

describe('what is asked', () => {
  test('is given as words: strings as they are, anything else as JSON, within a time of its own', async () => {
    const { rpc, runs } = programmed(() => ok('null\n'));
    await rpc.call('x', ['a b', 7, true, null, 0.1, ['t', { k: 'v' }], { a: 1 }]);
    const words = ['a b', '7', 'true', 'null', '0.1', '["t",{"k":"v"}]', '{"a":1}'];
    expect(runs).toEqual([['/opt/komodo-cli', '-ac_name=MCL', '-rpcclienttimeout=5', 'x', ...words]]);
  });
});

describe('what is answered', () => {
  test.each([
    ['an object', '{\n  "blocks": 7\n}\n', { blocks: 7 }],
    ['a figure', '0.00020000\n', 0.0002],
    ['nothing', '', null],
    ['a hash', `${'0'.repeat(10)}${'a'.repeat(54)}\n`, `${'0'.repeat(10)}${'a'.repeat(54)}`],
    ['a hash all of digits', `${'7'.repeat(64)}\n`, '7'.repeat(64)],
    ['words', 'Komodo server stopping\n', 'Komodo server stopping'],
  ])('%s is what HTTP would have told', async (_, stdout, result) => {
    expect(await programmed(() => ok(stdout)).rpc.call('x')).toEqual(result);
  });

  test('an error of the daemon is the same as by HTTP', async () => {
    // litecoin-cli 0.21.2 and komodo-cli alike; the exit code is the lowest byte of the code.
    const starting = await failure(failing(28, 'error code: -28\nerror message:\nLoading block index...\n'));
    expect(starting).toBeInstanceOf(RpcError);
    expect(starting).toMatchObject({ code: -28, method: 'getinfo', message: 'Loading block index...' });
    expect(isWarmingUp(starting)).toBe(true);
    expect(
      isMethodNotFound(await failure(failing(89, 'error code: -32601\nerror message:\nMethod not found\n'))),
    ).toBe(true);
  });

  test.each([
    [
      'litecoin-cli 0.21',
      'error: Could not connect to the server 127.0.0.1:19443\n\nMake sure the litecoind server is running and that you are connecting to the correct RPC port.\n',
    ],
    [
      'komodo-cli',
      "error: couldn't connect to server: unknown (code -1)\n(make sure server is running and you are connecting to the correct RPC port)\n",
    ],
  ])('a daemon that does not run is refused, as %s says it', async (_, stderr) => {
    const error = await failure(failing(1, stderr));
    expect(isRefused(error)).toBe(true);
    expect(error).toMatchObject({ system: 'daemon', message: 'nothing listens on komodo-cli on node-a' });
  });

  test.each([
    [
      'timeout',
      'error: Could not connect to the server 127.0.0.1:1 (error code 0 - "timeout reached")\n\nMake sure',
    ],
    ['timeout', "error: couldn't connect to server: timeout reached (code 0)\n(make sure server is running"],
    ['unavailable', "error: couldn't connect to server: EOF reached (code 1)\n(make sure server is running"],
    ['unauthorized', 'error: Authorization failed: Incorrect rpcuser or rpcpassword\n'],
    ['unauthorized', 'error: Could not locate RPC credentials. No authentication cookie could be found\n'],
    ['rate-limited', 'error: server returned HTTP error 503\n'],
    ['forbidden', 'error: server returned HTTP error 403\n'],
    ['unreadable', 'Error: Specified data directory "/nowhere" does not exist.\n'],
    ['unreadable', ''],
  ])('no answer is %s, not refused: %s', async (reason, stderr) => {
    const error = await failure(failing(1, stderr));
    expect(error).toMatchObject({ system: 'daemon', reason });
    expect(isRefused(error)).toBe(false);
  });

  test('words that the program repeats hold no secret', async () => {
    const said = 'Error parsing command line arguments: Invalid parameter -rpcpasswordd=S3CRET';
    const executor: Executor = { ...local({ dataDir: 'unused' }), run: async () => failing(1, said) };
    const argv = ['litecoin-cli', '-rpcpasswordd=S3CRET'] as const;
    const rpc = createCliRpc({ argv, node: localNode(), executor }, { timeoutMs: 1_000 });
    await expect(rpc.call('x')).rejects.not.toThrow(/S3CRET/);
  });
});

describe('the way', () => {
  test('a program that was cut off means a silent daemon', async () => {
    const cut = new OutsideError('ssh', 'timeout', 'it took too long', { maybeDone: true });
    expect(await failure(cut)).toMatchObject({ system: 'daemon', reason: 'timeout' });
  });

  test('a way that was not open in time says nothing of the daemon', async () => {
    const shut = new OutsideError('ssh', 'timeout', 'no way');
    expect(await failure(shut)).toMatchObject({ system: 'ssh', reason: 'unavailable', message: 'no way' });
    const foreign = new OutsideError('ssh', 'untrusted', 'another key');
    expect(await failure(foreign)).toBe(foreign);
  });
});

describe('a batch', () => {
  test('is a run per call, few at once, the answers in order, each with its own error', async () => {
    let now = 0;
    let most = 0;
    const { rpc } = programmed(async (method) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      return method === 'm3' ? failing(8, 'error code: -8\nerror message:\nno such\n') : ok(`"${method}"\n`);
    });
    const answers = await rpc.batch(Array.from({ length: 12 }, (_, index) => ({ method: `m${index}` })));
    expect(answers.map((answer) => ('error' in answer ? answer.error.code : answer.result))).toEqual(
      Array.from({ length: 12 }, (_, index) => (index === 3 ? -8 : `m${index}`)),
    );
    expect(most).toBe(4);
  });

  test('without an answer ends what of it still runs', async () => {
    const ended: boolean[] = [];
    const executor: Executor = {
      ...local({ dataDir: 'unused' }),
      run: (_node, argv, { signal }) =>
        new Promise((_resolve, reject) => {
          if (argv.includes('bad')) reject(new OutsideError('ssh', 'unavailable', 'gone'));
          else signal.addEventListener('abort', () => ended.push(true));
        }),
    };
    const rpc = createCliRpc({ argv: ['cli'], node: localNode(), executor }, { timeoutMs: 5_000 });
    await expect(rpc.batch([{ method: 'slow' }, { method: 'bad' }, { method: 'slow' }])).rejects.toThrow(
      'gone',
    );
    expect(ended).toEqual([true, true]);
  });
});

test('how long the daemon takes is told without what the way takes', async () => {
  const { rpc, runs } = programmed(async (method) => {
    await new Promise((resolve) => setTimeout(resolve, method === 'listunspent' ? 250 : 200));
    return ok('[]\n');
  });
  await rpc.call('getblockcount');
  const { result, tookMs } = await timed(rpc, 'listunspent');
  expect(result).toEqual([]);
  expect(tookMs).toBeLessThan(190);
  expect(runs).toHaveLength(2);
});
