import { expect, test, vi } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { RpcError } from '#src/nodes/utxo/rpc-error.ts';
import { searched } from '#src/nodes/utxo/wallet/reset/renewal.ts';

const broke = new OutsideError('ssh', 'unavailable', 'the connection broke off');
const late = new OutsideError('daemon', 'timeout', 'no answer in 20 s');
const busy = new RpcError('rescanblockchain', -4, 'Wallet is currently rescanning.');

/** A wallet whose calls to search end as given, and then well; and which searches for so many looks after each. */
function wallet(ends: readonly Error[], searchesFor: readonly number[] = []) {
  const calls: unknown[] = [];
  let looks = 0;
  const call = async (method: string, params?: readonly unknown[]): Promise<unknown> => {
    if (method === 'getwalletinfo')
      return { walletname: 'w', scanning: looks-- > 0 ? { progress: 0.5 } : false };
    const end = ends[calls.length];
    looks = searchesFor[calls.length] ?? 0;
    calls.push(params);
    if (end) throw end;
    return {};
  };
  const filling = {
    life: { carrying: { signal: new AbortController().signal, progress: vi.fn(async () => undefined) } },
    rpc: { call },
    prepared: { due: { from: 7 } },
    patience: { everyMs: 1, scanMs: 1_000 },
  };
  return { calls, search: () => searched(filling as never, true) };
}

test('a call that broke off before anybody saw it search is made again', async () => {
  const { calls, search } = wallet([broke, broke]);
  expect(await search()).toBe('searched');
  expect(calls).toEqual([[7], [7], [7]]);
});

test.each([
  ['whose answer came too late', late],
  ['that broke off', broke],
  ['that was refused because it searches already', busy],
])('a call %s is not made again when it was seen to search: its end is waited for', async (_what, end) => {
  const { calls, search } = wallet([end], [3]);
  expect(await search()).toBe('searched');
  expect(calls).toHaveLength(1);
});

test('a daemon that never takes the call is told as it is', async () => {
  const { calls, search } = wallet(Array.from({ length: 50 }, () => broke));
  await expect(search()).rejects.toBe(broke);
  expect(calls).toHaveLength(10);
});
