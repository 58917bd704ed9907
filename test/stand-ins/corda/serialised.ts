import { createHash } from 'node:crypto';

/** AMQP 1.0 as Corda writes it, as far as a network map and signed objects need it. */
type Encoded = Buffer;

const byte = (...bytes: readonly number[]): Encoded => Buffer.from(bytes);
const length32 = (length: number): Encoded => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
};
const NULL = byte(0x40);
const FALSE = byte(0x42);
const TRUE = byte(0x41);
const symbol = (text: string): Encoded => Buffer.concat([byte(0xa3, text.length), Buffer.from(text)]);
const text = (words: string): Encoded =>
  Buffer.concat([byte(0xb1), length32(Buffer.byteLength(words)), Buffer.from(words)]);
const binary = (bytes: Buffer): Encoded => Buffer.concat([byte(0xb0), length32(bytes.length), bytes]);
const int = (value: number): Encoded => {
  const bytes = Buffer.alloc(5, 0x71);
  bytes.writeInt32BE(value, 1);
  return bytes;
};
const long = (value: bigint): Encoded => {
  const bytes = Buffer.alloc(9, 0x81);
  bytes.writeBigInt64BE(value, 1);
  return bytes;
};
const list = (...items: readonly Encoded[]): Encoded => {
  const inside = Buffer.concat(items);
  return Buffer.concat([byte(0xd0), length32(inside.length + 4), length32(items.length), inside]);
};
const described = (descriptor: Encoded, value: Encoded): Encoded =>
  Buffer.concat([byte(0x00), descriptor, value]);

/** Descriptors of the format itself: 0xc562 is the prefix of R3, then what it is. */
const own = (code: number): Encoded => Buffer.from([0x80, 0xc5, 0x62, 0, 0, 0, 0, 0, code]);
const [ENVELOPE, SCHEMA, OBJECT_DESCRIPTOR, FIELD, COMPOSITE, TRANSFORMS] = [1, 2, 3, 4, 5, 9].map(own) as [
  Encoded,
  Encoded,
  Encoded,
  Encoded,
  Encoded,
  Encoded,
];

interface Type {
  readonly name: string;
  readonly descriptor: string;
  /** Names and types, in the order in which they are written. */
  readonly fields: readonly (readonly [string, string])[];
}

const typeOf = ({ name, descriptor, fields }: Type): Encoded =>
  described(
    COMPOSITE,
    list(
      text(name),
      NULL,
      list(),
      described(OBJECT_DESCRIPTOR, list(symbol(descriptor), NULL)),
      list(
        ...fields.map(([field, type]) =>
          described(FIELD, list(text(field), text(type), list(), NULL, NULL, TRUE, FALSE)),
        ),
      ),
    ),
  );

/** Magic "corda" 1.0, section 0, [the object, its schema, transforms]. */
const envelope = (object: Encoded, types: readonly Type[]): Buffer =>
  Buffer.concat([
    Buffer.from('corda\u0001\u0000\u0000', 'latin1'),
    described(
      ENVELOPE,
      list(object, described(SCHEMA, list(list(...types.map(typeOf)))), described(TRANSFORMS, list())),
    ),
  ]);

const HASH: Type = {
  name: 'net.corda.core.crypto.SecureHash$SHA256',
  descriptor: 'net.corda:b79PeMBLsHxu2A23yDYRaA==',
  fields: [['bytes', 'binary']],
};
const UPDATE: Type = {
  name: 'net.corda.nodeapi.internal.network.ParametersUpdate',
  descriptor: 'net.corda:stUpdateStUpdateStUp==',
  fields: [
    ['description', 'string'],
    ['newParametersHash', 'net.corda.core.crypto.SecureHash'],
    ['updateDeadline', 'java.time.Instant'],
  ],
};
const MAP: Type = {
  name: 'net.corda.nodeapi.internal.network.NetworkMap',
  descriptor: 'net.corda:stNetMapStNetMapStNe==',
  fields: [
    ['networkParameterHash', 'net.corda.core.crypto.SecureHash'],
    ['nodeInfoHashes', 'java.util.List<net.corda.core.crypto.SecureHash>'],
    ['parametersUpdate', UPDATE.name],
  ],
};
const PARAMETERS: Type = {
  name: 'net.corda.core.node.NetworkParameters',
  descriptor: 'net.corda:stParamsStParamsStPa==',
  fields: [
    ['epoch', 'int'],
    ['minimumPlatformVersion', 'int'],
    ['notaries', 'java.util.List<string>'],
  ],
};
const SIGNED: Type = {
  name: 'net.corda.core.internal.SignedDataWithCert',
  descriptor: 'net.corda:p8eesBp9uG+Wgv1aw5C5pg==',
  fields: [
    ['raw', 'net.corda.core.serialization.SerializedBytes<?>'],
    ['sig', 'net.corda.core.internal.DigitalSignatureWithCert'],
  ],
};
const BYTES: Type = {
  name: 'net.corda.core.serialization.SerializedBytes<?>',
  descriptor: 'net.corda:Ck2zaAmf4VvoCWPr6F/K4w==',
  fields: [['bytes', 'binary']],
};

const objectOf = (type: Type, ...fields: readonly Encoded[]): Encoded =>
  described(symbol(type.descriptor), list(...fields));
const hash = (hex: string): Encoded => objectOf(HASH, binary(Buffer.from(hex, 'hex')));
const instant = (iso: string): Encoded => {
  const ms = Date.parse(iso);
  return described(
    symbol('net.corda:java.time.Instant'),
    list(long(BigInt(Math.floor(ms / 1000))), int((ms % 1000) * 1_000_000)),
  );
};

/** Signed by nobody: 64 zeros in place of a signature. */
const signed = (raw: Buffer): Buffer =>
  envelope(objectOf(SIGNED, objectOf(BYTES, binary(raw)), binary(Buffer.alloc(64))), [SIGNED, BYTES]);

export interface Update {
  readonly newParametersHash: string;
  readonly description: string;
  readonly updateDeadline: string;
}

export interface MapContent {
  readonly networkParameterHash: string;
  readonly nodeInfoHashes?: readonly string[] | undefined;
  readonly parametersUpdate?: Update | undefined;
}

/** What `/network-map` answers. */
export function networkMap({
  networkParameterHash,
  nodeInfoHashes = [],
  parametersUpdate,
}: MapContent): Buffer {
  const update = parametersUpdate
    ? objectOf(
        UPDATE,
        text(parametersUpdate.description),
        hash(parametersUpdate.newParametersHash),
        instant(parametersUpdate.updateDeadline),
      )
    : NULL;
  const hashes = described(symbol('net.corda:stHashListStHashList=='), list(...nodeInfoHashes.map(hash)));
  return signed(envelope(objectOf(MAP, hash(networkParameterHash), hashes, update), [MAP, UPDATE, HASH]));
}

/** A file of network parameters, and the hash by which they are named; its notaries by their names only. */
export function parametersFile(
  epoch: number,
  {
    platform = 4,
    notaries = ['O=Notary'],
  }: { readonly platform?: number; readonly notaries?: readonly string[] } = {},
): { readonly file: Buffer; readonly hash: string } {
  const raw = envelope(objectOf(PARAMETERS, int(epoch), int(platform), list(...notaries.map(text))), [
    PARAMETERS,
  ]);
  return { file: signed(raw), hash: createHash('sha256').update(raw).digest('hex') };
}
