import { afterEach, beforeEach, expect, test } from 'vitest';

import { createAudit } from '#src/store/audit.ts';
import { taking } from '#test/http/parts.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';

import { checkExport } from './audit-check.ts';

let redis: TestRedis;
/** As bytes, one character each: a flipped one may be no text any more. */
let exported: string;
let noted: string;

beforeEach(async () => {
  redis = await testRedis();
  const audit = createAudit(redis.connection, () => new Date('2026-01-01T00:00:00Z'));
  for (let at = 1; at <= 6; at++) await audit.write({ who: 'alice', what: 'was.done', about: `„${at}“\n` });
  const { head } = await audit.verify();
  noted = `${head?.number}:${head?.hash.slice(0, 16)}`;
  const { rawPayload } = await taking({ api: { audit } }).get('/api/audit/lines');
  exported = rawPayload.toString('latin1');
});
afterEach(() => redis[Symbol.asyncDispose]());

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
const changed = (change: (lines: string[]) => readonly string[]): string =>
  change(linesOf(exported))
    .map((line) => `${line}\n`)
    .join('');

test('an export is whole, and its last entry is the one that `audit verify` names', async () => {
  expect(linesOf(exported)).toHaveLength(6);
  const whole = { code: 0, said: `Entries 1 to 6 are whole; the last is ${noted}\n` };
  expect(await checkExport(exported)).toEqual(whole);
  expect(await checkExport(exported, noted)).toEqual(whole);
  expect(await checkExport(changed((lines) => lines.slice(2)))).toMatchObject({
    said: `Entries 3 to 6 are whole; the last is ${noted}\n`,
  });
});

test('a byte flipped anywhere is found, with the entry that was noted', async () => {
  const step = Math.ceil(exported.length / 24);
  for (let at = 0; at < exported.length; at += step) {
    const flipped = String.fromCodePoint(exported.codePointAt(at)! ^ 1);
    const forged = exported.slice(0, at) + flipped + exported.slice(at + 1);
    expect(await checkExport(forged, noted), `byte ${at}`).toMatchObject({ code: 1 });
  }
});

test.each<[string, (lines: string[]) => readonly string[], string]>([
  ['one changed', (lines) => lines.with(2, lines[2]!.replace('alice', 'mallo')), 'Broken at entry 3:'],
  ['one taken out', (lines) => lines.toSpliced(3, 1), 'Broken at entry 3:'],
  ['two in another order', (lines) => lines.with(1, lines[2]!).with(2, lines[1]!), 'Broken at entry 1:'],
  ['one written twice', (lines) => lines.toSpliced(2, 0, lines[1]!), 'Broken at entry 2:'],
  ['one that is none', (lines) => lines.with(4, '{}'), 'Broken at entry 4:'],
  ['none at the beginning', (lines) => ['{}', ...lines], 'The first line is no entry'],
  ['the last taken out', (lines) => lines.slice(0, -1), 'Entry 6:'],
  ['the last changed', (lines) => lines.with(5, lines[5]!.replace('alice', 'mallo')), 'Entry 6:'],
  ['all taken out', () => [], 'There is no entry'],
])('%s: it says so', async (_, change, words) => {
  const { code, said } = await checkExport(changed(change), noted);
  expect([code, said]).toEqual([1, expect.stringContaining(words)]);
});
