import { addAbortSignal, type Duplex } from 'node:stream';

import { OutsideError } from '#src/domain/errors.ts';
import type { Wire } from '#src/domain/executor.ts';

export interface Bounds {
  /** From the connection to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Posts a body and gives the answer's. Throws OutsideError. */
export type Post = (body: string) => Promise<string>;

/**
 * HTTP as far as iguana speaks it. Its answers have a space before the colon of a header (`Content-Length :`), which
 * Node's own parser takes for an attack, the lenient one as well; and it closes after each of them.
 */
export function postOver(
  at: string,
  open: (signal: AbortSignal) => Promise<Wire>,
  { timeoutMs, maxBytes, signal }: Bounds,
): Post {
  return async (body) => {
    const bound = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const began = performance.now();
    let wire: Wire | undefined;
    try {
      wire = await open(bound);
      addAbortSignal(bound, wire as Duplex);
      wire.write(requestOf(at, body));
      return await answerOf(wire, at, maxBytes);
    } catch (error) {
      if (error instanceof OutsideError) throw error;
      throw failureOf(error, { at, isOpen: wire !== undefined, isOver: bound.aborted, began });
    } finally {
      wire?.destroy();
    }
  };
}

const requestOf = (host: string, body: string): string =>
  [
    'POST / HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');

interface Head {
  readonly status: number;
  /** Where the body begins. */
  readonly from: number;
  /** Undefined where it lasts until the connection ends. */
  readonly length: number | undefined;
}

const MOST_HEAD_BYTES = 16_384;

async function answerOf(wire: Wire, at: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let head: Head | undefined;
  for await (const chunk of wire) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    head ??= headOf(Buffer.concat(chunks), at);
    if (bytes > maxBytes) throw unreadable(at, 'answers more than may be read');
    if (!head && bytes > MOST_HEAD_BYTES) throw unreadable(at, 'does not speak HTTP');
    if (head?.length !== undefined && bytes >= head.from + head.length) break;
  }
  if (!head) throw unreadable(at, bytes === 0 ? 'closed the connection without an answer' : 'broke off');
  const whole = Buffer.concat(chunks);
  if (head.length !== undefined && whole.length < head.from + head.length) throw unreadable(at, 'broke off');
  if (head.status !== 200) throw unreadable(at, `answers HTTP ${head.status}: is it iguana?`);
  return whole.subarray(head.from, head.length && head.from + head.length).toString();
}

/** Undefined until all of it is there. */
function headOf(seen: Buffer, at: string): Head | undefined {
  const end = seen.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = seen.subarray(0, end).toString('latin1').split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1];
  if (status === undefined) throw unreadable(at, 'does not speak HTTP');
  const length = lines.map((line) => /^content-length\s*:\s*(\d{1,10})\s*$/i.exec(line)?.[1]).find(Boolean);
  return { status: Number(status), from: end + 4, length: length === undefined ? undefined : Number(length) };
}

const unreadable = (at: string, what: string): OutsideError =>
  new OutsideError('iguana', 'unreadable', `${at} ${what}`);

interface Failed {
  readonly at: string;
  readonly isOpen: boolean;
  readonly isOver: boolean;
  readonly began: number;
}

/** For an exchange that ended without an answer. */
function failureOf(error: unknown, { at, isOpen, isOver, began }: Failed): OutsideError {
  const code = isOver ? 'ETIMEDOUT' : ((error as NodeJS.ErrnoException | undefined)?.code ?? 'no code');
  const cause = Object.assign(new Error(code), { code });
  const within = `in ${((performance.now() - began) / 1000).toFixed(1)} s`;
  if (isOver && isOpen) return new OutsideError('iguana', 'timeout', `${at} gave no full answer ${within}`);
  if (isOver)
    return new OutsideError('iguana', 'unavailable', `no way to ${at}: no connection ${within}`, { cause });
  if (code === 'ECONNREFUSED')
    return new OutsideError('iguana', 'unavailable', `nothing listens on ${at}`, { cause });
  if (isOpen)
    return new OutsideError('iguana', 'unavailable', `${at} broke the connection (${code})`, { cause });
  return new OutsideError('iguana', 'unavailable', `no way to ${at} (${code})`, { cause });
}
