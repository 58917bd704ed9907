import { beforeEach, describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { createSplit } from '#src/nodes/utxo/remedies/split.ts';
import { RpcError } from '#src/nodes/utxo/rpc-error.ts';
import {
  createLedger,
  type Ledger,
  type LedgerOptions,
  OWN_SCRIPT,
  txidOf,
} from '#test/stand-ins/remediation/ledger.ts';
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

const PUBKEY = `02${'cd'.repeat(32)}`;
const PAY_TO_PUBKEY = `21${PUBKEY}ac`;
const SIZE = 10_000;

let ledger: Ledger;
const start = (options?: LedgerOptions): void => {
  ledger = createLedger(options);
};
beforeEach(() => start());

const worldOf = (more: { confirmMs?: number; resendMs?: number; silentMs?: number } = {}): World =>
  remediationWorld({
    remedies: [createSplit({ connect: async () => ledger.rpc, everyMs: 1, confirmMs: 500, ...more })],
  });
const withPubkey = (world: World, pubkey = PUBKEY): World => {
  world.fleet = fleetWith(node([{ ...service, pubkey }]));
  return world;
};

let coins = 0;
const give = (sats: number, more: Partial<Ledger['coins'][number]> = {}): void => {
  ledger.coins.push({
    txid: txidOf(`coin ${++coins}`),
    vout: 0,
    sats,
    script: OWN_SCRIPT,
    confirmations: 6,
    ...more,
  });
};
const count = (script = OWN_SCRIPT): number =>
  ledger.coins.filter((coin) => coin.sats === SIZE && coin.script === script && coin.confirmations > 0)
    .length;

async function carriedOut(world: World, target: string) {
  const { id } = await world.approved('anna', 'split', { target });
  expect(await world.carryOut(id)).toBe('done');
  return world.requests.get(id);
}

describe('makes the missing outputs', () => {
  test('in one transaction, and gives the change back', async () => {
    give(1_000_000);
    expect(await carriedOut(worldOf(), '20')).toMatchObject({ state: 'succeeded' });
    expect(count()).toBe(20);
    expect(ledger.accepted).toHaveLength(1);
    const rest = ledger.coins.filter(({ sats }) => sats !== SIZE);
    expect(rest).toHaveLength(1);
    expect(rest[0]).toMatchObject({ script: OWN_SCRIPT });
    const fee = 1_000_000 - 20 * SIZE - (rest[0]?.sats ?? 0);
    expect(fee).toBeGreaterThan(900);
    expect(fee).toBeLessThan(2_000);
  });

  test.each(['bitcoin', 'komodo'] as const)('of a %s daemon, to the public key', async (family) => {
    start({ family, ownKeys: [PUBKEY] });
    give(50_000_000);
    give(7_000_000, { txid: txidOf('another') });
    expect(await carriedOut(withPubkey(worldOf()), '252')).toMatchObject({ state: 'succeeded' });
    expect(count(PAY_TO_PUBKEY)).toBe(252);
  });

  test('to the key that a komodo daemon itself names', async () => {
    start({ family: 'komodo', ownKeys: [PUBKEY], pubkey: PUBKEY });
    give(50_000_000);
    const request = await carriedOut(worldOf(), '3');
    expect(request).toMatchObject({ state: 'succeeded', plan: { bound: { script: PAY_TO_PUBKEY } } });
    expect(count(PAY_TO_PUBKEY)).toBe(3);
  });

  test('counting locked ones, and of the right script only', async () => {
    start({ ownKeys: [PUBKEY] });
    give(1_000_000);
    give(SIZE, { script: PAY_TO_PUBKEY });
    give(SIZE, { script: PAY_TO_PUBKEY, locked: true });
    give(SIZE);
    expect(await carriedOut(withPubkey(worldOf()), '5')).toMatchObject({
      state: 'succeeded',
      plan: { seen: { 'To be made': '3' } },
    });
    expect(count(PAY_TO_PUBKEY)).toBe(5);
  });

  test('from several outputs, without a change that would be dust', async () => {
    give(25_000);
    give(9_900);
    expect(await carriedOut(worldOf(), '3')).toMatchObject({ state: 'succeeded' });
    expect(ledger.coins).toHaveLength(3);
  });
});

const refusal = (target = '20', world = worldOf()): Promise<string> =>
  world.request('alice', 'split', { target }).then(
    () => 'not refused',
    (error: Error) => `${error.name} ${error.message}`,
  );

describe('refuses', () => {
  test.each(['0', '253', '-1', '1.5', 'x', ''])('a target of "%s"', async (target) => {
    expect(await refusal(target)).toBe('UserError target must be a whole number from 1 to 252.');
  });

  test('when there are enough', async () => {
    for (let index = 0; index < 5; index++) give(SIZE);
    expect(await refusal('5')).toMatch(/There are 5 right-sized UTXOs already/);
  });

  test('while a split is under way', async () => {
    give(1_000_000);
    give(SIZE, { confirmations: 0 });
    expect(await refusal()).toMatch(/A split is under way: 1/);
  });

  test.each(['bitcoin', 'komodo'] as const)(
    'to spend what was mined, is unconfirmed or cannot be signed, and says what is missing (%s)',
    async (family) => {
      start({ family });
      give(1_000_000, { coinbase: true });
      give(2_000_000, { confirmations: 0 });
      give(3_000_000, { spendable: false });
      give(100_000);
      expect(await refusal()).toMatch(
        /Too little to split: 20 outputs of 10000 satoshis and the fee take 0\.0020\d+, confirmed and not mined are 0\.001: 0\.0010\d+ missing\. Mined \(coinbase\): 0\.01, unconfirmed: 0\.02;/,
      );
    },
  );

  test('to pay to a key that the wallet does not hold, or that is none', async () => {
    give(1_000_000);
    expect(await refusal('20', withPubkey(worldOf()))).toMatch(/does not hold the key/);
    expect(await refusal('20', withPubkey(worldOf(), '04ab'))).toMatch(/no compressed public key/);
  });

  test('fees that are a mistake', async () => {
    give(100_000_000);
    const { rpc } = ledger;
    const dear = { ...rpc, batch: async () => [{ result: { mempoolminfee: 0.5 } }] };
    const world = remediationWorld({ remedies: [createSplit({ connect: async () => dear })] });
    expect(await refusal('20', world)).toMatch(/The network asks 50000000 satoshis per 1,000 bytes/);
  });
});

test('a plan holds for what matters, not for how many there are just now', async () => {
  give(1_000_000);
  give(SIZE);
  const world = worldOf();
  const request = await world.request('alice');
  give(SIZE);
  expect(await world.remediation.approve(request.id, world.fleet.operator('anna')!)).toMatchObject({
    state: 'approved',
  });
});

const failing = async (before: Ledger['before'], more?: Parameters<typeof worldOf>[0]) => {
  give(1_000_000);
  const world = worldOf(more);
  const { id } = await world.approved('anna', 'split', { target: '4' });
  ledger.before = before;
  await world.carryOut(id);
  return world.requests.get(id);
};
const once = (method: string, error: Error): Ledger['before'] => {
  let thrown = false;
  return (called) => {
    if (called !== method || thrown) return;
    thrown = true;
    throw error;
  };
};

describe('a daemon that', () => {
  test('does not answer the sending is asked again', async () => {
    const silent = once('sendrawtransaction', new OutsideError('daemon', 'timeout', 'no answer'));
    expect(await failing(silent)).toMatchObject({ state: 'succeeded' });
    expect(ledger.accepted).toHaveLength(1);
  });

  test('is away for a while as it confirms is waited for', async () => {
    const away = once('gettransaction', new OutsideError('daemon', 'unavailable', 'nothing listens'));
    expect(await failing(away)).toMatchObject({ state: 'succeeded' });
  });

  test('refuses the transaction: nothing was sent, and it says so', async () => {
    const refusing = once(
      'sendrawtransaction',
      new RpcError('sendrawtransaction', -26, '66: min relay fee not met'),
    );
    expect(await failing(refusing)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/min relay fee not met\): nothing was sent/) as string,
    });
    expect(ledger.accepted).toEqual([]);
  });

  test('may not be told to send by the gate: nothing was sent, and it says so', async () => {
    const denied = new OutsideError('ssh', 'forbidden', 'not allowed: run litecoin-cli sendrawtransaction');
    expect(await failing(once('sendrawtransaction', denied))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/not allowed: .*\): nothing was sent/) as string,
    });
    expect(ledger.accepted).toEqual([]);
  });

  test('has a locked wallet: it says what to do', async () => {
    const locked = once(
      'signrawtransaction',
      new RpcError('signrawtransaction', -13, 'Please enter the wallet passphrase'),
    );
    const asked = once(
      'signrawtransactionwithwallet',
      new RpcError('signrawtransactionwithwallet', -13, 'Please enter'),
    );
    expect(await failing((...call) => (locked(...call), asked(...call)))).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('unlock it on the node') as string,
    });
  });

  test('finds no block in time: it says that it is sent, and another split is refused', async () => {
    ledger.mining = false;
    const request = await failing(() => undefined, { confirmMs: 20 });
    expect(request).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/Sent, but not confirmed after .*spent by nothing else/) as string,
    });
    await expect(worldOf().request('alice')).rejects.toThrow(/under way/);
  });

  describe('is gone', () => {
    const silence = new OutsideError('daemon', 'unavailable', 'nothing listens on 127.0.0.1:9332');
    const starting = new RpcError('gettransaction', -28, 'Loading block index...');
    /** From the call on, until it is told that it is over. */
    const from = (method: string, error: Error, isOver = (): boolean => false): Ledger['before'] => {
      let gone = false;
      return (called) => {
        gone ||= called === method;
        if (gone && !isOver()) throw error;
      };
    };
    const passing = (ms: number): (() => boolean) => {
      let since: number | undefined;
      return () => performance.now() - (since ??= performance.now()) > ms;
    };

    test('for good, after it was sent: the report names the transaction, and that nothing is known of it', async () => {
      const request = await failing(from('gettransaction', silence), { confirmMs: 60_000, silentMs: 30 });
      const [txid] = ledger.accepted;
      expect(request).toMatchObject({ state: 'failed' });
      expect(request?.reason).toContain(`Sent, but whether it is in a block is not known: ${txid}.`);
      expect(request?.reason).toContain('nothing listens on 127.0.0.1:9332');
      expect(request?.reason).toContain('gettransaction) before you request it again');
    });

    test('for a while that is short enough: nothing is lost', async () => {
      const request = await failing(from('gettransaction', silence, passing(40)), {
        confirmMs: 60_000,
        silentMs: 30_000,
      });
      expect(request).toMatchObject({ state: 'succeeded' });
      expect(ledger.accepted).toHaveLength(1);
    });

    test('and back, and starts for longer than it may be silent: that is an answer', async () => {
      const request = await failing(from('gettransaction', starting, passing(80)), {
        confirmMs: 60_000,
        silentMs: 20,
      });
      expect(request).toMatchObject({ state: 'succeeded' });
    });

    test('not, but tells nothing of it to the end: it is not said to be unconfirmed', async () => {
      const request = await failing(from('gettransaction', starting), { confirmMs: 30 });
      expect(request?.reason).toMatch(/whether it is in a block is not known: [0-9a-f]{64}.*Loading block/);
    });

    test('for good, as it is sent: it may be sent, and the report names the transaction', async () => {
      const request = await failing(from('sendrawtransaction', silence), { silentMs: 30 });
      expect(request).toMatchObject({ state: 'failed' });
      expect(request?.reason).toMatch(/whether it took transaction [0-9a-f]{64} \(.*it may be sent/);
    });

    test('for a while, as it is sent: it is sent, once', async () => {
      const back = from('sendrawtransaction', silence, passing(40));
      expect(await failing(back, { silentMs: 30_000 })).toMatchObject({ state: 'succeeded' });
      expect(ledger.accepted).toHaveLength(1);
    });

    test('right after it refused what it has already: nobody says that nothing was sent', async () => {
      const refused = new RpcError('sendrawtransaction', -25, 'bad-txns-inputs-missingorspent');
      const silent = from('gettransaction', silence);
      const request = await failing(
        (method, params) => {
          silent(method, params);
          if (method === 'sendrawtransaction') throw refused;
        },
        { silentMs: 30 },
      );
      expect(request?.reason).not.toContain('nothing was sent');
      expect(request?.reason).toContain('it may be sent');
    });
  });

  test('pays something else than was meant gets no signature', async () => {
    give(1_000_000);
    const { rpc } = ledger;
    const other: typeof rpc.call = async (method, params = []) => {
      const answer = await rpc.call(method, params);
      if (method !== 'decoderawtransaction') return answer;
      const decoded = answer as { vout: { value: number }[] };
      return { ...decoded, vout: decoded.vout.map((out) => ({ ...out, value: out.value + 0.1 })) };
    };
    const world = remediationWorld({
      remedies: [createSplit({ connect: async () => ({ ...rpc, call: other }) })],
    });
    const { id } = await world.approved('anna', 'split', { target: '4' });
    await world.carryOut(id);
    expect(await world.requests.get(id)).toMatchObject({ state: 'failed' });
    expect(ledger.calls).not.toContain('signrawtransactionwithwallet');
  });
});

