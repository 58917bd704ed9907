import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rm, stat as statOf, statfs, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Change, Executor, Process } from '#src/domain/executor.ts';
import type { Node, NodeId } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';
import { processOf } from '#src/remediation/executors/proc.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { runOnceConformance } from './run-once.ts';
import { freePort } from '#test/real/port.ts';

/** A stand-in for a daemon: listens, and ends when it is told so over its port, as a daemon does. */
const LISTENER = `
const [port] = process.argv.slice(2);
const server = require('node:http').createServer((request, response) => {
  response.end(JSON.stringify({ pid: process.pid, argv: process.argv, cwd: process.cwd(), env: process.env }));
  if (request.url === '/stop') response.on('finish', () => process.exit(0));
});
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
`;

interface Answer {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ExecutorUnderTest {
  readonly executor: Executor;
  readonly node: Node;
  /** Whether it really starts things: a dry run does not. */
  readonly acts: boolean;
  /** Whether values of secret arguments stay on the machine. */
  readonly hides?: boolean;
}

export const localNode = (id = 'node-a'): Node => ({
  id: id as NodeId,
  seat: 'seat_A' as SeatId,
  access: { kind: 'local' },
  services: [],
});

/** What every way into a machine promises of looks: programs, ports, files. The machine must be this one. */
export function wayConformance(
  name: string,
  make: () =>
    | { readonly executor: Executor; readonly node: Node }
    | Promise<{ readonly executor: Executor; readonly node: Node }>,
): void {
  describe(`way ${name}`, () => {
    let folder: Folder;
    let executor: Executor;
    let node: Node;
    const soon = (): AbortSignal => AbortSignal.timeout(10_000);
    const run = (...argv: readonly [string, ...string[]]) => executor.run(node, argv, { signal: soon() });
    const failure = (deed: Promise<unknown>): Promise<unknown> => deed.catch((error: unknown) => error);

    beforeEach(async () => {
      folder = temporaryFolder('way');
      ({ executor, node } = await make());
    });
    afterEach(() => folder[Symbol.dispose]());

    test('runs a program with exactly its words, to its end', async () => {
      const words = ["it's", '$(id)', '', 'two words', 'a\nb', '*', 'ü😀'];
      const ran = await run('printf', '%s|', ...words);
      expect(ran).toEqual({ exitCode: 0, stdout: `${words.join('|')}|`, stderr: '' });
    });

    test('tells what it exited with, and what it said on either side', async () => {
      expect(await run('sh', '-c', 'echo out; echo err >&2; exit 28')).toEqual({
        exitCode: 28,
        stdout: 'out\n',
        stderr: 'err\n',
      });
    });

    test('gives it no input', async () => {
      expect(await run('cat')).toMatchObject({ exitCode: 0, stdout: '' });
    });

    test('says what is missing when the program is not there, and not with which arguments', async () => {
      const error = await failure(run(join(folder.path, 'no-such-cli'), '-rpcpassword=hunter2'));
      expect(error).toBeInstanceOf(OutsideError);
      expect(error).toMatchObject({ reason: 'not-found', message: expect.stringContaining('no-such-cli') });
      expect(JSON.stringify([error, (error as Error).message])).not.toContain('hunter2');
    });

    test('ends a program whose time is over, and says that it may have done its work', async () => {
      const file = join(folder.path, 'endless');
      await writeFile(file, '');
      const began = performance.now();
      const hung = executor.run(node, ['tail', '-f', file], { signal: AbortSignal.timeout(800) });
      expect(await failure(hung)).toMatchObject({ reason: 'timeout', maybeDone: true });
      expect(performance.now() - began).toBeLessThan(1_500);
      expect(await run('echo', 'still here')).toMatchObject({ stdout: 'still here\n' });
    });

    test('reads no more than it may', async () => {
      const flood = executor.run(node, ['yes'], { signal: soon(), maxBytes: 100_000 });
      expect(await failure(flood)).toMatchObject({
        reason: 'unreadable',
        message: expect.stringContaining('yes'),
      });
    });

    test('reaches a port as the node sees it, there and back', async () => {
      const server = createServer((socket) => socket.pipe(socket));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const wire = await executor.connect(node, { host: '127.0.0.1', port }, soon());
      wire.write('there and back');
      const [answer] = (await once(wire, 'data', { signal: soon() })) as [Buffer];
      expect(answer.toString()).toBe('there and back');
      const closed = once(wire, 'close');
      wire.destroy();
      await closed;
      server.close();
    });

    test('tells a port on which nothing listens by its code', async () => {
      const port = await freePort();
      const error = await failure(executor.connect(node, { host: '127.0.0.1', port }, soon()));
      expect(error).toMatchObject({ reason: 'not-found', cause: { code: 'ECONNREFUSED' } });
    });

    test('tells the size of a file, and of none that there is none', async () => {
      const file = join(folder.path, "wallet 'one'.dat");
      await writeFile(file, 'x'.repeat(12_345));
      expect(await executor.fileBytes(node, file)).toBe(12_345);
      expect(await executor.fileBytes(node, join(folder.path, 'none'))).toBeUndefined();
      expect(await executor.fileBytes(node, join(file, 'below-a-file'))).toBeUndefined();
    });

    test('tells the space of the file system that a path lies on, as the system counts it', async () => {
      const { bavail, blocks, bsize } = await statfs(folder.path);
      const space = await executor.space(node, folder.path);
      expect(space?.totalBytes).toBe(blocks * bsize);
      expect(Math.abs((space?.freeBytes ?? 0) - bavail * bsize)).toBeLessThan(blocks * bsize * 0.1);
      expect(await executor.space(node, join(folder.path, 'none'))).toBeUndefined();
    });
  });
}

/** What every executor promises of remedies, tried on a real process. `make` is given a folder to keep things in. */
export function executorConformance(
  name: string,
  make: (dataDir: string) => ExecutorUnderTest | Promise<ExecutorUnderTest>,
): void {
  runOnceConformance(name, make);

  describe(`executor ${name}`, () => {
    let folder: Folder;
    let port: number;
    let under: ExecutorUnderTest;
    let script: string;

    const ask = async (path = '/'): Promise<Answer> =>
      (
        await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) })
      ).json() as Promise<Answer>;

