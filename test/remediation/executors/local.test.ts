import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { local } from '#src/remediation/executors/local.ts';
import { executorConformance, localNode, wayConformance } from '#test/conformance/executor.ts';
import { letEnd, OVER, patient, timesBegun } from '#test/conformance/run-once.ts';
import { startChild } from '#test/real/child.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { root } from '#test/real/root.ts';

wayConformance('local', () => ({ executor: local({ dataDir: 'unused' }), node: localNode() }));

executorConformance('local', (dataDir) => ({ executor: local({ dataDir }), node: localNode(), acts: true }));

const remembered = { pid: 1, startedAt: 'a', argv: ['/d', '-rpcpassword=hunter2'], cwd: '/', env: {} };

test('what it remembers is readable by its own user only, and leaves no draft', async () => {
  using folder = temporaryFolder('local');
  const executor = local({ dataDir: folder.path });
  await executor.remember(localNode(), 'LTC', remembered);
  const kept = join(folder.path, 'processes');
  const files = await readdir(kept);
  expect(files).toHaveLength(1);
  expect((await stat(kept)).mode & 0o777).toBe(0o700);
  expect((await stat(join(kept, files[0] ?? ''))).mode & 0o777).toBe(0o600);
});

test('a spoilt file is as if nothing was remembered', async () => {
  using folder = temporaryFolder('local');
  const executor = local({ dataDir: folder.path });
  await executor.remember(localNode(), 'LTC', remembered);
  const kept = join(folder.path, 'processes');
  const file = join(kept, (await readdir(kept))[0] ?? '');
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20));
  expect(await executor.recall(localNode(), 'LTC')).toBeUndefined();
});

test('no signal is in its source: a daemon is stopped by its own RPC or not at all', async () => {
  const folder = 'src/remediation/executors';
  const sources = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  expect(sources).toContain('local.ts');
  for (const file of sources) {
    const source = await readFile(join(folder, file), 'utf8');
    expect(source, file).not.toMatch(/\.kill\b|\bSIG[A-Z]{3}/);
  }
});

test('a deed goes on when Tocsin is killed, and the next one is given what came of it', async () => {
  using folder = temporaryFolder('local');
  const asking = `
    const { local } = await import(${JSON.stringify(join(root, 'src/remediation/executors/local.ts'))});
    const { dataDir, node, argv } = JSON.parse(process.argv[1]);
    await local({ dataDir }).runOnce(node, 'killed', argv, { signal: AbortSignal.timeout(60_000) });`;
  const dataDir = join(folder.path, 'data');
  const given = JSON.stringify({ dataDir, node: localNode(), argv: patient(folder.path) });
  const tocsin = await startChild({
    argv: [process.execPath, '--input-type=module', '-e', asking, given],
    cwd: root,
  });
  await expect.poll(() => timesBegun(folder.path), { timeout: 15_000 }).toBe(1);
  tocsin.signal('SIGKILL');
  await tocsin.exit;
  const again = local({ dataDir }).runOnce(localNode(), 'killed', patient(folder.path), {
    signal: AbortSignal.timeout(15_000),
  });
  letEnd(folder.path);
  expect(await again).toEqual(OVER);
  expect(timesBegun(folder.path)).toBe(1);
  const modes = execFileSync('find', [join(dataDir, 'gate'), '-printf', '%m %y\n'], { encoding: 'utf8' });
  expect(new Set(modes.trim().split('\n'))).toEqual(new Set(['700 d', '600 f']));
});

test('a deed is given nothing that Tocsin was given for itself', async () => {
  using folder = temporaryFolder('local');
  const asking = `
    const { local } = await import(${JSON.stringify(join(root, 'src/remediation/executors/local.ts'))});
    const { dataDir, node } = JSON.parse(process.argv[1]);
    const ran = await local({ dataDir }).runOnce(node, 'env', ['env'], { signal: AbortSignal.timeout(60_000) });
    console.log(ran.stdout);`;
  const given = JSON.stringify({ dataDir: folder.path, node: localNode() });
  const tocsin = await startChild({
    argv: [process.execPath, '--input-type=module', '-e', asking, given],
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: '/home/notary',
      XDG_RUNTIME_DIR: '/run/user/7',
      DISCORD_TOKEN: 'hunter2',
    },
  });
  expect(await tocsin.exit).toMatchObject({ code: 0 });
  expect(tocsin.output()).toContain('HOME=/home/notary');
  expect(tocsin.output()).toContain('XDG_RUNTIME_DIR=/run/user/7');
  expect(tocsin.output()).not.toContain('hunter2');
});
