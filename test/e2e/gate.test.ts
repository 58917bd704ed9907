import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { Node } from '#src/domain/node.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { dryRun } from '#src/remediation/executors/dry-run.ts';
import { ssh } from '#src/remediation/executors/ssh.ts';
import { executorConformance, wayConformance } from '#test/conformance/executor.ts';
import { letEnd, OVER, patient, timesBegun } from '#test/conformance/run-once.ts';
import { startChild } from '#test/real/child.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type GatedSshd, startGatedSshd } from '#test/real/gate.ts';
import { openLine } from '#test/real/line.ts';
import { root } from '#test/real/root.ts';
import { ordinaryUser, startSshd } from '#test/real/sshd.ts';

const EVERYTHING = ['run ...', 'once ...', 'start ...'];
let sshd: GatedSshd;
let shared: Executor;
let folder: Folder;

beforeAll(async () => {
  sshd = await startGatedSshd();
  shared = ssh({});
});
afterAll(async () => {
  shared[Symbol.dispose]?.();
  await sshd[Symbol.asyncDispose]();
});
beforeEach(() => {
  sshd.allow(...EVERYTHING);
  folder = temporaryFolder('gated');
  onTestFinished(() => folder[Symbol.dispose]());
});

const soon = (ms = 20_000) => ({ signal: AbortSignal.timeout(ms) });
const failure = (deed: Promise<unknown>): Promise<unknown> => deed.catch((error: unknown) => error);
const behind = (node: Node, access: object): Node => ({ ...node, access: { ...node.access, ...access } });
function own(): Executor {
  const executor = ssh({});
  onTestFinished(() => executor[Symbol.dispose]?.());
  return executor;
}

wayConformance('ssh through a gate', () => ({ executor: shared, node: sshd.node() }));

/** Each test has names of its own there. */
let tests = 0;
const someNode = (): Node => sshd.node(`node-${++tests}`);
executorConformance('ssh through a gate', () => ({
  executor: shared,
  node: someNode(),
  acts: true,
  hides: true,
}));
executorConformance('dry-run over ssh through a gate', () => ({
  executor: dryRun(shared, () => undefined),
  node: someNode(),
  acts: false,
  hides: true,
}));

describe('a deed', () => {
  test('whose connection breaks off is asked for again by its id, and was done once', async () => {
    await using line = await openLine(sshd.access().port);
    const node = behind(someNode(), { port: line.port });
    const ran = own().runOnce(node, 'cut', patient(folder.path), soon());
    await expect.poll(() => timesBegun(folder.path), { timeout: 10_000 }).toBe(1);
    line.cut();
    await expect.poll(() => line.dialled, { timeout: 10_000 }).toBe(2);
    line.cut();
    letEnd(folder.path);
    expect(await ran).toEqual(OVER);
    expect(timesBegun(folder.path)).toBe(1);
  });

  test('a look whose connection breaks off is not repeated', async () => {
    await using line = await openLine(sshd.access().port);
    const node = behind(someNode(), { port: line.port });
    const ran = failure(own().run(node, patient(folder.path), soon()));
    await expect.poll(() => timesBegun(folder.path), { timeout: 10_000 }).toBe(1);
    line.cut();
    expect(await ran).toMatchObject({ reason: 'unavailable', maybeDone: true });
    expect(timesBegun(folder.path)).toBe(1);
  });

  test('goes on when Tocsin is killed, and the next one is given what came of it', async () => {
    const node = someNode();
    const asking = `
      const { ssh } = await import(${JSON.stringify(join(root, 'src/remediation/executors/ssh.ts'))});
      const { node, argv } = JSON.parse(process.argv[1]);
      await ssh({}).runOnce(node, 'killed', argv, { signal: AbortSignal.timeout(60_000) });`;
    const given = JSON.stringify({ node, argv: patient(folder.path) });
    const tocsin = await startChild({
      argv: [process.execPath, '--input-type=module', '-e', asking, given],
      cwd: root,
    });
    await expect.poll(() => timesBegun(folder.path), { timeout: 15_000 }).toBe(1);
    tocsin.signal('SIGKILL');
    await tocsin.exit;
    const again = shared.runOnce(node, 'killed', patient(folder.path), soon());
    letEnd(folder.path);
    expect(await again).toEqual(OVER);
    expect(timesBegun(folder.path)).toBe(1);
  });

  test('takes longer than a session waits for it, and holds none of them', async () => {
    const [node, before] = [someNode(), sshd.accepted()];
    const executor = own();
    const many = Array.from({ length: 4 }, (_, index) =>
      executor.runOnce(node, `long-${index}`, ['sleep', '12'], soon(60_000)),
    );
    expect(await Promise.all(many)).toEqual(many.map(() => ({ exitCode: 0, stdout: '', stderr: '' })));
    expect(sshd.accepted() - before).toBe(1);
  });

  test('stands in the log of its machine, with its end, and no secret', async () => {
    const node = someNode();
    await shared.runOnce(node, 'logged', ['sh', '-c', 'exit 5', '-rpcpassword=hunter2', 'a\nb'], soon());
    const lines = sshd
      .log()
      .split('\n')
      .filter((line) => line.includes(`${node.id}@logged`));
    expect(lines).toEqual([
      expect.stringMatching(
        /^\S+Z once \S+: sh -c exit 5 -rpcpassword=\? a\?b {2}\(127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+\)$/,
      ),
      expect.stringMatching(/^\S+Z once \S+: ended with 5$/),
    ]);
    expect(sshd.log()).not.toContain('hunter2');
  });
});

