/** Shown to the person as it is; never logged as a failure. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Why an outside system did not do what was asked. The adapter names the reason, the queue decides what follows. */
export const REASONS = [
  'rate-limited',
  'unavailable',
  'timeout',
  'unauthorized',
  'forbidden',
  'not-found',
  'rejected',
  'unreadable',
  /** The other end is not who it must be: its host key or certificate is another than the one on record. */
  'untrusted',
] as const;
export type Reason = (typeof REASONS)[number];

const RETRYABLE: ReadonlySet<Reason> = new Set(['rate-limited', 'unavailable', 'timeout']);

interface OutsideDetail {
  readonly cause?: unknown;
  /** How long the system asked us to wait. */
  readonly retryAfterMs?: number | undefined;
  /** No answer came: it may have been done, and doing it again would do it twice. */
  readonly maybeDone?: boolean | undefined;
  /** The limit holds for this recipient only: messages to others may go on. */
  readonly ofRecipient?: boolean | undefined;
}

/** A failure of a system that is not ours; made only by adapters. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
  readonly system: string;
  readonly reason: Reason;
  readonly retryAfterMs: number | undefined;
  /** It may have been done, and this system cannot tell a repetition from a second time: never repeated. */
  readonly maybeDone: boolean;
  /** The limit holds for this recipient only: messages to others may go on. */
  readonly ofRecipient: boolean;

  constructor(system: string, reason: Reason, message: string, detail: OutsideDetail = {}) {
    super(message, { cause: detail.cause });
    this.system = system;
    this.reason = reason;
    this.retryAfterMs = detail.retryAfterMs;
    this.maybeDone = detail.maybeDone ?? false;
    this.ofRecipient = detail.ofRecipient ?? false;
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return RETRYABLE.has(this.reason) && !this.maybeDone;
  }
}

/** A sentence without its full stop, to go on with. */
export const unstopped = (words: string): string => words.replace(/\.$/, '');

/** The words of any thrown thing, for a log line or an answer. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
