import { expect, test } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import type { Access, Service, ServiceId, Target } from '#src/domain/node.ts';
import type { Remedy } from '#src/domain/remedy.ts';
import { noHands } from '#src/nodes/hands.ts';
import { offerOf } from '#src/remediation/offer.ts';
import { fleetWith, node, service } from '#test/stand-ins/remediation/world.ts';

const kmd: Service = { ...service, id: 'KMD' as ServiceId };
const iguana: Service = { id: 'iguana' as ServiceId, kind: 'iguana', thresholds: {} };
const third: Service = { ...iguana, id: 'iguana-3p' as ServiceId };
const remedyFor = (kind: string): Remedy => ({
  id: `restart-${kind}`,
  summary: '',
  risk: 'medium',
  kinds: [kind],
  parameters: [],
  notHere: noHands,
  plan: () => Promise.reject(new Error('not to be planned')),
  carryOut: () => Promise.reject(new Error('not to be run')),
});
const some = {} as Executor;

const ssh = (gate: boolean): Access => ({
  kind: 'ssh',
  host: 'h',
  port: 22,
  user: 'u',
  identityFile: 'f',
  hostKey: 'SHA256:k',
  gate,
});

test.each<[string, readonly Service[], string, Access, Executor | undefined, object]>([
  ['its own service', [kmd, service], 'utxo', { kind: 'local' }, some, { service: 'KMD' }],
  [
    'the iguana, for what a daemon shows of it',
    [kmd, iguana],
    'iguana',
    { kind: 'local' },
    some,
    { service: 'iguana' },
  ],
  [
    'neither of two iguanas',
    [kmd, iguana, third],
    'iguana',
    { kind: 'local' },
    some,
    { byHand: expect.stringContaining('several') },
  ],
  ['no iguana', [kmd], 'iguana', { kind: 'local' }, some, { byHand: expect.stringContaining('no service') }],
  [
    'nothing without a way in',
    [kmd],
    'utxo',
    ssh(true),
    undefined,
    { byHand: expect.stringContaining('by hand') },
  ],
  [
    'nothing without a gate',
    [kmd],
    'utxo',
    ssh(false),
    some,
    { byHand: expect.stringContaining('tocsin-gate') },
  ],
  ['with a gate', [kmd], 'utxo', ssh(true), some, { service: 'KMD' }],
  [
    'nothing in a pod that runs nothing',
    [kmd],
    'utxo',
    { kind: 'kubernetes', namespace: 'n' },
    some,
    { byHand: expect.stringContaining('exec') },
  ],
])('a remedy is offered for %s', (_what, services, kind, access, executor, offer) => {
  const fleet = fleetWith(node(services, access));
  const found = fleet.target('alpha-main', 'KMD') as Target;
  expect(offerOf(remedyFor(kind), found, { fleet, executors: () => executor })).toEqual(offer);
});

test('what this version does not have is not offered', () => {
  const fleet = fleetWith(node([kmd]));
  const found = fleet.target('alpha-main', 'KMD') as Target;
  expect(offerOf(undefined, found, { fleet, executors: () => some })).toEqual({ byHand: '' });
});