describe('the gate', () => {
  test('names what it does not let through, and the file where it could be', async () => {
    sshd.allow('run echo *');
    const node = someNode();
    const bound = soon();
    expect(await shared.run(node, ['echo', 'yes'], bound)).toMatchObject({ stdout: 'yes\n' });
    const deeds = [
      shared.run(node, ['echo', 'yes', 'no'], bound),
      shared.run(node, ['ls', '/'], bound),
      shared.runOnce(node, 'x', ['echo', 'yes'], bound),
    ];
    for (const error of await Promise.all(deeds.map(failure))) {
      expect(error).toMatchObject({
        system: 'ssh',
        reason: 'forbidden',
        maybeDone: false,
        message: expect.stringContaining(sshd.allowFile),
      });
    }
  });

  test('refuses every other use of the key', async () => {
    const { port, identityFile, user } = sshd.access();
    const options = [
      '-F',
      'none',
      '-i',
      identityFile,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'BatchMode=yes',
      '-o',
      'LogLevel=ERROR',
    ];
    const at = `${user}@127.0.0.1`;
    const tried = (program: string, ...words: readonly string[]) =>
      spawnSync(program, words, {
        encoding: 'utf8',
        timeout: 15_000,
        input: 'touch /tmp/tocsin-gate-was-here\n',
      });
    const login = (...words: readonly string[]) => tried('ssh', ...options, '-p', String(port), ...words);
    const file = join(folder.path, 'file');
    writeFileSync(file, 'content');
    const uses = [
      login(at),
      login('-tt', at),
      login(at, 'sh'),
      login(at, `tocsin-gate 1 run touch ${folder.path}/a\n touch ${folder.path}/b`),
      login(at, `tocsin-gate 1 run touch ${folder.path}/a; touch ${folder.path}/b`),
      login(at, `tocsin-gate 1 run $(touch ${folder.path}/b)`),
      login('-s', at, 'sftp'),
      tried('scp', ...options, '-P', String(port), file, `${at}:${folder.path}/copied`),
      tried('scp', '-O', ...options, '-P', String(port), file, `${at}:${folder.path}/copied`),
    ];
    for (const use of uses) expect(use.status).not.toBe(0);
    expect(readdirSync(folder.path)).toEqual(['file']);
    expect(existsSync('/tmp/tocsin-gate-was-here')).toBe(false);
    expect(sshd.log().match(/ refused: /g)?.length).toBeGreaterThanOrEqual(uses.length - 1);
  });

  test('a file that others may write is no allow-list', async () => {
    chmodSync(sshd.allowFile, 0o664);
    onTestFinished(() => chmodSync(sshd.allowFile, 0o644));
    expect(await failure(shared.run(someNode(), ['echo'], soon()))).toMatchObject({
      reason: 'rejected',
      message: expect.stringContaining('chmod go-w'),
    });
  });

  test('that is not there is told as such', async () => {
    await using plain = await startSshd();
    const node = behind(plain.node(), { gate: true });
    expect(await failure(own().run(node, ['echo'], soon()))).toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('docs/gate.md'),
    });
  });

  test('that the fleet file does not know of is told as such', async () => {
    const node = behind(sshd.node(), { gate: false });
    const looks = [own().run(node, ['echo'], soon()), own().fileBytes(node, '/etc/passwd')];
    for (const error of await Promise.all(looks.map(failure))) {
      expect(error).toMatchObject({ message: expect.stringContaining('gate: true') });
    }
    expect(await failure(own().recall(node, 'KMD'))).toMatchObject({
      message: expect.stringContaining('gate: true'),
    });
  });

  test('keeps what it remembers for its own user', async () => {
    using executors = createExecutors({ dataDir: folder.path });
    const node = someNode();
    await executors(node)?.runOnce(node, 'kept', ['echo', 'x'], soon());
    const modes = execFileSync('find', [sshd.state, '-printf', '%m %y\n'], { encoding: 'utf8' });
    expect(new Set(modes.trim().split('\n'))).toEqual(new Set(['700 d', '600 f']));
    expect(readFileSync(join(sshd.state, 'log'), 'utf8')).toContain('kept');
  });
});

const user = ordinaryUser();
test.skipIf(user === undefined || user === userInfo().username)(
  'does for an ordinary user what that user may, and tells what is somebody else’s',
  async () => {
    if (user === undefined) return;
    await using there = await startGatedSshd({ user });
    there.allow(...EVERYTHING);
    const executor = own();
    const node = there.node();
    expect(await executor.runOnce(node, 'who', ['id', '-un'], soon())).toMatchObject({ stdout: `${user}\n` });
    expect(await executor.run(node, ['id', '-un'], soon())).toMatchObject({ stdout: `${user}\n` });
    const error = await failure(executor.listening(node, there.access().port));
    expect(error).toMatchObject({ reason: 'forbidden', message: expect.stringContaining(user) });
    chmodSync(there.allowFile, 0o600);
    expect(await failure(executor.run(node, ['id'], soon()))).toMatchObject({
      reason: 'rejected',
      message: expect.stringContaining('may not read'),
    });
  },
);
