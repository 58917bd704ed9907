import { z } from 'zod';

import { OutsideError, type Reason } from '#src/domain/errors.ts';

/** What is left of a failed call: of the SDK's MatrixError, of a raw response, or of Node's network errors. */
const Failure = z.object({
  statusCode: z.number().optional().catch(undefined),
  errcode: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  retryAfterMs: z.number().nonnegative().optional().catch(undefined),
  headers: z.record(z.string(), z.unknown()).optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
});
type Failure = z.infer<typeof Failure>;

/** A homeserver whose certificate is not accepted is `unavailable`: what is for it waits until somebody has mended that. */
type MatrixReason = Exclude<Reason, 'untrusted'>;

const BY_ERRCODE: Readonly<Record<string, MatrixReason>> = {
  M_LIMIT_EXCEEDED: 'rate-limited',
  M_UNKNOWN_TOKEN: 'unauthorized',
  M_MISSING_TOKEN: 'unauthorized',
  M_USER_DEACTIVATED: 'unauthorized',
  M_USER_LOCKED: 'unauthorized',
  M_FORBIDDEN: 'forbidden',
  M_GUEST_ACCESS_FORBIDDEN: 'forbidden',
  M_USER_SUSPENDED: 'forbidden',
  M_CONSENT_NOT_GIVEN: 'forbidden',
  M_RESOURCE_LIMIT_EXCEEDED: 'forbidden',
  M_NOT_FOUND: 'not-found',
  M_TOO_LARGE: 'rejected',
  M_UNRECOGNIZED: 'rejected',
  M_NOT_JSON: 'rejected',
  M_BAD_JSON: 'rejected',
};
const BY_STATUS: Readonly<Record<number, MatrixReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  410: 'not-found',
  429: 'rate-limited',
  504: 'timeout',
};
const TIMED_OUT = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ECONNABORTED', 'TimeoutError']);
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_BAD_RESPONSE',
  'ERR_CANCELED',
]);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS|^EPROTO$/u;

const HINTS: Readonly<Record<MatrixReason, string>> = {
  'rate-limited': 'Matrix asks to send more slowly',
  unavailable: 'The Matrix homeserver cannot be reached',
  timeout: 'The Matrix homeserver did not answer in time',
  unauthorized: 'Matrix does not accept the access token: log the bot in again and set MATRIX_ACCESS_TOKEN',
  forbidden: 'Matrix does not allow this: invite the bot into the room and let it write there',
  'not-found': 'Matrix does not have this (any more)',
  rejected: 'Matrix refused the call: is MATRIX_HOMESERVER_URL the address of a Matrix homeserver?',
  unreadable: 'The homeserver answered something unreadable: is MATRIX_HOMESERVER_URL right?',
};

/**
 * Translates whatever a call to the homeserver throws. The thrown thing itself is not kept as the cause:
 * it may carry the request with its access token.
 */
export function matrixFailure(thrown: unknown): OutsideError {
  if (thrown instanceof OutsideError) return thrown;
  if (thrown instanceof z.ZodError) return failed('unreadable', z.prettifyError(thrown));
  const failure = Failure.safeParse(thrown).data;
  if (failure === undefined) return failed('rejected', String(thrown).slice(0, 200));
  const [reason, detail] = reasonOf(failure, thrown);
  return failed(reason, detail, retryAfter(failure));
}

const failed = (reason: MatrixReason, detail: string, retryAfterMs?: number): OutsideError =>
  new OutsideError('matrix', reason, detail === '' ? `${HINTS[reason]}.` : `${HINTS[reason]} (${detail}).`, {
    retryAfterMs,
  });

function reasonOf(failure: Failure, thrown: unknown): readonly [MatrixReason, string] {
  const { statusCode, errcode, error } = failure;
  if (errcode !== undefined || statusCode !== undefined) {
    const detail = [errcode ?? `HTTP ${statusCode}`, error?.slice(0, 200)].filter(Boolean).join(': ');
    return [httpReason(errcode, statusCode), detail];
  }
  const code = failure.code ?? failure.name ?? '';
  const detail = failure.code ?? (thrown instanceof Error ? thrown.message.slice(0, 200) : '');
  if (TIMED_OUT.has(code)) return ['timeout', detail];
  if (UNREACHED.has(code)) return ['unavailable', detail];
  if (CERTIFICATE.test(code)) return ['unavailable', `its certificate is not accepted: ${detail}`];
  return [code === 'SyntaxError' || code === 'ERR_BAD_LENGTH' ? 'unreadable' : 'rejected', detail];
}

function httpReason(errcode: string | undefined, status: number | undefined): MatrixReason {
  const known = BY_ERRCODE[errcode ?? ''] ?? BY_STATUS[status ?? 0];
  if (known !== undefined) return known;
  return status !== undefined && status >= 500 ? 'unavailable' : 'rejected';
}

function retryAfter({ retryAfterMs, headers }: Failure): number | undefined {
  if (retryAfterMs !== undefined) return retryAfterMs;
  const seconds = Number(headers?.['retry-after']);
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

/** What was asked for, or undefined where the homeserver does not have it. */
export async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OutsideError && error.reason === 'not-found') return undefined;
    throw error;
  }
}