    const launch = async ({ words = [''], cwd = folder.path } = {}): Promise<void> => {
      const child = spawn(process.execPath, [script, String(port), '-rpcpassword=hunter2', ...words], {
        cwd,
        env: { PATH: process.env['PATH'], HOME: '/home/notary', LC_TEST: 'C', SECRET: 'not to be kept' },
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      await once(child.stdout, 'data');
      child.unref();
      child.stdout.destroy();
    };

    const found = async (): Promise<Process> => {
      const process = await under.executor.listening(under.node, port);
      if (!process) throw new Error('nothing found');
      return process;
    };

    const gone = async (process: Process): Promise<void> => {
      await expect.poll(() => under.executor.isRunning(under.node, process), { timeout: 5_000 }).toBe(false);
    };
    const stopped = async (): Promise<void> => {
      const process = await found();
      await ask('/stop');
      await gone(process);
    };

    beforeEach(async () => {
      folder = temporaryFolder('executor');
      port = await freePort();
      script = join(folder.path, 'listener.cjs');
      await writeFile(script, LISTENER);
      under = await make(join(folder.path, 'data'));
    });

    afterEach(async () => {
      await ask('/stop').catch(() => undefined);
      folder[Symbol.dispose]();
    });

    test('finds the process that listens on a port, with all it takes to start it again', async () => {
      await launch();
      const answer = await ask();
      const secret = under.hides ? '•••' : 'hunter2';
      expect(await found()).toMatchObject({
        pid: answer.pid,
        argv: [process.execPath, script, String(port), `-rpcpassword=${secret}`, ''],
        cwd: folder.path,
        env: { HOME: '/home/notary', LC_TEST: 'C' },
      });
    });

    test('keeps nothing else of the environment', async () => {
      await launch();
      expect(Object.keys((await found()).env).toSorted()).toEqual(['HOME', 'LC_TEST', 'PATH']);
    });

    test('finds nothing on a port where nothing listens', async () => {
      expect(await under.executor.listening(under.node, port)).toBeUndefined();
    });

    test('tells a running process from one that is gone, and from another under the same pid', async () => {
      await launch();
      const process = await found();
      expect(await under.executor.isRunning(under.node, process)).toBe(true);
      expect(await under.executor.isRunning(under.node, { ...process, startedAt: 'long ago' })).toBe(false);
      await ask('/stop');
      await gone(process);
    });

    test('finds the twin of a process by its arguments and folder', async () => {
      // What a dry run remembers the machine does not know of.
      if (!under.acts) return;
      const twin = (change?: Change) => under.executor.twin(under.node, 'LTC', change);
      await launch();
      expect(await twin()).toBeUndefined();
      await under.executor.remember(under.node, 'LTC', await found());
      await stopped();
      expect(await twin()).toBeUndefined();
      await launch();
      expect(await twin()).toEqual(await found());
      await stopped();
      await launch({ words: [] });
      expect(await twin()).toBeUndefined();
      await stopped();
      const elsewhere = join(folder.path, 'elsewhere');
      await mkdir(elsewhere);
      await launch({ cwd: elsewhere });
      expect(await twin()).toBeUndefined();
      await stopped();
      await launch({ words: ['', '-reindex', ''] });
      expect(await twin()).toBeUndefined();
      expect(await twin({ once: ['-reindex', ''] })).toEqual(await found());
    });

    test('starts a process again with the same arguments, folder and environment, in a session of its own', async () => {
      await launch();
      const before = await found();
      await under.executor.remember(under.node, 'LTC', before);
      await stopped();
      await under.executor.start(under.node, 'LTC');
      if (!under.acts) {
        expect(await under.executor.listening(under.node, port)).toBeUndefined();
        return;
      }
      await expect.poll(() => under.executor.listening(under.node, port), { timeout: 5_000 }).toBeDefined();
      const after = await found();
      expect(after.pid).not.toBe(before.pid);
      expect({ ...after, pid: 0, startedAt: '' }).toEqual({ ...before, pid: 0, startedAt: '' });
      const stat = await readFile(`/proc/${after.pid}/stat`, 'utf8');
      const [, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      expect(Number(session)).toBe(after.pid);
      const { env, argv } = await ask();
      expect(argv.slice(2)).toEqual([String(port), '-rpcpassword=hunter2', '']);
      expect(env).toMatchObject(before.env);
      expect(env['SECRET']).toBeUndefined();
    });

    test('starts it with words for once, and from then on by another program', async () => {
      if (!under.acts) return;
      await launch();
      await under.executor.remember(under.node, 'LTC', await found());
      await stopped();
      const program = join(folder.path, 'node');
      await copyFile(process.execPath, program);
      const listening = async (change?: Change): Promise<Answer> => {
        await under.executor.start(under.node, 'LTC', change);
        await expect.poll(() => under.executor.listening(under.node, port), { timeout: 5_000 }).toBeDefined();
        return ask();
      };
      const first = await listening({ program, once: ['-reindex', "it's $(id)"] });
      expect(first.argv).toEqual([
        program,
        script,
        String(port),
        '-rpcpassword=hunter2',
        '',
        '-reindex',
        "it's $(id)",
      ]);
      await stopped();
      expect((await listening()).argv).toEqual(first.argv.slice(0, -2));
    });

    test('says what is missing when the program is not there, and not with which arguments', async () => {
      if (!under.acts) return;
      const program = join(folder.path, 'no-such-daemon');
      await copyFile('/bin/sh', program);
      const child = spawn(program, ['-c', 'read line', '-rpcpassword=hunter2'], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const running = await processOf(child.pid ?? 0);
      if (!running) throw new Error('not started');
      await under.executor.remember(under.node, 'LTC', running);
      child.stdin.end();
      await once(child, 'exit');
      await rm(program);
      const error = await under.executor.start(under.node, 'LTC').catch((error: unknown) => error);
      expect(error).toBeInstanceOf(OutsideError);
      expect(error).toMatchObject({
        reason: 'not-found',
        message: expect.stringContaining('no-such-daemon'),
      });
      expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain(
        'hunter2',
      );
    });

    test('remembers a process under a name, per node, the latest of them', async () => {
      const { executor, node } = under;
      await launch();
      const first = await found();
      expect(await executor.recall(node, '../LTC')).toBeUndefined();
      await executor.remember(node, '../LTC', first);
      expect(await executor.recall(node, '../LTC')).toEqual(first);
      await stopped();
      // Who remembers what is remembered already needs no process for it.
      await executor.remember(node, '../LTC', first);
      await launch();
      const second = await found();
      await executor.remember(node, '../LTC', second);
      expect(await executor.recall(node, '../LTC')).toEqual(second);
      expect(await executor.recall({ ...node, id: 'node-b' as NodeId }, '../LTC')).toBeUndefined();
      expect(await executor.recall(node, 'KMD')).toBeUndefined();
      await expect(statOf(join(folder.path, 'LTC'))).rejects.toThrow('ENOENT');
    });
  });
}
