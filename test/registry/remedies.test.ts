import { describe, expect, it } from 'vitest';

import { DEFAULT_REMEDY_RULES, type RemedyRules } from '#src/domain/remedy-rules.ts';
import { parseFleet } from '#src/registry/parse.ts';

const HOUR_MS = 3_600_000;

const parse = (remedies: string, operator = 'alice') =>
  parseFleet(
    `network: n
rooms: [{ id: notaries, discord: '1100000000000000001' }]
teams: [{ id: red, operators: [{ id: ${operator}, role: notary, discord: '1100000000000000011' }] }]
${remedies}`,
    {
      folder: '/etc/tocsin',
      lookup: () => undefined,
      known: { remedies: ['split', 'restart-chain'], alertnames: ['DaemonDown', 'TipOld'] },
    },
  );

const read = (remedies: string): RemedyRules | undefined => {
  const parsed = parse(remedies);
  return parsed.faults ? undefined : parsed.fleet.remedies;
};

const faults = (...given: Parameters<typeof parse>): readonly string[] =>
  (parse(...given).faults ?? []).map(({ path, words }) => `${path}: ${words}`);

describe('the rules of remedies', () => {
  it('are the usual ones where the file says nothing: nothing is proposed, 13 seats are kept', () => {
    const remedies = read('');
    expect(remedies).toMatchObject(DEFAULT_REMEDY_RULES);
    expect(remedies?.propose).toEqual({});
    expect(remedies?.guard).toEqual({ minSeats: 13, maxShareDown: 0.2, perRegion: 1 });
  });

  it('are what the file says, and the usual ones for the rest', () => {
    const given = `remedies:
  propose: { restart-chain: { alerts: [DaemonDown], coolDown: 1h }, split: true }
  guard: { perRegion: 2 }`;
    expect(read(given)).toMatchObject({
      propose: {
        'restart-chain': { alerts: ['DaemonDown'], coolDownMs: HOUR_MS },
        split: { coolDownMs: 6 * HOUR_MS },
      },
      guard: { minSeats: 13, maxShareDown: 0.2, perRegion: 2 },
    });
  });

  it('a remedy that is set to false is only offered', () => {
    expect(read('remedies: { propose: { split: false } }')?.propose).toEqual({});
  });

  it.each([
    ['remedies: { propose: { splitt: true } }', /there is no remedy "splitt".*split/],
    ['remedies: { propose: { split: { alerts: [TipOlde] } } }', /there is no alert "TipOlde".*TipOld/],
    ['remedies: { propose: { split: often } }', /must be true, false, or like/],
    ['remedies: { propose: { split: { coolDown: 5s } } }', /propose\.split: must be true, false, or like/],
    ['remedies: { guard: { maxShareDown: 2 } }', /maxShareDown: must be at most 1/],
    ['remedies: { guard: { minSeats: 0 } }', /minSeats: must be at least 1/],
    ['remedies: { guards: {} }', /there is no key "guards" here/],
  ])('%s is a fault in words', (remedies, words) => {
    expect(faults(remedies)).toEqual([expect.stringMatching(words)]);
  });

  it.each(['tocsin', 'stranger'])('nobody is called %s: that is somebody else in the audit', (name) => {
    expect(faults('', name)).toEqual([expect.stringMatching(/is a name that Tocsin keeps for itself/)]);
  });
});
