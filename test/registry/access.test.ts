import { stringify } from 'yaml';
import { expect, test } from 'vitest';

import { settingsByKind } from '#src/nodes/kinds.ts';
import { parseFleet } from '#src/registry/parse.ts';

/** A fleet with one node of a cluster, and this of it. */
function parsed(access: object, service: object = {}) {
  const file = {
    network: 'n',
    rooms: [{ id: 'notaries', console: 'a' }],
    teams: [{ id: 'red', seats: [{ id: 'red_EU' }] }],
    nodes: [
      {
        id: 'red-1',
        seat: 'red_EU',
        access: { kind: 'kubernetes', ...access },
        services: [{ id: 'kmd', kind: 'kubernetes', workload: 'sts/kmd', ...service }],
      },
    ],
  };
  const read = parseFleet(stringify(file), {
    lookup: () => undefined,
    folder: '/etc/tocsin',
    known: { kinds: settingsByKind },
  });
  return {
    access: read.faults === undefined ? read.fleet.nodes[0]?.access : undefined,
    faults: read.faults?.map(({ path, words }) => `${path}: ${words}`),
  };
}

test("a cluster's kubeconfig lies beside the fleet file; nothing is run in its pods unless it is said", () => {
  expect(parsed({ kubeconfig: './keys/cluster.yaml', pod: 'app=kmd' }).access).toEqual({
    kind: 'kubernetes',
    namespace: 'default',
    kubeconfig: '/etc/tocsin/keys/cluster.yaml',
    pod: 'app=kmd',
    exec: false,
  });
});

test.each([
  [
    'a namespace that would leave its path',
    { namespace: '../kube-system' },
    {},
    /namespace: must be lower case/,
  ],
  [
    'a workload of no kind',
    {},
    { workload: 'kmd' },
    /workload: must be a kind and a name like statefulset\/kmd/,
  ],
  ['a workload that would leave its path', {}, { workload: 'deployment/..%2f' }, /workload: must be a kind/],
  ['no workload', {}, { workload: undefined }, /workload/],
  ['a key that is not known', {}, { workloads: 'sts/kmd' }, /workload/],
])('%s is a fault', (_what, access, service, words) => {
  expect(parsed(access, service).faults?.join('\n')).toMatch(words);
});
