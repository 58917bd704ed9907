/** Refused with a status and an errcode, as the client-server API words it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, errcode: string, error: string, more: object = {}) {
    super(error);
    this.name = 'Refusal';
    this.status = status;
    this.body = { errcode, error, ...more };
  }
}

export const notFound = (what: string): Refusal => new Refusal(404, 'M_NOT_FOUND', `${what} not found`);
export const forbidden = (why: string): Refusal => new Refusal(403, 'M_FORBIDDEN', why);
export const limited = (retryAfterMs: number): Refusal =>
  new Refusal(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: retryAfterMs });
