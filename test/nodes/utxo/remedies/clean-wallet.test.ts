import { beforeEach, describe, expect, test } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import { createCleanWallet } from '#src/nodes/utxo/remedies/clean-wallet.ts';
import type { Rpc } from '#src/nodes/utxo/rpc.ts';
import { RpcError } from '#src/nodes/utxo/rpc-error.ts';
import { createLedger, type Ledger, OWN_SCRIPT, txidOf } from '#test/stand-ins/remediation/ledger.ts';
import { createMachine } from '#test/stand-ins/remediation/machine.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';
import {
  fleetWith,
  memoryLeases,
  memoryRequests,
  node,
  remediationWorld,
  service,
  type World,
} from '#test/stand-ins/remediation/world.ts';

const WALLET = '/data/wallet.dat';
const SIZE = 4_000_000;

interface Row {
  readonly txid: string;
  readonly category: string;
  readonly amount: number;
  readonly confirmations: number;
}

let ledger: Ledger;
let files: Map<string, number>;
let rows: Row[];
let exportdir: string | undefined;
let immature: number;
let freeBytes: number;
/** What cleaning does besides. */
let cleaning: () => void;

beforeEach(() => {
  ledger = createLedger({ family: 'komodo' });
  files = new Map([[WALLET, SIZE]]);
  rows = [];
  exportdir = '/backups';
  immature = 0;
  freeBytes = 1e9;
  cleaning = () => undefined;
  for (let index = 0; index < 3; index++) give(5_000_000, 20 + index);
});
let given = 0;
const give = (sats: number, confirmations: number): void => {
  const txid = txidOf(`coin ${++given}`);
  ledger.coins.push({ txid, vout: 0, sats, script: OWN_SCRIPT, confirmations });
};

/** komodod as its sources of 2026 have it: backups in -exportdir under letters and figures only, and its misspelt figures. */
const komodo: Record<string, (params: readonly string[]) => unknown> = {
  help: ([method = '']) =>
    method === 'cleanwallettransactions'
      ? 'cleanwallettransactions "txid"\n'
      : `help: unknown command: ${method}\n`,
  getblockchaininfo: () => ({ blocks: 100, headers: 100, bestblockhash: '0'.repeat(64), chain: 'main' }),
  getinfo: () => ({ blocks: 100, longestchain: 100, connections: 8 }),
  getwalletinfo: () => ({ immature_balance: immature }),
  getbalance: () => ledger.coins.reduce((sum, { sats }) => sum + sats, 0) / 1e8,
  listtransactions: () => rows,
  backupwallet: ([name = '']) => {
    const refused = (why: string) => new RpcError('backupwallet', -4, why);
    if (exportdir === undefined)
      throw refused('Cannot backup wallet until the -exportdir option has been set');
    if (!/^[A-Za-z0-9]+$/.test(name)) {
      throw refused("Filename is invalid as only alphanumeric characters are allowed.  Try 'x' instead.");
    }
    const path = `${exportdir}/${name}`;
    expect(files.has(path)).toBe(false);
    files.set(path, SIZE);
    return path;
  },
  cleanwallettransactions: () => {
    cleaning();
    return { total_transactons: 484, remaining_transactons: 60, removed_transactions: 424 };
  },
};

const daemon = (): Rpc => {
  const call: Rpc['call'] = async (method, params = []) => {
    const own = komodo[method];
    if (!own) return ledger.rpc.call(method, params);
    ledger.calls.push(method);
    return own(params as readonly string[]);
  };
  return {
    ...ledger.rpc,
    call,
    batch: (calls) =>
      Promise.all(
        calls.map(({ method, params }) =>
          call(method, params).then(
            (result) => ({ result }),
            (error: unknown) => {
              if (error instanceof RpcError) return { error };
              throw error;
            },
          ),
        ),
      ),
  };
};
const machine = (): Executor => ({
  ...createMachine().executor,
  fileBytes: async (_node, path) => files.get(path),
  space: async () => ({ freeBytes, totalBytes: 1e10 }),
});

function worldOf(more: Partial<Parameters<typeof remediationWorld>[0]> = {}): World {
  const remedies = [createCleanWallet({ connect: async () => daemon() })];
  const world = remediationWorld({ remedies, executors: () => machine(), ...more });
  world.fleet = fleetWith(node([{ ...service, walletFile: WALLET }]));
  return world;
}
async function carriedOut() {
  const world = worldOf();
  const { id } = await world.approved('anna', 'clean-wallet');
  await world.carryOut(id);
  return world.requests.get(id);
}
const asked = (): Promise<unknown> => worldOf().request('alice', 'clean-wallet');

