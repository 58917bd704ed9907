import { expect, test } from 'vitest';

import { addressOf, addressOfHash } from '#src/domain/address.ts';
import { profileOf } from '#src/domain/profile.ts';

/** The address that notarisations pay to, as each chain writes it: public in every block explorer. */
test.each([
  ['komodo', 'RXL3YXG2ceaB6C5hfJcN4fvmLH2C34knhA'],
  ['litecoin', 'LhGojDga6V1fGzQfNGcYFAfKnDvsWeuAsP'],
  ['bitcoin', '1P3rU1Nk1pmc2BiWC8dEy9bZa1ZbMp5jfg'],
])('one key’s hash on the chains of %s is %s', (profile, address) => {
  const prefix = profileOf(profile)?.addressPrefix.main ?? '';
  expect(addressOfHash('f1dce4182fce875748c4986b240ff7d7bc3fffb0', prefix)).toBe(address);
});

test('a key’s address is the one that its recorded output names', () => {
  const pubkey = '037e631c6a03d028e48aecfd93b2d2737d5d7e2852a426b940ff301f78aa31690c';
  expect(addressOf(pubkey, '3c')).toBe('RPS3xTZCzr6aQfoMw5Bu1rpQBF6iVCWsyu');
});

test('leading zeros are kept, as ones', () => {
  expect(addressOfHash('00'.repeat(20), '00')).toBe('1111111111111111111114oLvT2');
});
