import { expect, test } from 'vitest';

import type { Access, Target } from '#src/domain/node.ts';
import { bindTo, difference, digestOf } from '#src/remediation/digest.ts';
import { fleetWith, node, service } from '#test/stand-ins/remediation/world.ts';

const target = fleetWith().targets()[0] as Target;
const plan = { steps: ['do it'], bound: { b: '2', a: '1' } };
const asked = {
  remedy: 'split',
  risk: 'low' as const,
  node: target.node.id,
  service: target.service.id,
  requestedBy: 'alice' as Parameters<typeof digestOf>[0]['requestedBy'],
  arguments: { x: '1', y: '2' },
  plan,
};

test('is the same whatever the order of names, and whatever a plan merely shows', () => {
  const same = {
    ...asked,
    arguments: { y: '2', x: '1' },
    plan: { ...plan, bound: { a: '1', b: '2' }, seen: { n: '9' } },
  };
  expect(digestOf(same)).toBe(digestOf(asked));
  expect(digestOf(asked)).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  { remedy: 'other' },
  { risk: 'high' as const },
  { node: 'n' as Target['node']['id'] },
  { service: 's' as Target['service']['id'] },
  { arguments: { x: '1', y: '3' } },
  { arguments: { x: '1' } },
  { requestedBy: 'bob' as typeof asked.requestedBy },
  { plan: { ...plan, steps: ['do that'] } },
  { plan: { ...plan, bound: { a: '1', b: '3' } } },
])('is another for %o', (change) => {
  expect(digestOf({ ...asked, ...change })).not.toBe(digestOf(asked));
});

test('binds a plan to the daemon and the machine, without their secrets', () => {
  const access: Access = {
    kind: 'ssh',
    host: '203.0.113.9',
    port: 22,
    user: 'tocsin',
    identityFile: './keys/secret',
    hostKey: 'SHA256:x',
  };
  const secretive = {
    ...service,
    rpc: {
      url: 'http://u:hunter2@127.0.0.1:7771/wallet/w?token=hunter3',
      user: 'hunter4',
      password: 'hunter5',
    },
  };
  const { bound } = bindTo({ ...target, node: node([secretive], access), service: secretive }, plan);
  expect(bound).toEqual({
    a: '1',
    b: '2',
    daemon: 'utxo LTC http://127.0.0.1:7771/wallet/w',
    machine: 'ssh tocsin@203.0.113.9:22 SHA256:x',
  });
});

test('says in words what changed between two plans', () => {
  expect(difference(plan, { ...plan, bound: { a: '1', c: '3' } })).toBe(
    'b was 2, is nothing; c was nothing, is 3',
  );
  expect(difference(plan, { ...plan, steps: [] })).toBe('its steps are others');
  expect(difference(plan, { ...plan, seen: { n: '1' } })).toBeUndefined();
});
