import { expect, test } from 'vitest';

import { type Deed, dryRun } from '#src/remediation/executors/dry-run.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { local } from '#src/remediation/executors/local.ts';
import { executorConformance, localNode, wayConformance } from '#test/conformance/executor.ts';
import { temporaryFolder } from '#test/real/folder.ts';

wayConformance('dry-run over local', () => ({
  executor: dryRun(local({ dataDir: 'unused' }), () => undefined),
  node: localNode(),
}));

executorConformance('dry-run over local', (dataDir) => ({
  executor: dryRun(local({ dataDir }), () => undefined),
  node: localNode(),
  acts: false,
}));

test('writes down what it would do, without the arguments, and leaves no trace in the real one', async () => {
  using folder = temporaryFolder('dry-run');
  const deeds: Deed[] = [];
  const real = local({ dataDir: folder.path });
  const twin = dryRun(real, (deed) => deeds.push(deed));
  const process = { pid: 1, startedAt: 'a', argv: ['/d', '-rpcpassword=hunter2'], cwd: '/', env: {} };
  await twin.remember(localNode(), 'LTC', process);
  await twin.start(localNode(), 'LTC');
  expect(deeds).toEqual([
    { node: 'node-a', deed: 'remember', program: '/d' },
    { node: 'node-a', deed: 'start', program: '/d' },
  ]);
  expect(await real.recall(localNode(), 'LTC')).toBeUndefined();
});

test('the executor of a node is that of its access kind', () => {
  using executors = createExecutors({ dataDir: 'unused' });
  const access = { host: 'h', port: 22, user: 'u', identityFile: 'id', hostKey: 'SHA256:x' };
  expect(executors(localNode())?.id).toBe('local');
  expect(executors({ ...localNode(), access: { kind: 'ssh', ...access } })?.id).toBe('ssh');
});
