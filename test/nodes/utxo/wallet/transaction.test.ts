import { expect, test } from 'vitest';

import { withPayments } from '#src/nodes/utxo/wallet/transaction.ts';

const txid = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20';
const reversed = Buffer.from(Buffer.from(txid, 'hex').toReversed()).toString('hex');
const inputs = [{ txid, vout: 1 }];
const input = `${reversed}0100000000ffffffff`;
const one = 'e80300000000000003aabbcc';

test.each([
  ['of bitcoin', '02000000', '00000000'],
  ['of komodo, overwintered', '0400008085202f89', `00000000${'11'.repeat(15)}`],
])('replaces the outputs of a transaction %s and nothing else', (_name, head, tail) => {
  const raw = `${head}01${input}01${one}${tail}`;
  const payments = [
    { sats: 10_000, script: '51' },
    { sats: 21_000_000 * 100_000_000, script: '5252' },
  ];
  expect(withPayments(raw, inputs, payments)).toBe(
    `${head}01${input}02102700000000000001510040075af0750700025252${tail}`,
  );
});

test('writes more than 252 outputs, and reads several', () => {
  const raw = `0200000001${input}02${one}${one}00000000`;
  const many = Array.from({ length: 253 }, () => ({ sats: 1, script: '' }));
  expect(withPayments(raw, inputs, many)).toBe(
    `0200000001${input}fdfd00${'010000000000000000'.repeat(253)}00000000`,
  );
});

test.each([
  ['of another input', `0200000001${'ff'.repeat(32)}0100000000ffffffff01${one}00000000`],
  ['that breaks off', `0200000001${input}`],
])('refuses a transaction %s', (_name, raw) => {
  expect(() => withPayments(raw, inputs, [])).toThrow(expect.objectContaining({ name: 'WrongTransaction' }));
});
