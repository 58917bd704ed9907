import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { root } from '#test/real/root.ts';

const SCRIPT = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
      if (name) loaded.add(name);
      return next(url, context);
    },
  });
  await import('./src/nodes/kinds.ts');
  const { createExecutors } = await import('./src/remediation/executors/index.ts');
  const executors = createExecutors({ dataDir: '.' });
  const node = { id: 'n', access: { kind: 'kubernetes', namespace: 'n', kubeconfig: 'package.json' } };
  const cluster = executors(node).cluster(node);
  const before = [...loaded];
  await cluster.get({ group: '', resource: 'pods' }, AbortSignal.timeout(30_000)).catch(() => undefined);
  console.log(JSON.stringify({ before, after: [...loaded] }));
`;

test('the client of Kubernetes is loaded at the first look at a cluster, not before', () => {
  const node = join(root, 'node_modules/.bin/node');
  const printed = execFileSync(node, ['--input-type=module', '-e', SCRIPT], { cwd: root, encoding: 'utf8' });
  const { before, after } = JSON.parse(printed) as Record<'before' | 'after', readonly string[]>;
  expect(before).toContain('axios');
  expect(before).not.toContain('@kubernetes/client-node');
  expect(after).toContain('@kubernetes/client-node');
}, 60_000);
