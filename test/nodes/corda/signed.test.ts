import { describe, expect, it, test } from 'vitest';

import { fieldsIn, hashOf, signedIn } from '#src/nodes/corda/signed.ts';
import { networkMap, parametersFile } from '#test/stand-ins/corda/serialised.ts';
import { FIRST, SECOND, updateIn } from './looking.ts';

test('what was signed, by the names of its fields', () => {
  const update = updateIn(3);
  const map = networkMap({
    networkParameterHash: FIRST.hash,
    nodeInfoHashes: [SECOND.hash, FIRST.hash],
    parametersUpdate: update,
  });
  expect(fieldsIn(signedIn(map) ?? expect.unreachable())).toEqual({
    networkParameterHash: FIRST.hash,
    nodeInfoHashes: [SECOND.hash, FIRST.hash],
    parametersUpdate: update,
  });
});

test('is named by its hash', () => {
  const { file, hash } = parametersFile(7);
  expect(hashOf(signedIn(file) ?? expect.unreachable())).toBe(hash);
});

describe('what is no signed object, or too much of one', () => {
  const header = Buffer.from('corda\u0001\u0000\u0000', 'latin1');
  const listOf = (count: number, bytes: Buffer): Buffer => {
    const head = Buffer.alloc(9, 0xd0);
    head.writeUInt32BE(bytes.length + 4, 1);
    head.writeUInt32BE(count, 5);
    return Buffer.concat([header, head, bytes]);
  };
  const whole = networkMap({ networkParameterHash: FIRST.hash });
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header alone', header],
    ['another version', Buffer.concat([Buffer.from('corda\u0002', 'latin1'), whole.subarray(6)])],
    ['values in each other without end', Buffer.concat([header, Buffer.alloc(1_000_000)])],
    ['a list that says it is longer than it is', listOf(4_000_000_000, Buffer.alloc(16, 0x40))],
    ['an object without a signed one in it', listOf(2, Buffer.alloc(2, 0x40))],
  ])('%s', (_, bytes) => expect(signedIn(bytes)).toBeUndefined());

  it('millions of values are not read', () => {
    const began = performance.now();
    expect(signedIn(listOf(4_000_000, Buffer.alloc(4_000_000, 0x40)))).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('any beginning of one', () => {
    for (let length = 0; length < whole.length; length += 7)
      expect(signedIn(whole.subarray(0, length))).toBeUndefined();
  });
});
