import { expect, test } from 'vitest';

import { faultLine } from '#src/registry/fault.ts';
import { parseFleet } from '#src/registry/parse.ts';

const parse = (oncall: string) =>
  parseFleet(
    `network: n
rooms:
  - { id: notaries, matrix: '!n:x' }
teams:
  - id: red
    operators: [{ id: alice, role: notary }, { id: bob, role: notary }]
    oncall: ${oncall}
  - { id: blue, operators: [{ id: frank, role: notary }] }
`,
    { lookup: () => undefined, folder: '/' },
  );
const rotasOf = (oncall: string) => {
  const parsed = parse(oncall);
  return parsed.faults ? parsed.faults.map((fault) => faultLine('f', fault)) : parsed.fleet.rotas;
};

test.each<[string, object]>([
  ['{ order: [bob, alice] }', { order: ['bob', 'alice'], turns: undefined }],
  [
    '{ order: [alice, bob], shift: 7d, since: 2026-01-05T08:00:00Z }',
    { turns: { shiftMs: 7 * 86_400_000, sinceMs: Date.parse('2026-01-05T08:00:00Z'), zone: undefined } },
  ],
  [
    '{ order: [alice, bob], shift: 12h, since: "2026-01-05T09:00:00+01:00", zone: Europe/Berlin }',
    {
      turns: { shiftMs: 12 * 3_600_000, sinceMs: Date.parse('2026-01-05T08:00:00Z'), zone: 'Europe/Berlin' },
    },
  ],
])('%s', (oncall, rota) => {
  expect(rotasOf(oncall)).toMatchObject([{ team: 'red', ...rota }]);
});

test.each([
  ['{ order: [] }', 'f:7 teams[0].oncall.order: must be at least 1 entries'],
  ['{ order: [alic] }', 'f:7 teams[0].oncall.order[0]: there is no operator "alic" (did you mean "alice"?)'],
  ['{ order: [frank] }', 'f:7 teams[0].oncall.order[0]: operator "frank" is of another team'],
  ['{ order: [bob, bob] }', 'f:7 teams[0].oncall.order[1]: "bob" is in the order already'],
  ['{ order: [bob], shift: 7d }', 'f:7 teams[0].oncall: needs both shift and since, or neither'],
  ['{ order: [bob], zone: UTC }', 'f:7 teams[0].oncall: takes a zone only with shift and since'],
  [
    '{ order: [bob], shift: 1y, since: 2026-01-05T08:00:00Z }',
    'f:7 teams[0].oncall.shift: must be a time span like 8h, 1d or 7d, at least 1m and at most 92d',
  ],
  [
    '{ order: [bob], shift: 7d, since: Monday }',
    'f:7 teams[0].oncall.since: must be a time like 2026-01-05T08:00:00Z',
  ],
  [
    '{ order: [bob], shift: 7d, since: 2026-01-05T08:00:00Z, zone: Berlin }',
    'f:7 teams[0].oncall.zone: must be a time zone like Europe/Berlin',
  ],
])('%s is a fault', (oncall, fault) => {
  expect(rotasOf(oncall)).toEqual([fault]);
});
