import { describe, expect, it } from 'vitest';

import { audienceOf } from '#src/broadcast/audience.ts';
import type { Announcement } from '#src/domain/notice.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

describe('the audience of a notice', () => {
  it.each<[string, Announcement['audience'], string[]]>([
    ['everybody', 'all', ['red_EU', 'blue_NA', 'grey_SH']],
    ['seats by name', { seats: ['grey_SH', 'red_EU'] }, ['red_EU', 'grey_SH']],
    ['a region', { regions: 'EU' }, ['red_EU']],
    ['those who run a coin', { coins: ['KMD'] }, ['red_EU', 'blue_NA']],
    ['those who run a coin in a region', { coins: 'KMD', regions: ['NA', 'SH'] }, ['blue_NA']],
    ['a kind nobody runs', { kinds: 'corda' }, []],
  ])('%s', (_, audience, seats) => {
    expect(audienceOf(smallFleet, audience).map(({ id }) => id)).toEqual(seats);
  });
});
