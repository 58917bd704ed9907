/** A value of AMQP 1.0 (OASIS, part 1): longs are bigint, binaries Buffer, maps lists of pairs; arrays are left out. */
export type Value =
  null | boolean | number | bigint | string | Buffer | Described | readonly Value[] | undefined;

/** A value with the name of what it is. */
export interface Described {
  readonly descriptor: Value;
  readonly value: Value;
}

export const isDescribed = (value: Value): value is Described =>
  typeof value === 'object' && value !== null && 'descriptor' in value;

/** Deeper than any of Corda's own. */
const DEEPEST = 64;
/** Enough for the map of a network of some 50,000 nodes; more would hold up everything else. */
const MOST_VALUES = 200_000;

type Read = (from: Cursor, depth: number) => Value;

/** By the byte that begins a value. */
const READS: Readonly<Record<number, Read>> = {
  0x00: (from, depth) => ({ descriptor: valueAt(from, depth), value: valueAt(from, depth) }),
  0x40: () => null,
  0x41: () => true,
  0x42: () => false,
  0x43: () => 0,
  0x44: () => 0n,
  0x45: () => [],
  0x50: (from) => from.take(1).readUInt8(),
  0x51: (from) => from.take(1).readInt8(),
  0x52: (from) => from.take(1).readUInt8(),
  0x53: (from) => BigInt(from.take(1).readUInt8()),
  0x54: (from) => from.take(1).readInt8(),
  0x55: (from) => BigInt(from.take(1).readInt8()),
  0x56: (from) => from.take(1).readUInt8() === 1,
  0x60: (from) => from.take(2).readUInt16BE(),
  0x61: (from) => from.take(2).readInt16BE(),
  0x70: (from) => from.take(4).readUInt32BE(),
  0x71: (from) => from.take(4).readInt32BE(),
  0x72: (from) => from.take(4).readFloatBE(),
  0x73: (from) => String.fromCodePoint(from.take(4).readUInt32BE()),
  0x80: (from) => from.take(8).readBigUInt64BE(),
  0x81: (from) => from.take(8).readBigInt64BE(),
  0x82: (from) => from.take(8).readDoubleBE(),
  0x83: (from) => from.take(8).readBigInt64BE(),
  0x98: (from) => from.take(16),
  0xa0: (from) => from.sized(1),
  0xa1: (from) => from.sized(1).toString(),
  0xa3: (from) => from.sized(1).toString(),
  0xb0: (from) => from.sized(4),
  0xb1: (from) => from.sized(4).toString(),
  0xb3: (from) => from.sized(4).toString(),
  0xc0: (from, depth) => listIn(from, 1, depth),
  0xd0: (from, depth) => listIn(from, 4, depth),
  0xc1: (from, depth) => pairsOf(listIn(from, 1, depth)),
  0xd1: (from, depth) => pairsOf(listIn(from, 4, depth)),
  0xe0: (from) => void from.sized(1),
  0xf0: (from) => void from.sized(4),
};

interface Cursor {
  /** Throws RangeError when so many bytes are not there. */
  take(bytes: number): Buffer;
  /** What follows its own length, of so many bytes. */
  sized(lengthBytes: 1 | 4): Buffer;
  /** In some of the bytes. */
  inside(bytes: Buffer): Cursor;
  /** Before each value. Throws RangeError when there were too many of them. */
  count(): void;
}

function cursorIn(bytes: Buffer, values: { count: number }): Cursor {
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new RangeError('it ends too early');
    at += count;
    return bytes.subarray(at - count, at);
  };
  return {
    take,
    sized: (length) => take(take(length).readUIntBE(0, length)),
    inside: (some) => cursorIn(some, values),
    count() {
      if (++values.count > MOST_VALUES) throw new RangeError('too many values');
    },
  };
}

/** The first value in some bytes. Throws RangeError when they are no AMQP, or too much of it. */
export const readAmqp = (bytes: Buffer): Value => valueAt(cursorIn(bytes, { count: 0 }), 0);

function valueAt(from: Cursor, depth: number): Value {
  from.count();
  const constructor = from.take(1).readUInt8();
  const read = READS[constructor];
  if (!read || depth > DEEPEST) throw new RangeError(`no AMQP: 0x${constructor.toString(16)}`);
  return read(from, depth + 1);
}

function listIn(outer: Cursor, lengthBytes: 1 | 4, depth: number): readonly Value[] {
  const from = outer.inside(outer.sized(lengthBytes));
  const count = from.take(lengthBytes).readUIntBE(0, lengthBytes);
  const items: Value[] = [];
  while (items.length < count) items.push(valueAt(from, depth));
  return items;
}

const pairsOf = (items: readonly Value[]): readonly Value[] =>
  items.flatMap((key, index) => (index % 2 === 0 ? [[key, items[index + 1]]] : []));
