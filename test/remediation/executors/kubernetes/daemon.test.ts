import { beforeAll, expect, test } from 'vitest';

import { utxo } from '#src/nodes/utxo/index.ts';
import { ending } from '#test/nodes/kubernetes/looking.ts';
import { startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

import { loaded, open } from './opened.ts';

beforeAll(loaded, 30_000);

/** A look at a daemon that listens on its pod's loopback, as far as the fleet file knows on 7771. */
async function lookInside() {
  const opened = await open({ access: { pod: 'app=kmd' } });
  const { executor, node } = opened;
  const daemon = ending(await startDaemon('litecoin'));
  const url = new URL(daemon.url);
  opened.cluster.ports.set(7771, Number(url.port));
  url.port = '7771';
  const rpc = { url: url.href, user: daemon.user, password: daemon.password };
  const target = targetOf({ rpc, access: node.access, node: node.id });
  const look = async () => {
    const results = await utxo.look(target, { executor, now: new Date() }, AbortSignal.timeout(10_000));
    return results.find(({ check }) => check === 'daemon-answers');
  };
  return { ...opened, look };
}

test('a daemon of the Bitcoin family in a pod is looked at as any other', async () => {
  const { look, cluster } = await lookInside();
  expect(await look()).toMatchObject({ finding: { state: 'up' } });
  expect(cluster.requests).toContain('UPGRADE /api/v1/namespaces/komodo/pods/kmd-0/portforward?ports=7771');
});

test('one that does not run is down; a pod that cannot be reached is unknown', async () => {
  const { look, cluster } = await lookInside();
  cluster.ports.clear();
  expect(await look()).toMatchObject({ finding: { state: 'down' }, alertname: 'DaemonDown' });
  cluster.remove('pods', 'kmd-0');
  expect(await look()).toMatchObject({
    finding: { state: 'unknown', why: 'no pod runs that matches app=kmd' },
  });
});
