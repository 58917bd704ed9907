import { describe, expect, it } from 'vitest';

import type { Fleet } from '#src/domain/fleet.ts';
import { DEFAULT_NOTICE_RULES } from '#src/domain/notice-rules.ts';
import { parseFleet } from '#src/registry/parse.ts';

const HOUR_MS = 3_600_000;

const parse = (notices: string, team = '') =>
  parseFleet(
    `network: n
rooms: [{ id: notaries, discord: '1100000000000000001' }]
teams:
  - id: red
    ${team}
    operators:
      - { id: alice, role: notary, discord: '1100000000000000011' }
      - { id: bob, role: notary, discord: '1100000000000000012', backup: true, quiet: { from: '01:00', to: '02:00' } }
${notices}`,
    { folder: '/etc/tocsin', lookup: () => undefined },
  );

const read = (notices: string, team = ''): Fleet => {
  const parsed = parse(notices, team);
  if (parsed.faults) throw new Error(parsed.faults.map(({ words }) => words).join('; '));
  return parsed.fleet;
};

const faults = (notices: string): readonly string[] =>
  (parse(notices).faults ?? []).map(({ path, words }) => `${path}: ${words}`);

describe('the rules of notices', () => {
  it('are the usual ones where the file says nothing', () => {
    expect(read('').notices).toEqual(DEFAULT_NOTICE_RULES);
  });

  it('are what the file says, and the usual ones for the rest; the longest reminder comes first', () => {
    expect(read('notices: { media: first, reminders: [1h, 2d], backups: 12h }').notices).toEqual({
      ...DEFAULT_NOTICE_RULES,
      media: 'first',
      remindersMs: [48 * HOUR_MS, HOUR_MS],
      backupsMs: 12 * HOUR_MS,
    });
  });

  it('quiet hours are the own, else the team’s, else the network’s; backups are marked', () => {
    const network = "notices: { quiet: { from: '22:00', to: '06:00', zone: Europe/Berlin } }";
    const team = "quiet: { from: '23:30', to: '07:00' }";
    const quietOf = (fleet: Fleet) => fleet.operators.map(({ quiet }) => quiet?.from);
    expect(quietOf(read(''))).toEqual([undefined, '01:00']);
    expect(quietOf(read(network))).toEqual(['22:00', '01:00']);
    expect(quietOf(read(network, team))).toEqual(['23:30', '01:00']);
    expect(read(network).operators[0]?.quiet).toEqual({ from: '22:00', to: '06:00', zone: 'Europe/Berlin' });
    expect(read('').operators.map(({ backup }) => backup)).toEqual([undefined, true]);
  });

  it.each([
    ['notices: { media: all }', /^notices\.media: must be one of both, first/],
    ['notices: { reminders: [soon] }', /^notices\.reminders\[0\]: must be a time span/],
    ['notices: { overdue: 9s }', /^notices\.overdue: must be a time span.* at least 10s/],
    ["notices: { quiet: { from: '7', to: '07:00' } }", /^notices\.quiet\.from: must be a time of the day/],
    ["notices: { quiet: { from: '07:00', to: '07:00' } }", /^notices\.quiet\.to: must not be the same/],
    ["notices: { quiet: { from: '23:00', to: '07:00', zone: Mars } }", /zone: must be a time zone/],
    ['notices: { reminder: [1h] }', /did you mean "reminders"/],
  ])('%s is a fault with its place', (notices, words) => {
    expect(faults(notices)).toEqual([expect.stringMatching(words)]);
  });
});
