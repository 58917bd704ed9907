import { expect, test } from 'vitest';

import { proofWords } from '#src/broadcast/about.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

import { sentNotice } from './roll-call.ts';

const [coin] = smallFleet.coins;
const twoCoins = fleetOf({ ...smallFleet, coins: [coin!, { ...coin!, id: 'LTC' }] });

test('a notice says how it is proven, or that it cannot be as long as nobody can tell which daemons are meant', () => {
  expect(proofWords(smallFleet, sentNotice())).toContain('v0.9.2-2 or later');
  expect(proofWords(twoCoins, sentNotice())).toMatch(/^No node can prove it: .* which coin .*KMD, LTC/);
  expect(proofWords(twoCoins, sentNotice({ deadline: { coin: 'LTC' } }))).toContain('v0.9.2-2 or later');
  expect(proofWords(smallFleet, sentNotice({ version: undefined }))).toMatch(/^No node can prove it/);
});
