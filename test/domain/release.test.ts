import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { compareReleases, readRelease } from '#src/domain/release.ts';

const compared = (a: string, b: string): number | undefined => {
  const order = compareReleases(readRelease(a), readRelease(b));
  return order === undefined ? undefined : Math.sign(order);
};

/** From oldest to newest. */
const ORDER = [
  'v0.8.2',
  '0.9.2-dev',
  '0.9.2-alpha1',
  'v0.9.2-beta1',
  '0.9.2-beta2',
  '0.9.2-rc.1',
  'v0.9.2-rc2',
  '0.9.2rc10',
  'v0.9.2',
  'v0.9.2-1',
  '/MagicBean:0.9.2-2(a comment; 9.9.9)/',
  'Komodo 0.9.2-10',
  'komodo-v0.9.3',
  '0.10.0',
  '0.21.2',
  'LitecoinCore:0.21.2.1',
  '/LitecoinCore:0.21.3/Knots:1.0/',
  '1.0',
  '28.1',
];

test('releases stand in the order in which they were made', () => {
  for (const [at, older] of ORDER.entries()) {
    for (const newer of ORDER.slice(at + 1)) {
      expect([older, newer, compared(older, newer)]).toEqual([older, newer, -1]);
      expect([newer, older, compared(newer, older)]).toEqual([newer, older, 1]);
    }
  }
});

describe('the same release by another name', () => {
  it.each([
    ['v0.9.2', '0.9.2'],
    ['0.9.2', '0.9.2.0'],
    ['v28.1', '28.1.0'],
    ['0.9.2-0', '0.9.2'],
    ['/MagicBean:0.9.2-2/', 'v0.9.2-2'],
    ['LitecoinCore:0.21.3', '/LitecoinCore:0.21.3/'],
    ['0.9.2-rc1', '0.9.2-RC1'],
    ['v0.9.2-a86845f3dc', '0.9.2'],
    ['v0.9.2-unk', '0.9.2'],
    ['v0.9.2-a86845f-dirty', '0.9.2'],
  ])('%s is %s', (a, b) => expect(compared(a, b)).toBe(0));
});

describe('names that do not decide it', () => {
  it.each([
    ['Ineris', '0.9.2'],
    ['', '0.9.2'],
    ['0.3.3b', '0.3.3'],
    ['v0.11.2.z8', '0.11.2'],
    ['0.9.2-knots20230113', '0.9.2'],
    // The fourteenth commit since 0.9.2, or its fourteenth hotfix.
    ['v0.9.2-14-ga86845f', 'v0.9.2-2'],
    ['0.9.2.1', '0.9.2-2'],
    ['0.9.2-rc1-2', '0.9.2-rc1'],
    ['2651eaf', '0.9.2'],
  ])('%s and %s', (a, b) => {
    expect(compared(a, b)).toBeUndefined();
    expect(compared(b, a)).toBeUndefined();
  });

  it('but what the numbers say before that counts', () => {
    expect(compared('0.3.3b', '0.3.4')).toBe(-1);
    expect(compared('v0.9.2-14-ga86845f', 'v0.9.1-9')).toBe(1);
  });
});

describe("a daemon's own number", () => {
  it.each([
    ['210300', '0.21.2', 1],
    ['210300', '0.21.3', 0],
    ['210300', '0.21.4', -1],
    ['90000', 'v0.9.2-2', -1],
    ['90252', 'v0.8.2-1', 1],
    ['1140600', '1.14.7', -1],
    ['280100', '28.0', 1],
    ['280100', '29.0', -1],
    ['210300', '210301', -1],
    // The hotfix is lost.
    ['90200', 'v0.9.2-2', undefined],
    ['210201', '0.21.2.2', undefined],
    ['90200', 'v0.9.2-rc2', undefined],
    // 0.21.3 or 21.3.
    ['210300', '5.0', undefined],
  ])('%s against %s', (a, b, order) => {
    expect(compared(a, b)).toBe(order);
    expect(compared(b, a)).toBe(order === undefined ? undefined : 0 - order);
  });
});

const tail = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 60 }).map((turn) => `-${turn}`),
  fc
    .tuple(fc.constantFrom('-rc', '-beta', '-alpha.'), fc.integer({ min: 1, max: 60 }))
    .map(([a, b]) => a + b),
);
const numbers = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 3, maxLength: 3 });
const decorated = (name: string): fc.Arbitrary<string> =>
  fc.constantFrom(name, `v${name}`, `/MagicBean:${name}/`, `Core:${name}(note 99.9)`, `release ${name}`);
const plainName = fc.tuple(numbers, tail).map(([parts, end]) => `${parts.join('.')}${end}`);
const name = plainName.chain(decorated);

describe('for every release', () => {
  it('its decoration does not matter', () => {
    fc.assert(
      fc.property(
        plainName.chain((plain) => fc.tuple(decorated(plain), decorated(plain))),
        ([a, b]) => compared(a, b) === 0,
      ),
    );
  });

  it('there is one order: total, turned round, and passed on', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        const [ab, ba, bc, ac] = [compared(a, b), compared(b, a), compared(b, c), compared(a, c)];
        expect(ab).toBeDefined();
        expect((ab ?? 0) + (ba ?? 0)).toBe(0);
        if ((ab ?? 0) <= 0 && (bc ?? 0) <= 0) expect(ac).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('a hotfix is after it and before the next, a candidate before it', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 99 }), (parts, turn) => {
        const release = parts.join('.');
        const next = [...parts.slice(0, 2), (parts[2] ?? 0) + 1].join('.');
        expect(compared(`v${release}-${turn}`, release)).toBe(1);
        expect(compared(`v${release}-${turn}`, next)).toBe(-1);
        expect(compared(`${release}-rc${turn}`, release)).toBe(-1);
        expect(compared(`${release}-beta${turn}`, `${release}-rc1`)).toBe(-1);
      }),
    );
  });

  it('its number never says more than its name', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 99 }), name, (parts, build, other) => {
        const [major = 0, minor = 0, revision = 0] = parts;
        const client = 1e6 * major + 1e4 * minor + 100 * revision + build;
        fc.pre(client >= 10_000);
        const byNumber = compared(String(client), other);
        if (byNumber === undefined || readRelease(other).numbers?.[0] !== major) return;
        const difference = compared(parts.join('.'), other);
        expect([byNumber, 0]).toContain(difference);
      }),
    );
  });
});

test('nothing that is said makes it fail, or take long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ maxLength: 300 }), (a, b) => {
      const [ab, ba] = [compared(a, b), compared(b, a)];
      expect(ab === undefined).toBe(ba === undefined);
      expect((ab ?? 0) + (ba ?? 0)).toBe(0);
    }),
  );
});
