import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { fleetOf } from '#src/domain/fleet.ts';
import type { CheckResult } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import type { Carrying, Journal } from '#src/domain/remedy.ts';
import { connect } from '#src/nodes/utxo/connect.ts';
import { utxo } from '#src/nodes/utxo/index.ts';
import { createRestartChain } from '#src/nodes/utxo/remedies/restart-chain.ts';
import { createSplit } from '#src/nodes/utxo/remedies/split.ts';
import { createChain } from '#src/trial/chain.ts';
import { COINS } from '#src/trial/coins.ts';
import { type SimulatedDaemon, startDaemon } from '#src/trial/daemon.ts';
import { createTrialExecutor } from '#src/trial/executor.ts';
import { trialFleet } from '#src/trial/fleet.ts';
import type { Executor } from '#src/domain/executor.ts';

const NODE = 'alright-dev-main';
const BLOCK_MS = 200;
const timing = { warmUpMs: 100, closeMs: 20, leaveMs: 100 };

let daemons: SimulatedDaemon[];
let executor: Executor;
let targets: Readonly<Record<string, Target>>;

beforeEach(async () => {
  daemons = await Promise.all(
    COINS.map(({ coin, height }) =>
      startDaemon({
        owner: NODE,
        coin,
        chain: createChain(coin.name, { at: Date.now(), height, everyMs: BLOCK_MS }),
        timing,
      }),
    ),
  );
  executor = createTrialExecutor(daemons);
  const sites = daemons.map(
    (daemon) => [{ node: NODE, seat: 'alright_DEV', coin: daemon.coin }, daemon] as const,
  );
  const fleet = fleetOf(trialFleet(sites));
  targets = Object.fromEntries(fleet.targets().map((target) => [target.service.id, target]));
});
afterEach(async () => {
  for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
});

const targetOf = (coin: string): Target => targets[coin] as Target;
const daemonOf = (coin: string): SimulatedDaemon =>
  daemons.find((daemon) => daemon.coin === coin) as SimulatedDaemon;

const look = (coin: string): Promise<readonly CheckResult[]> =>
  utxo.look(targetOf(coin), { executor, now: new Date() }, AbortSignal.timeout(10_000));

async function findings(coin: string): Promise<Readonly<Record<string, string>>> {
  const results = await look(coin);
  return Object.fromEntries(results.map(({ check, finding }) => [check, finding.state]));
}

const journal: Journal = { step: (_name, act) => act(false) };
const carrying = (coin: string): Carrying => ({
  request: 'r1' as Carrying['request'],
  bound: {},
  target: targetOf(coin),
  args: {},
  journal,
  executors: () => executor,
  progress: async () => undefined,
  log: async () => undefined,
  signal: AbortSignal.timeout(15_000),
});

