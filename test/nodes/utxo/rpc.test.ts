import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inspect } from 'node:util';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { createRpc, resultOf } from '#src/nodes/utxo/rpc.ts';
import { isMethodNotFound, isRefused, isWarmingUp, RpcError } from '#src/nodes/utxo/rpc-error.ts';
import { FAULTS, type Fault, Refusal, startDaemon } from '#test/stand-ins/daemon/daemon.ts';

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );

async function daemonAndRpc(limits = { timeoutMs: 300 }) {
  const daemon = await startDaemon();
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  return { daemon, rpc: createRpc(daemon, limits) };
}

describe('an answer', () => {
  test('is its result', async () => {
    const { daemon, rpc } = await daemonAndRpc();
    daemon.on('echo', (params) => params);
    expect(await rpc.call('echo', ['a', 1, null])).toEqual(['a', 1, null]);
    expect(await rpc.call('listlockunspent')).toEqual([]);
  });

  test('that is an error of the daemon is an RpcError with its code and words', async () => {
    const { daemon, rpc } = await daemonAndRpc();
    daemon.on('getbalance', () => {
      throw new Refusal(-18, 'No wallet is loaded');
    });
    expect(await caught(rpc.call('getbalance'))).toMatchObject({
      name: 'RpcError',
      code: -18,
      method: 'getbalance',
      message: 'No wallet is loaded',
    });
    expect(isMethodNotFound(await caught(rpc.call('getinfo')))).toBe(true);
    daemon.failing(new Refusal(-28, 'Loading block index...'));
    const warmingUp = await caught(rpc.call('getbalance'));
    expect(isWarmingUp(warmingUp)).toBe(true);
    expect(warmingUp).not.toBeInstanceOf(OutsideError);
  });

  test('of a batch is one round trip, each call with its own outcome, in order whatever the daemon orders', async () => {
    const { daemon, rpc } = await daemonAndRpc();
    daemon.on('a', () => 'A');
    daemon.on('b', () => 'B');
    const [a, none, b] = await rpc.batch([{ method: 'a' }, { method: 'none' }, { method: 'b' }]);
    expect([resultOf(a), resultOf(b)]).toEqual(['A', 'B']);
    expect(() => resultOf(none)).toThrow(RpcError);
    expect(daemon.requests).toBe(1);
    expect(await rpc.batch([])).toEqual([]);
    expect(daemon.requests).toBe(1);
  });

  test('keeps its connection for what follows at once, and no longer: a daemon that stops waits for it', async () => {
    const { daemon, rpc } = await daemonAndRpc();
    await rpc.call('getbalance');
    await rpc.call('getbalance');
    expect(await daemon.connections()).toBe(1);
    await expect.poll(() => daemon.connections(), { timeout: 2_000 }).toBe(0);
  });

  test('comes after a refusal of the whole batch as that refusal', async () => {
    const { daemon, rpc } = await daemonAndRpc();
    daemon.failing(new Refusal(-28, 'Rewinding blocks...'));
    const answers = await rpc.batch([{ method: 'a' }, { method: 'b' }]);
    expect(() => resultOf(answers[1])).toThrow('Rewinding blocks...');
  });
});

const REASON: Readonly<Record<Fault, string>> = {
  hang: 'timeout',
  drip: 'timeout',
  unauthorized: 'unauthorized',
  forbidden: 'forbidden',
  busy: 'rate-limited',
  garbage: 'unreadable',
  oversize: 'unreadable',
  cut: 'unreadable',
};

describe('no usable answer', () => {
  test.each(FAULTS)('%s has its reason, is no refusal, and comes within the limit', async (fault) => {
    const { daemon, rpc } = await daemonAndRpc(fault === 'oversize' ? { timeoutMs: 5_000 } : undefined);
    daemon.fault(fault);
    const began = performance.now();
    const error = await caught(rpc.call('getbalance'));
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ system: 'daemon', reason: REASON[fault] });
    expect(isRefused(error)).toBe(false);
    if (fault !== 'oversize') expect(performance.now() - began).toBeLessThan(1_500);
  });

  test('a daemon that is gone refuses, and answers again when it is back', async () => {
    const { daemon, rpc } = await daemonAndRpc();
    await rpc.call('getbalance');
    await daemon.refuse();
    // The first call may still meet the kept connection's end.
    const error = await vi.waitUntil(async () => {
      const error = await caught(rpc.call('getbalance'));
      return isRefused(error) && error;
    });
    expect(error).toMatchObject({ message: `nothing listens on 127.0.0.1:${daemon.port}` });
    await daemon.restore();
    expect(await rpc.call('getbalance')).toBe(50);
  });

  test('a machine that drops our packets is unreachable, not silent', async () => {
    // A full backlog: the system leaves further connections without an answer, as a firewall does.
    const script =
      'import socket,sys\n' +
      's=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(0)\n' +
      'cs=[socket.socket() for _ in range(4)]\n' +
      '[(c.setblocking(False), c.connect_ex(s.getsockname())) for c in cs]\n' +
      'print(s.getsockname()[1], flush=True); sys.stdin.read()';
    const listener = spawn('python3', ['-c', script]);
    onTestFinished(() => void listener.kill());
    const [port] = (await once(listener.stdout, 'data')) as [Buffer];
    const rpc = createRpc({ url: `http://127.0.0.1:${port.toString().trim()}` }, { timeoutMs: 200 });
    const error = await caught(rpc.call('getinfo'));
    expect(error).toMatchObject({ reason: 'unavailable' });
    expect(isRefused(error)).toBe(false);
  });

  test('ends when the caller gives up', async () => {
    const { daemon } = await daemonAndRpc();
    daemon.fault('hang');
    const rpc = createRpc(daemon, { timeoutMs: 60_000, signal: AbortSignal.timeout(50) });
    expect(await caught(rpc.call('getinfo'))).toMatchObject({ reason: 'timeout' });
  });

  test.each([...FAULTS, 'refused'] as const)(
    '%s shows no password, however deep one looks',
    async (fault) => {
      const { daemon } = await daemonAndRpc();
      const rpc = createRpc({ url: daemon.url, user: 'tocsin', password: 'S3CRET' }, { timeoutMs: 300 });
      if (fault === 'refused') await daemon.refuse();
      else daemon.fault(fault);
      const error = await caught(rpc.call('walletpassphrase', ['S3CRET', 60]));
      const shown = inspect(error, { depth: Infinity, showHidden: true });
      expect(shown).not.toContain('S3CRET');
      expect(shown).not.toContain(Buffer.from('tocsin:S3CRET').toString('base64'));
    },
  );
});
