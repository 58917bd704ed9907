import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { commands } from '#commands/index.ts';
import { platforms } from '#src/chat/platforms.ts';
import { ACCESS_KINDS } from '#src/domain/node.ts';
import { LISTINGS } from '#src/http/api/index.ts';
import { INGRESSES } from '#src/http/ingress/index.ts';
import { checks as cordaChecks } from '#src/nodes/corda/checks/index.ts';
import { remedies as cordaRemedies } from '#src/nodes/corda/remedies/index.ts';
import { checks as iguanaChecks } from '#src/nodes/iguana/checks/index.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { checks as kubernetesChecks } from '#src/nodes/kubernetes/checks/index.ts';
import { remedies as kubernetesRemedies } from '#src/nodes/kubernetes/remedies/index.ts';
import { checks } from '#src/nodes/utxo/checks/index.ts';
import { remediesOf as iguanaRemedies } from '#src/nodes/iguana/remedies/index.ts';
import { remedies } from '#src/nodes/utxo/remedies/index.ts';
import { QUEUE_NAMES } from '#src/queue/queues.ts';
import { StatisticsEntry } from '#src/registry/statistics.ts';
import { EXECUTORS } from '#src/remediation/executors/index.ts';
import { sites } from '#src/statistics/sites/index.ts';
import { root } from '#test/real/root.ts';

/** Names of the files of a folder, without `.ts`, but for the list itself and what its entries share. */
const filesIn = (folder: string, ...shared: readonly string[]): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ name }) => name.replace(/\.ts$/, ''))
    .filter((name) => name !== 'index' && !shared.includes(name))
    .toSorted();

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

const idsOf = (list: Iterable<{ readonly id: string }>): readonly string[] =>
  Array.from(list, ({ id }) => id).toSorted();
const namesOf = (list: Iterable<{ readonly name: string }>): readonly string[] =>
  Array.from(list, ({ name }) => name).toSorted();

test('every command is a file of its name', () => {
  expect(namesOf(commands)).toEqual(filesIn('commands'));
});

test('every chat platform is a folder of its name, and has a queue for its deliveries', () => {
  expect(idsOf(platforms)).toEqual(foldersIn('src/chat'));
  const queues = QUEUE_NAMES.filter((name) => name.startsWith('deliver-'));
  expect(queues.map((name) => name.replace('deliver-', '')).toSorted()).toEqual(idsOf(platforms));
});

test('every statistics site is a file of its name, and may stand in the fleet file', () => {
  expect(idsOf(sites)).toEqual(filesIn('src/statistics/sites'));
  expect(StatisticsEntry.shape.kind.options.toSorted()).toEqual(idsOf(sites));
});

test('every kind of node is a folder of its name', () => {
  expect(idsOf(kinds)).toEqual(foldersIn('src/nodes').filter((name) => name !== 'supervisors'));
});

test('every check of utxo is a file of its name', () => {
  expect(idsOf(checks)).toEqual(filesIn('src/nodes/utxo/checks', 'check', 'grade'));
});

test('every check of kubernetes is a file of its name', () => {
  expect(idsOf(kubernetesChecks)).toEqual(filesIn('src/nodes/kubernetes/checks', 'check'));
});

test('every check of corda is a file of its name', () => {
  expect(idsOf(cordaChecks)).toEqual(filesIn('src/nodes/corda/checks', 'check'));
});

test('every check of iguana is a file of its name', () => {
  expect(idsOf(iguanaChecks)).toEqual(filesIn('src/nodes/iguana/checks', 'check'));
});

test('every remedy of iguana is a file of its name', () => {
  expect(idsOf(iguanaRemedies())).toEqual(filesIn('src/nodes/iguana/remedies'));
});

test('every remedy of utxo is a file of its name', () => {
  expect(idsOf(remedies)).toEqual(filesIn('src/nodes/utxo/remedies'));
});

test('every remedy of kubernetes is a file of its name', () => {
  expect(idsOf(kubernetesRemedies)).toEqual(filesIn('src/nodes/kubernetes/remedies'));
});

test('every remedy of corda is a file of its name', () => {
  expect(idsOf(cordaRemedies)).toEqual(filesIn('src/nodes/corda/remedies'));
});

test('no two remedies have one name, whatever kind they are of', () => {
  const ids = kinds.flatMap((kind) => idsOf(kind.remedies));
  expect(ids).toEqual([...new Set(ids)]);
});

test('every way in is a file of its name', () => {
  expect(namesOf(INGRESSES)).toEqual(filesIn('src/http/ingress'));
});

test('every listing of the API is in the file of its name', () => {
  const files = LISTINGS.map(({ path }) => path.split('/')[1] ?? '');
  expect([...new Set(files)].toSorted()).toEqual(filesIn('src/http/api'));
});

test('every executor is a file of its access kind; dry-run is the twin of any', () => {
  expect([...EXECUTORS.keys()].toSorted()).toEqual(
    filesIn(
      'src/remediation/executors',
      'dry-run',
      'files',
      'gate',
      'proc',
      'remembered',
      'started',
      'whole',
    ),
  );
  expect(ACCESS_KINDS).toEqual(expect.arrayContaining([...EXECUTORS.keys()]));
});