describe.each(['KMD', 'LTC'])('a simulated %s daemon, seen by the real checks and remedies', (coin) => {
  test('is well in every respect', async () => {
    const results = await look(coin);
    const unwell = results.filter(({ finding, aside }) => finding.state !== 'up' && !aside);
    expect(unwell.map(({ check, finding }) => [check, finding])).toEqual([]);
    expect(results.length).toBeGreaterThan(5);
  });

  test('stopped: nothing listens, and the rest is unknown', async () => {
    await daemonOf(coin).flip('stop');
    expect(await findings(coin)).toMatchObject({ 'daemon-answers': 'down', 'in-sync': 'unknown' });
    expect(await executor.listening(targetOf(coin).node, daemonOf(coin).port)).toBeUndefined();
  });

  test('fallen behind: seen as out of sync, and mended', async () => {
    await daemonOf(coin).flip('behind');
    expect(await findings(coin)).toMatchObject({ 'daemon-answers': 'up', 'in-sync': 'down' });
    await daemonOf(coin).flip('mend');
    expect(await findings(coin)).toMatchObject({ 'in-sync': 'up' });
  });

  test('updated: it runs again, and tells its new version', async () => {
    const versionOf = async (): Promise<unknown> => {
      const [answers] = (await look(coin)).filter(({ check }) => check === 'daemon-answers');
      return answers && 'facts' in answers.finding ? answers.finding.facts['version'] : undefined;
    };
    expect(await versionOf()).toMatch(/0\.9\.1$/u);
    await daemonOf(coin).flip('update');
    // Until it has warmed up it tells nothing.
    await expect.poll(versionOf).toMatch(/0\.9\.2$/u);
  });

  test('forked: another hash from there on, the same below', async () => {
    const rpc = await connect(targetOf(coin));
    const height = Number(await rpc.call('getblockcount'));
    const hashes = () => Promise.all([height, height - 20].map((at) => rpc.call('getblockhash', [at])));
    const [tip, below] = await hashes();
    await daemonOf(coin).flip('fork');
    const [forkedTip, sameBelow] = await hashes();
    expect(forkedTip).not.toBe(tip);
    expect(sameBelow).toBe(below);
    await expect(rpc.call('getblockheader', [String(tip)])).rejects.toMatchObject({ code: -5 });
  });

  test('drained: too few notary UTXOs, until the real split made them, confirmed', async () => {
    await daemonOf(coin).flip('drain');
    expect(await findings(coin)).toMatchObject({ 'notary-utxos': 'down' });
    const split = createSplit({ everyMs: 20 });
    await split.plan(targetOf(coin), {}, () => executor);
    expect(await split.carryOut(carrying(coin))).toContain('right-sized now: 20');
    expect(await findings(coin)).toMatchObject({ 'notary-utxos': 'up', balance: 'up' });
    expect(daemonOf(coin).state().notaryUtxos).toBe(20);
  });

  test('restarted by the real remedy: goes, comes back as another process, warms up, answers', async () => {
    const before = daemonOf(coin).running();
    const restart = createRestartChain({ everyMs: 20 });
    expect((await restart.plan(targetOf(coin), {}, () => executor)).steps.join(' ')).toContain('simulated-');
    expect(await restart.carryOut(carrying(coin))).toContain('Runs again');
    expect(daemonOf(coin).running()?.pid).not.toBe(before?.pid);
    expect(await findings(coin)).toMatchObject({ 'daemon-answers': 'up' });
  });

  test('started again after it was stopped, by the real remedy', async () => {
    const node = targetOf(coin).node;
    const process = await executor.listening(node, daemonOf(coin).port);
    if (process) await executor.remember(node, coin, process);
    await daemonOf(coin).flip('stop');
    const restart = createRestartChain({ everyMs: 20 });
    expect(await restart.carryOut(carrying(coin))).toContain('it was down');
    expect(daemonOf(coin).state().process).toBe('running');
  });

  test('answers -28 while it starts', async () => {
    await daemonOf(coin).flip('stop');
    await daemonOf(coin).start();
    const rpc = await connect(targetOf(coin));
    await expect(rpc.call('getblockcount')).rejects.toMatchObject({ code: -28 });
    await expect.poll(() => daemonOf(coin).state().process).toBe('running');
    expect(await rpc.call('getblockcount')).toBeGreaterThan(1_000_000);
  });

  test('refuses a wrong password, an unknown method, and a transaction that spends what is not there', async () => {
    const wrong = {
      ...targetOf(coin).service,
      rpc: { url: `http://127.0.0.1:${daemonOf(coin).port}`, user: 'x', password: 'y' },
    };
    const stranger = await connect({ ...targetOf(coin), service: wrong });
    await expect(stranger.call('getbalance')).rejects.toMatchObject({ reason: 'unauthorized' });
    const rpc = await connect(targetOf(coin));
    await expect(rpc.call('constructor')).rejects.toMatchObject({ code: -32_601 });
    await expect(rpc.call('sendrawtransaction', ['00'])).rejects.toMatchObject({ code: -22 });
  });
});

test('the families differ as the real ones do: getinfo is komodo’s alone', async () => {
  await expect((await connect(targetOf('LTC'))).call('getinfo')).rejects.toMatchObject({ code: -32_601 });
  expect(await (await connect(targetOf('KMD'))).call('getinfo')).toMatchObject({ synced: true, name: 'KMD' });
});
