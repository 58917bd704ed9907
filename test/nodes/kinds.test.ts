import { join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import { kinds } from '#src/nodes/kinds.ts';
import { kubernetes as cluster } from '#src/remediation/executors/kubernetes.ts';
import { local } from '#src/remediation/executors/local.ts';
import { type KindUnderTest, nodeKindConformance, SECRET } from '#test/conformance/node-kind.ts';
import { targetOf as cordaAt } from '#test/nodes/corda/looking.ts';
import { targetOf as iguanaAt } from '#test/nodes/iguana/looking.ts';
import { targetOf as workload } from '#test/nodes/kubernetes/looking.ts';
import { loaded } from '#test/remediation/executors/kubernetes/opened.ts';
import { targetOf as daemonAt } from '#test/stand-ins/daemon/target.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';

beforeAll(loaded, 30_000);

/** How each kind is asked at an address, by its id. */
const AT: Readonly<Record<string, KindUnderTest['at']>> = {
  utxo: async (url, folder) => ({
    target: daemonAt({ rpc: { url, user: 'tocsin', password: SECRET }, walletFile: '/nowhere/wallet.dat' }),
    executor: local({ dataDir: folder }),
  }),
  iguana: async (url, folder) => ({
    target: iguanaAt(url, { settings: { rounds: 'always' } }),
    executor: local({ dataDir: folder }),
  }),
  corda: async (url, folder) => ({
    target: cordaAt({ jolokia: url, healthCheck: url, networkMap: url }),
    executor: local({ dataDir: folder }),
  }),
  kubernetes: async (url, folder) => ({
    target: workload({
      kubeconfig: await kubeconfigFor({ url, token: SECRET, file: join(folder, 'kubeconfig') }),
    }),
    executor: cluster(),
  }),
};

test('every kind is tried', () => {
  expect(kinds.map(({ id }) => id).toSorted()).toEqual(Object.keys(AT).toSorted());
});

for (const kind of kinds)
  nodeKindConformance({ kind, at: AT[kind.id] ?? (() => expect.unreachable(kind.id)) });
