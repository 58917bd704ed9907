import { createHash } from 'node:crypto';

import { isDescribed, readAmqp, type Value } from './amqp.ts';

/** Before whatever Corda serialises: "corda", the format's version 1.0; a byte that names the section follows. */
const MAGIC = Buffer.from('corda\u0001\u0000', 'latin1');
const HEADER_BYTES = MAGIC.length + 1;

const isCordas = (bytes: Buffer): boolean => bytes.subarray(0, MAGIC.length).equals(MAGIC);

/**
 * What was signed, in the bytes of a signed object: a network map, network parameters. The signature is not checked.
 * Undefined when there is none.
 */
export function signedIn(bytes: Buffer): Buffer | undefined {
  const envelope = readEnvelope(bytes);
  return envelope && firstBinary(envelope.object);
}

/** The hash by which Corda names what was signed: SHA-256, lower-case hex. */
export const hashOf = (signed: Buffer): string => createHash('sha256').update(signed).digest('hex');

/** An object with the names of its fields, as Corda's own schema beside it has them; undefined when it is none. */
export function fieldsIn(bytes: Buffer): unknown {
  const envelope = readEnvelope(bytes);
  return envelope && named(envelope.object, envelope.fields);
}

type FieldNames = ReadonlyMap<string, readonly string[]>;

interface Envelope {
  readonly object: Value;
  readonly fields: FieldNames;
}

/** [the object, the schema of the types in it, …] */
function readEnvelope(bytes: Buffer): Envelope | undefined {
  if (!isCordas(bytes)) return undefined;
  try {
    const [object, schema] = itemsOf(readAmqp(bytes.subarray(HEADER_BYTES)));
    return { object, fields: fieldNamesIn(schema) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const itemsOf = (value: Value): readonly Value[] => {
  const inner = isDescribed(value) ? value.value : value;
  return Array.isArray(inner) ? inner : [];
};

function firstBinary(value: Value): Buffer | undefined {
  if (Buffer.isBuffer(value)) return isCordas(value) ? value : undefined;
  for (const item of itemsOf(value)) {
    const found = firstBinary(item);
    if (found) return found;
  }
  return undefined;
}

/** A schema is [[a type, …]]; a composite type is [name, label, provides, [descriptor, …], [[field's name, …], …]]. */
function fieldNamesIn(schema: Value): FieldNames {
  const [types] = itemsOf(schema);
  return new Map(
    itemsOf(types).flatMap((type) => {
      const [, , , descriptor, fields] = itemsOf(type);
      const [name] = itemsOf(descriptor);
      const names = itemsOf(fields).map((field) => textOf(itemsOf(field)[0]));
      return typeof name === 'string' && names.length > 0 ? [[name, names] as const] : [];
    }),
  );
}

const textOf = (value: Value): string => (typeof value === 'string' ? value : '');

const INSTANT = 'net.corda:java.time.Instant';

/** In plain values: hashes as hex, times as ISO 8601. */
function named(value: Value, fields: FieldNames): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (!isDescribed(value)) return Array.isArray(value) ? value.map((item) => named(item, fields)) : value;
  const items = itemsOf(value);
  if (value.descriptor === INSTANT) return instantOf(items);
  const names = fields.get(textOf(value.descriptor));
  if (!names) return named(value.value, fields);
  // A hash is an object around its bytes.
  const bytes = items[names.indexOf('bytes')];
  if (Buffer.isBuffer(bytes)) return named(bytes, fields);
  return Object.fromEntries(names.map((name, index) => [name, named(items[index], fields)]));
}

/** The seconds are its long, the nanoseconds its int. */
function instantOf(items: readonly Value[]): string | undefined {
  const seconds = items.find((item) => typeof item === 'bigint');
  const nanos = items.find((item) => typeof item === 'number') ?? 0;
  if (seconds === undefined) return undefined;
  const at = new Date(Number(seconds) * 1000 + Math.floor(nanos / 1e6));
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