test('copies the wallet as komodo does, cleans it, and sees that everything is still there', async () => {
  const request = await carriedOut();
  expect(request).toMatchObject({
    state: 'succeeded',
    result: expect.stringMatching(
      /forgot 424 of 484 transactions; all 3 unspent outputs are there, .* A copy .* is at \/backups\/tocsin\w+wallet \(4\.0 MB\)\.$/,
    ) as string,
  });
  expect(ledger.calls.lastIndexOf('backupwallet')).toBeLessThan(
    ledger.calls.indexOf('cleanwallettransactions'),
  );
});

describe('refuses', () => {
  test('while something is unconfirmed', async () => {
    give(1_000, 0);
    await expect(asked()).rejects.toThrow(/unconfirmed: wait for the next blocks/);
  });
  test('when the wallet would forget mined coins that are not ripe', async () => {
    immature = 3;
    rows = [{ txid: txidOf('mined'), category: 'immature', amount: 3, confirmations: 60 }];
    await expect(asked()).rejects.toThrow(
      /not ripe yet, and are older than the oldest unspent output \(22 blocks\)/,
    );
    rows = [{ txid: txidOf('mined'), category: 'immature', amount: 3, confirmations: 10 }];
    await expect(asked()).resolves.toMatchObject({ state: 'requested' });
    // Of some it is not known how old they are.
    immature = 6;
    await expect(asked()).rejects.toThrow(/not ripe yet/);
  });
  test('when there is nothing to tell by what may be forgotten', async () => {
    ledger.coins.length = 0;
    await expect(asked()).rejects.toThrow(/no unspent output/);
  });
  test('when there is no room for a copy, or no such file', async () => {
    freeBytes = 1e6;
    await expect(asked()).rejects.toThrow(/Too little room/);
    files.clear();
    await expect(asked()).rejects.toThrow(/Where the wallet lies is not known/);
  });
});

describe('stops before it cleans', () => {
  test.each([
    ['komodo has no folder for copies', () => (exportdir = undefined), /start it with -exportdir=FOLDER/],
    ['the copy is not there', () => vanishing(), /but there is no such file: see whether the disk is full/],
    ['the copy is shorter than the wallet', () => files.set(WALLET, SIZE * 2), /4000000 bytes of 8000000/],
  ])('when %s', async (_what, arrange, words) => {
    arrange();
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(words) as string,
    });
    expect(ledger.calls).not.toContain('cleanwallettransactions');
  });
  const vanishing = (): void => {
    const { set } = files;
    files.set = (path, size) => (path === WALLET ? set.call(files, path, size) : files);
  };
});

test('says it loudly when an output is not in the wallet any more', async () => {
  cleaning = () => {
    const [coin] = ledger.coins;
    if (coin) coin.spendable = true;
    hidden.add(coin?.txid ?? '');
  };
  const hidden = new Set<string>();
  const { listunspent } = komodo;
  komodo['listunspent'] = async (params) =>
    ((await ledger.rpc.call('listunspent', params)) as { txid: string }[]).filter(
      ({ txid }) => !hidden.has(txid),
    );
  try {
    expect(await carriedOut()).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /THE BALANCE DIFFERS: after cleaning, 1 unspent outputs of 0\.05 are not in the wallet any more.*the keys are in the wallet.*A copy of the wallet as it was is at \/backups\//,
      ) as string,
    });
  } finally {
    if (listunspent) komodo['listunspent'] = listunspent;
    else delete komodo['listunspent'];
  }
});

test('killed at any moment and taken up by the next process: copied before it is cleaned, and nothing is missing', async () => {
  for (let diesAt = 1; ; diesAt++) {
    ledger.calls.length = 0;
    const [requests, leases] = [memoryRequests(), memoryLeases()];
    const process = mortal(diesAt);
    const first = worldOf({ requests, leases });
    const { id } = await first.approved('anna', 'clean-wallet');
    const killed = first.another({
      remedies: [createCleanWallet({ connect: async () => usedBy(process, daemon()) })],
      requests: usedBy(process, requests),
      leases: usedBy(process, leases),
      executors: () => usedBy(process, machine()),
    });
    const outcome = await killed(id).catch(() => 'killed');
    if (!process.dead) {
      expect(outcome).toBe('done');
      break;
    }
    leases.steal('remedy:alpha-main');
    expect(await first.carryOut(id), `died at ${diesAt}`).toBe('done');
    expect(await requests.get(id), `died at ${diesAt}`).toMatchObject({ state: 'succeeded' });
    expect(ledger.calls.indexOf('backupwallet')).toBeLessThan(
      ledger.calls.indexOf('cleanwallettransactions'),
    );
  }
});
