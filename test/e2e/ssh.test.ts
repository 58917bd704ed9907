import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import { ssh, type SshOptions } from '#src/remediation/executors/ssh.ts';
import { wayConformance } from '#test/conformance/executor.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { openLine } from '#test/real/line.ts';
import { makeKey, ordinaryUser, type RunningSshd, type SshdOptions, startSshd } from '#test/real/sshd.ts';

let sshd: RunningSshd;
let shared: Executor;
let folder: Folder;

beforeAll(async () => {
  folder = temporaryFolder('ssh');
  sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
  shared = ssh({});
});
afterAll(async () => {
  shared[Symbol.dispose]?.();
  await sshd[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const soon = (ms = 10_000): AbortSignal => AbortSignal.timeout(ms);

/** An executor with connections of its own. */
function own(options: SshOptions = {}): Executor {
  const executor = ssh(options);
  onTestFinished(() => executor[Symbol.dispose]?.());
  return executor;
}

async function another(options: SshdOptions = {}): Promise<RunningSshd> {
  const started = await startSshd(options);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

const behind = (node: Node, access: object): Node => ({
  ...node,
  access: { ...node.access, ...access },
});
const failure = (deed: Promise<unknown>): Promise<unknown> => deed.catch((error: unknown) => error);

/** A word in the arguments of a program of ours that hangs: its process is found by it, and ended with the folder. */
function endless(name: string): readonly [string, string, string] {
  const file = join(folder.path, name);
  writeFileSync(file, '');
  return ['tail', '-f', file];
}
const runs = (word: string): boolean =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .some((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return argv[0] === 'tail' && argv.includes(word);
      } catch {
        return false;
      }
    });

wayConformance('ssh', () => ({ executor: shared, node: sshd.node() }));

describe('one connection', () => {
  test('is shared by everything that is asked at once, with no more sessions than sshd allows', async () => {
    const executor = own();
    const before = sshd.accepted();
    const ran = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        executor.run(sshd.node(`node-${index}`), ['echo', String(index)], { signal: soon(30_000) }),
      ),
    );
    expect(ran.map(({ stdout }) => stdout.trim())).toEqual(ran.map((_, index) => String(index)));
    expect(sshd.accepted() - before).toBe(1);
  });

  test('goes on for the others when a program hangs and is cut off at its limit', async () => {
    const executor = own();
    const [node, before] = [sshd.node(), sshd.accepted()];
    await executor.reach?.(node, soon());
    const words = endless('hung');
    const began = performance.now();
    const hung = failure(executor.run(node, words, { signal: soon(1_500) })).then((error) => ({
      error,
      tookMs: performance.now() - began,
    }));
    const slow = executor.run(node, ['sh', '-c', 'sleep 3; echo through'], { signal: soon() });
    const { error, tookMs } = await hung;
    expect(error).toMatchObject({ system: 'ssh', reason: 'timeout', maybeDone: true });
    expect(tookMs).toBeGreaterThanOrEqual(1_490);
    expect(tookMs).toBeLessThan(2_000);
    expect(await executor.run(node, ['echo', 'other'], { signal: soon() })).toMatchObject({
      stdout: 'other\n',
    });
    expect(await slow).toMatchObject({ stdout: 'through\n' });
    expect(sshd.accepted() - before).toBe(1);
  });

  const user = ordinaryUser();
  // To programs of root sshd passes no signal on, as its log says: they go on until they end.
  test.skipIf(user === undefined)('ends the hung program there too, by force where it must', async () => {
    const there = await another({ ...(user !== undefined && { user }) });
    const executor = own();
    const cutOff = async (argv: readonly [string, ...string[]], word: string): Promise<void> => {
      const hung = failure(executor.run(there.node(), argv, { signal: soon(1_500) }));
      await expect.poll(() => runs(word), { timeout: 5_000 }).toBe(true);
      expect(await hung).toMatchObject({ reason: 'timeout' });
      await expect.poll(() => runs(word), { timeout: 5_000 }).toBe(false);
    };
    await cutOff(['tail', '-f', '/dev/null', '--pid=1'], '--pid=1');
    await cutOff(['sh', '-c', 'trap "" TERM; tail -f /dev/null --pid=2'], '--pid=2');
    expect(there.accepted()).toBe(1);
  });

  test('makes room for another when programs hang that nobody can end', async () => {
    const executor = own();
    const [node, before] = [sshd.node(), sshd.accepted()];
    const hung = Array.from({ length: 8 }, (_, index) =>
      failure(executor.run(node, endless(`stuck-${index}`), { signal: soon(1_000) })),
    );
    await Promise.all(hung);
    // Every session of the connection is held by them.
    expect(await executor.run(node, ['echo', 'there'], { signal: soon() })).toMatchObject({
      stdout: 'there\n',
    });
    expect(sshd.accepted() - before).toBeLessThanOrEqual(2);
  });

  test('that nobody uses is closed, and opened again when it is wanted', async () => {
    const executor = own({ idleMs: 300 });
    const before = sshd.accepted();
    await executor.reach?.(sshd.node(), soon());
    const closed = (): number =>
      sshd.output().match(/^(Received disconnect|Disconnected|Connection closed)/gm)?.length ?? 0;
    const then = closed();
    await expect.poll(closed, { timeout: 5_000 }).toBeGreaterThan(then);
    await executor.reach?.(sshd.node(), soon());
    expect(sshd.accepted() - before).toBe(2);
  });

  test('that is cut is known at once, and opened again', async () => {
    await using line = await openLine(sshd.access().port);
    const executor = own();
    const node = behind(sshd.node(), { port: line.port });
    const running = failure(executor.run(node, endless('cut'), { signal: soon() }));
    await expect.poll(() => runs(join(folder.path, 'cut')), { timeout: 5_000 }).toBe(true);
    line.cut();
    expect(await running).toMatchObject({ reason: 'unavailable', maybeDone: true });
    expect(await executor.run(node, ['echo', 'again'], { signal: soon() })).toMatchObject({
      stdout: 'again\n',
    });
    expect(line.dialled).toBe(2);
  });

  test('that went dead without a word is noticed, and made anew', async () => {
    await using line = await openLine(sshd.access().port);
    const executor = own();
    const node = behind(sshd.node(), { port: line.port });
    await executor.reach?.(node, soon());
    line.dead = true;
    expect(await failure(executor.run(node, ['true'], { signal: soon(1_000) }))).toMatchObject({
      reason: 'timeout',
      maybeDone: false,
    });
    await expect
      .poll(() => failure(executor.reach?.(node, soon(200)) ?? Promise.resolve()), {
        timeout: 25_000,
        interval: 500,
      })
      .toMatchObject({
        reason: 'timeout',
      });
    line.dead = false;
    await expect
      .poll(() => failure(executor.run(node, ['echo', 'alive'], { signal: soon(5_000) })), {
        timeout: 20_000,
      })
      .toMatchObject({ stdout: 'alive\n' });
  }, 60_000);
});

describe('the host key', () => {
  test.each(['ed25519', 'ecdsa', 'rsa'])('may be any of the host: %s', async (family) => {
    const node = behind(sshd.node(), sshd.access(family));
    expect(await own().run(node, ['echo', 'known'], { signal: soon() })).toMatchObject({ stdout: 'known\n' });
  });

  test('that is another is refused before anything is sent, in words that name both', async () => {
    const changing = await another();
    const pinned = changing.access();
    const node = changing.node();
    await own().reach?.(node, soon());
    await changing.changeHostKeys();
    const error = await failure(own().run(node, ['echo', 'secret'], { signal: soon() }));
    expect(error).toMatchObject({ system: 'ssh', reason: 'untrusted' });
    expect((error as Error).message).toContain(pinned.hostKey);
    expect((error as Error).message).toContain(changing.access().hostKey);
    expect(changing.output()).not.toMatch(/Accepted|Starting session|Failed publickey/);
    // With the new one on record, which a person has compared, it is trusted again.
    expect(await own().run(changing.node(), ['echo', 'yes'], { signal: soon() })).toMatchObject({
      stdout: 'yes\n',
    });
  });
});

describe('our own key', () => {
  test('that the machine does not know is told as such', async () => {
    const identityFile = join(folder.path, 'stranger');
    makeKey(identityFile);
    const error = await failure(
      own().reach?.(behind(sshd.node(), { identityFile }), soon()) ?? Promise.resolve(),
    );
    expect(error).toMatchObject({
      reason: 'unauthorized',
      message: expect.stringContaining('authorized_keys'),
    });
  });

  test('that others may read is used, with a warning', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const identityFile = join(folder.path, 'exposed');
    writeFileSync(identityFile, readFileSync(sshd.access().identityFile), { mode: 0o644 });
    const executor = own({ logger });
    await executor.reach?.(behind(sshd.node(), { identityFile }), soon());
    expect(lines.join('')).toContain('others may read a private key');
    expect(lines.join('')).not.toContain('PRIVATE');
  });

  test('bounded in authorized_keys reaches the ports it may, and no other', async () => {
    const bounded = await another({ options: 'restrict,port-forwarding,permitopen="127.0.0.1:1"' });
    const executor = own();
    const to = (port: number) =>
      failure(executor.connect(bounded.node(), { host: '127.0.0.1', port }, soon()));
    expect(await to(1)).toMatchObject({ reason: 'not-found', cause: { code: 'ECONNREFUSED' } });
    expect(await to(2)).toMatchObject({
      reason: 'forbidden',
      message: expect.stringContaining('permitopen="127.0.0.1:2"'),
    });
    expect(await executor.run(bounded.node(), ['echo', 'still'], { signal: soon() })).toMatchObject({
      stdout: 'still\n',
    });
  });
});

test('fewer sessions than we would like are told as such, and do not lock us out', async () => {
  const narrow = await another({ config: ['MaxSessions 1'] });
  const executor = own();
  const first = executor.run(narrow.node(), ['sleep', '1'], { signal: soon() });
  const second = failure(executor.run(narrow.node(), ['echo', 'x'], { signal: soon() }));
  expect(await second).toMatchObject({
    reason: 'rate-limited',
    message: expect.stringContaining('MaxSessions'),
  });
  await first;
  await expect
    .poll(() => failure(executor.run(narrow.node(), ['echo', 'x'], { signal: soon() })), { timeout: 5_000 })
    .toMatchObject({ stdout: 'x\n' });
});

test('remedies need what this version does not have, and say so', async () => {
  const error = await failure(shared.recall(sshd.node(), 'KMD'));
  expect(error).toMatchObject({
    system: 'ssh',
    reason: 'rejected',
    message: expect.stringContaining('tocsin-gate'),
  });
  expect(existsSync(join(folder.path, 'processes'))).toBe(false);
});
