import { expect, test } from 'vitest';

import { OutsideError, type Reason } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import { lookAtWay } from '#src/health/way.ts';
import { local } from '#src/remediation/executors/local.ts';
import { localNode } from '#test/conformance/executor.ts';

const here = local({ dataDir: 'unused' });
const looked = (reach: Executor['reach']) =>
  lookAtWay(localNode(), { ...here, ...(reach && { reach }) }, AbortSignal.timeout(1_000));
const failing = (reason: Reason) => looked(() => Promise.reject(new OutsideError('ssh', reason, 'so it is')));

test('where nothing is between there is nothing to find', async () => {
  expect(await looked(undefined)).toBeUndefined();
  expect(await lookAtWay(localNode(), undefined, AbortSignal.timeout(1_000))).toBeUndefined();
});

test('an open way is up, so that what was raised is taken back', async () => {
  expect(await looked(() => Promise.resolve())).toMatchObject({
    check: 'way',
    of: 'node',
    finding: { state: 'up' },
  });
});

test.each([
  ['untrusted', 'down', 'HostKeyChanged'],
  ['unavailable', 'down', 'NodeUnreachable'],
  ['timeout', 'down', 'NodeUnreachable'],
  ['unauthorized', 'degraded', 'NodeUnreachable'],
  ['forbidden', 'degraded', 'NodeUnreachable'],
] as const)('a way that is %s is %s: %s', async (reason, state, alertname) => {
  expect(await failing(reason)).toMatchObject({
    check: 'way',
    of: 'node',
    alertname,
    finding: { state, why: 'so it is' },
  });
});

test('a fault of ours is no finding', async () => {
  await expect(looked(() => Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
});
