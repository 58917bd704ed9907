import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { addressOf } from '#src/domain/address.ts';
import { scriptOfAddress } from '#src/trial/address.ts';
import { decodeTransaction, encodeTransaction, txidOf } from '#src/trial/transaction.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'));
const script = fc.integer({ min: 0, max: 300 }).chain(hex);

test('a transaction is read as it was written, in both forms', () => {
  const input = fc.record({ txid: hex(32), vout: fc.nat(), script });
  const output = fc.record({ sats: fc.bigInt({ min: 0n, max: 2n ** 63n }), script });
  const transaction = fc.record({
    form: fc.constantFrom('plain' as const, 'sapling' as const),
    inputs: fc.array(input, { minLength: 1, maxLength: 5 }),
    outputs: fc.array(output, { maxLength: 260 }),
  });
  fc.assert(
    fc.property(transaction, (one) => {
      expect(decodeTransaction(encodeTransaction(one))).toEqual(one);
    }),
    { numRuns: 50 },
  );
});

test('what is no whole transaction is refused', () => {
  const whole = encodeTransaction({ form: 'plain', inputs: [], outputs: [{ sats: 1n, script: 'ac' }] });
  for (const broken of ['', 'zz', whole.slice(0, -2), `${whole}00`]) {
    expect(() => decodeTransaction(broken)).toThrow(RangeError);
  }
});

// The first transaction between people, block 170 of Bitcoin.
const FIRST =
  '0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000';

test('reads a real transaction and names it as everybody does', () => {
  expect(txidOf(FIRST)).toBe('f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16');
  expect(decodeTransaction(FIRST)).toMatchObject({
    form: 'plain',
    inputs: [{ txid: '0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9', vout: 0 }],
    outputs: [{ sats: 1_000_000_000n }, { sats: 4_000_000_000n }],
  });
});

test('derives the address that komodod showed for this key, and its script', () => {
  const pubkey = '037e631c6a03d028e48aecfd93b2d2737d5d7e2852a426b940ff301f78aa31690c';
  const address = addressOf(pubkey, '3c');
  expect(address).toBe('RPS3xTZCzr6aQfoMw5Bu1rpQBF6iVCWsyu');
  expect(scriptOfAddress(address, 60)).toMatch(/^76a914[0-9a-f]{40}88ac$/u);
  expect(scriptOfAddress(address, 48)).toBeUndefined();
  expect(scriptOfAddress(`${address.slice(0, -1)}z`, 60)).toBeUndefined();
});
