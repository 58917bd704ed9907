/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;
const below = (random: Random, count: number): number => Math.floor(random() * count);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;

/** A payload with some damage done to it, as bytes: to what it says, to how it is written, or to both. */
export function damaged(payload: Buffer, random: Random): Buffer {
  let bytes = payload;
  if (random() < 0.7) bytes = Buffer.from(damagedValue(bytes.toString(), random));
  if (bytes.equals(payload) || random() < 0.15) bytes = pick(random, WRITING)(bytes, random);
  return bytes;
}

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
  return value;
};

/** In place of a value: other kinds, limits, what only looks like a number, what has a meaning in JavaScript. */
const INSTEAD: readonly unknown[] = [
  null, true, false, '', ' ', '0', '12', '1e3', '-1', 'NaN', 'Infinity', 'null', 'undefined', '[object Object]',
  0, -0, -1, 0.5, 1, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 53), 1e20, 1e300, -1e300, 5e-324, 1_795_239_554_000,
  [], {}, [[]], [null], [{}], { length: 5 }, { toString: 1, valueOf: null },
  'x'.repeat(5_000), '\u0000', '\ud800', '𝟙𝟚', '１２'
]; // prettier-ignore

/** Of its own each time: what is put in may be damaged again. */
const instead = (random: Random): unknown =>
  random() < 0.05 ? deep(pick(random, [60, 400])) : structuredClone(pick(random, INSTEAD));

const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', ''];

type Tree = Record<string, unknown>;
/** Sets what `__proto__` is too: as JSON.parse does, and an assignment does not. */
const put = (holder: Tree, key: string, value: unknown): void =>
  void Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

/** What is larger only takes longer. */
const MOST_CHARACTERS = 300_000;
const MOST_PLACES = 2_000;

function damagedValue(payload: string, random: Random): string {
  let root: unknown;
  try {
    root = JSON.parse(payload);
  } catch {
    return payload;
  }
  const times = random() < 0.7 ? 1 : 1 + below(random, 6);
  for (let time = 0; time < times; time++) root = damagedTree(root, random);
  const words = JSON.stringify(root) ?? '';
  return words.length > MOST_CHARACTERS ? payload : words;
}

function damagedTree(root: unknown, random: Random): unknown {
  const places: { readonly holder: Tree; readonly key: string }[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || places.length > MOST_PLACES) return;
    for (const key of Object.keys(value)) {
      places.push({ holder: value as Tree, key });
      visit((value as Tree)[key]);
    }
  };
  visit(root);
  if (places.length > MOST_PLACES) return root;
  if (places.length === 0 || random() < 0.02) return instead(random);
  const { holder, key } = pick(random, places);
  const value = holder[key];
  const other = pick(random, places);
  switch (below(random, 8)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      put(holder, key, retyped(value));
      break;
    case 2:
      put(holder, key, typeof value === 'number' ? nearby(value, random) : instead(random));
      break;
    case 3:
      if (Array.isArray(holder)) holder.reverse();
      else put(holder, pick(random, KEYS), instead(random));
      break;
    case 4:
      put(holder, key, structuredClone(other.holder[other.key]));
      break;
    case 5:
      if (Array.isArray(holder)) for (let more = below(random, 120); more > 0; more--) holder.push(value);
      else put(holder, key, [value]);
      break;
    default:
      put(holder, key, instead(random));
  }
  return root;
}

const nearby = (value: number, random: Random): number =>
  pick(random, [
    -value,
    value + 1,
    value - 1,
    value * 1e3,
    value / 1e3,
    value + 0.5,
    value * (0.5 + random()),
  ]);

function retyped(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value === '' || Number.isNaN(Number(value)) ? [value] : Number(value);
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  return typeof value === 'object' && value !== null ? Object.values(value) : Number(value);
}

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;
const INSTEAD_OF_NUMBERS = [
  'NaN',
  'Infinity',
  '-',
  '1e999',
  '0x10',
  '007',
  '1_000',
  '.5',
  '9'.repeat(400),
  '1.',
  'null',
];
const BODIES = [
  '', ' ', 'null', 'undefined', '{', '[', '{}', '[]', '""', '\ufeff', 'OK', 'true', '<html><body>502 Bad Gateway</body></html>',
  '{"result":null,"error":null,"id":0}', '[{"result":{},"error":null,"id":0}]', '{"error":"no"}', '['.repeat(20_000),
  '{"a":'.repeat(20_000),
]; // prettier-ignore

/** Done to the bytes, whatever they say. */
const WRITING: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  (bytes, random) => {
    const flipped = Buffer.from(bytes);
    for (let times = 1 + below(random, 4); times > 0 && flipped.length > 0; times--) {
      const at = below(random, flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << below(random, 8));
    }
    return flipped;
  },
  (bytes, random) => {
    const [a, b] = [below(random, bytes.length + 1), below(random, bytes.length + 1)].toSorted(
      (x, y) => x - y,
    );
    return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b)]);
  },
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    const noise = Buffer.from(Array.from({ length: 1 + below(random, 8) }, () => below(random, 256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
  (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  (bytes) => Buffer.concat([bytes, bytes]),
  (bytes, random) => {
    const words = bytes.toString();
    const found = [...words.matchAll(NUMBER)];
    if (found.length === 0) return bytes;
    const { index, 0: number } = pick(random, found);
    return Buffer.from(
      words.slice(0, index) + pick(random, INSTEAD_OF_NUMBERS) + words.slice(index + number.length),
    );
  },
  (_, random) => Buffer.from(pick(random, BODIES)),
];
