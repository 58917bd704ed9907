import { Refusal } from './refusal.ts';

const badBody = (words: string): Refusal =>
  new Refusal(400, 'There is a fault in it.', { faults: [{ path: '', words }] });

/** The JSON of a body. Throws a Refusal. */
export function jsonOf(raw: Buffer): unknown {
  if (raw.length === 0) throw badBody('the body is empty: it must be JSON');
  const text = textOf(raw);
  try {
    // A key that zod would leave out without a word.
    return JSON.parse(text, /__proto__|\\u00/i.test(text) ? withoutProto : undefined) as unknown;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof RangeError) throw badBody('the body is nested too deeply');
    throw badBody('the body is no JSON');
  }
}

function textOf(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw badBody('the body is no UTF-8 text');
  }
}

function withoutProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw badBody('there is a key "__proto__", which is not taken');
  return value;
}
