import type { FastifyError, FastifyReply } from 'fastify';
import type { z } from 'zod';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import { pathName } from '#src/domain/path.ts';

export interface BodyFault {
  readonly path: string;
  readonly words: string;
}

interface RefusalDetail {
  readonly faults?: readonly BodyFault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** The caller's fault, or a moment's: answered in words, not logged as a failure. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly detail: RefusalDetail;

  constructor(status: number, message: string, detail: RefusalDetail = {}) {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}

/** So many are told; the rest are counted. */
const MOST_FAULTS = 1_000;

/** Throws a Refusal with every fault by its path. */
export function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const { issues } = result.error;
  const faults = issues
    .slice(0, MOST_FAULTS)
    .map(({ path, message }) => ({ path: pathName(path), words: message }));
  throw new Refusal(
    400,
    issues.length === 1 ? 'There is a fault in it.' : `There are ${issues.length} faults in it.`,
    {
      faults,
    },
  );
}

export const retryAfter = (ms: number): Readonly<Record<string, string>> => ({
  'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))),
});

const RETRY_AFTER_MS = 5_000;

/** The refusal that an error amounts to; undefined for a bug of ours. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof UserError)
    return new Refusal(400, error.message, { faults: [{ path: '', words: error.message }] });
  if (error instanceof OutsideError) {
    return new Refusal(503, 'This cannot be done at the moment: try again later.', {
      headers: retryAfter(error.retryAfterMs ?? RETRY_AFTER_MS),
    });
  }
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  if (!code?.startsWith('FST_') || statusCode === undefined || statusCode >= 500) return undefined;
  return new Refusal(statusCode, WORDS[statusCode] ?? 'This request cannot be understood.');
}

const WORDS: Readonly<Record<number, string>> = {
  413: 'The body is larger than 1 MiB.',
  415: 'The body must be JSON: send it as content-type application/json.',
};

export function refuse(reply: FastifyReply, { status, message, detail }: Refusal): FastifyReply {
  return reply
    .code(status)
    .headers(detail.headers ?? {})
    .send({ error: message, ...(detail.faults && { faults: detail.faults }) });
}