const quickSplit = (rpc: Ledger['rpc']) =>
  createSplit({ connect: async () => rpc, everyMs: 1, confirmMs: 500 });

describe('killed at any moment and taken up by the next process', () => {
  test.each([
    ['at once', (): void => undefined],
    ['after the block was found', (): void => ledger.mine()],
  ])('%s, there is one transaction', async (_when, meanwhile) => {
    let diedAfterSending = 0;
    for (let diesAt = 1; ; diesAt++) {
      start();
      give(1_000_000);
      const [requests, leases] = [memoryRequests(), memoryLeases()];
      const process = mortal(diesAt);
      const first = remediationWorld({ remedies: [quickSplit(ledger.rpc)], requests, leases });
      const { id } = await first.approved('anna', 'split', { target: '6' });
      const killed = first.another({
        remedies: [quickSplit(usedBy(process, ledger.rpc))],
        requests: usedBy(process, requests),
        leases: usedBy(process, leases),
      });
      const outcome = await killed(id).catch(() => 'killed');
      if (!process.dead) {
        expect(outcome).toBe('done');
        break;
      }
      if (ledger.accepted.length > 0) diedAfterSending += 1;
      // The lease of the dead ends by itself.
      leases.steal('remedy:alpha-main');
      meanwhile();
      expect(await first.carryOut(id), `died at ${diesAt}`).toBe('done');
      expect(await requests.get(id), `died at ${diesAt}`).toMatchObject({ state: 'succeeded' });
      expect(ledger.accepted, `died at ${diesAt}`).toHaveLength(1);
      expect(count(), `died at ${diesAt}`).toBe(6);
    }
    expect(diedAfterSending).toBeGreaterThan(5);
  });
});
