import { hash256 } from '#src/domain/address.ts';

export interface Input {
  readonly txid: string;
  readonly vout: number;
  /** Hex; empty before it is signed. */
  readonly script: string;
}

export interface Output {
  readonly sats: bigint;
  readonly script: string;
}

/** `sapling` is Komodo's form (version 4, overwintered), `plain` everybody else's. */
export interface Transaction {
  readonly form: 'plain' | 'sapling';
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
}

const SAPLING_HEAD = '0400008085202f89';
/** Lock time, expiry height, value balance, and no shielded parts. */
const SAPLING_TAIL = '00'.repeat(4 + 4 + 8 + 3);
const PLAIN_HEAD = '02000000';
const PLAIN_TAIL = '00'.repeat(4);
const SEQUENCE = 'ffffffff';

/** Its raw bytes, hex. */
export function encodeTransaction({ form, inputs, outputs }: Transaction): string {
  const ins = inputs.map(
    ({ txid, vout, script }) =>
      `${backwards(Buffer.from(txid, 'hex'))}${number(vout, 4)}${withLength(script)}${SEQUENCE}`,
  );
  const outs = outputs.map(({ sats, script }) => `${number(sats, 8)}${withLength(script)}`);
  const body = [length(inputs.length), ...ins, length(outputs.length), ...outs].join('');
  return form === 'sapling' ? SAPLING_HEAD + body + SAPLING_TAIL : PLAIN_HEAD + body + PLAIN_TAIL;
}

/** Reads raw bytes; throws RangeError when they are no whole transaction. */
export function decodeTransaction(hex: string): Transaction {
  if (!/^(?:[0-9a-f]{2})+$/iu.test(hex)) throw new RangeError('not hex');
  const form = hex.toLowerCase().startsWith(SAPLING_HEAD) ? 'sapling' : 'plain';
  const bytes = Buffer.from(hex, 'hex');
  let at = form === 'sapling' ? 8 : 4;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new RangeError('it ends too early');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const takeLength = (): number => {
    const first = take(1).readUInt8();
    if (first < 0xfd) return first;
    return first === 0xfd ? take(2).readUInt16LE() : take(4).readUInt32LE();
  };
  const takeScript = (): string => take(takeLength()).toString('hex');
  const inputs = Array.from({ length: takeLength() }, (): Input => {
    const txid = backwards(take(32));
    const vout = take(4).readUInt32LE();
    const script = takeScript();
    take(4);
    return { txid, vout, script };
  });
  const outputs = Array.from({ length: takeLength() }, (): Output => {
    const sats = take(8).readBigUInt64LE();
    return { sats, script: takeScript() };
  });
  take(form === 'sapling' ? SAPLING_TAIL.length / 2 : 4);
  if (at !== bytes.length) throw new RangeError('it goes on after its end');
  return { form, inputs, outputs };
}

export const txidOf = (hex: string): string => backwards(hash256(Buffer.from(hex, 'hex')));

/** Hashes are written the other way round than they stand in the bytes. */
const backwards = (bytes: Uint8Array): string => Buffer.from(bytes.toReversed()).toString('hex');

function number(value: number | bigint, size: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.toString('hex', 0, size);
}

function length(count: number): string {
  return count < 0xfd ? number(count, 1) : `fd${number(count, 2)}`;
}

const withLength = (script: string): string => length(script.length / 2) + script;
