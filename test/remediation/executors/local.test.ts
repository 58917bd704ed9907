import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { local } from '#src/remediation/executors/local.ts';
import { executorConformance, localNode, wayConformance } from '#test/conformance/executor.ts';
import { temporaryFolder } from '#test/real/folder.ts';

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
