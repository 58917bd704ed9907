const SECRET_KEY =
  /token|passw|passphrase|secret|authorization|cookie|api[-_]?key|privkey|identityfile|^argv$|^env$/i;
const HIDDEN = '[hidden]';

/** Deeper things, and more than so many, are not logged. */
const DEEPEST = 6;
const MOST = 200;

/** A copy for the log: what a secret's key holds is hidden at any depth; of an error only what is ours to know stays. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (depth > DEEPEST) return '[deep]';
  if (value instanceof Error) return redactedError(value, depth);
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (value instanceof Map || value instanceof Set) return redacted([...value], depth);
  if (Array.isArray(value)) return value.slice(0, MOST).map((part) => redacted(part, depth + 1));
  const entries = Object.entries(value).slice(0, MOST);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, SECRET_KEY.test(key) ? HIDDEN : redacted(part, depth + 1)]),
  );
}

/** An SDK hangs whole requests with their headers on its errors; none of that is taken. */
function redactedError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { code, system, reason, status } = error as Error & Readonly<Record<string, unknown>>;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...Object.fromEntries(
      Object.entries({ code, system, reason, status }).filter(([, fact]) => isPlain(fact)),
    ),
    ...(error.cause !== undefined && { cause: redacted(error.cause, depth + 1) }),
  };
}

const isPlain = (fact: unknown): boolean => typeof fact === 'string' || typeof fact === 'number';

/** Shorter values would also be hidden where they mean something else. */
const SHORTEST_SECRET = 8;
const LOGIN = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"]*:[^\s/@"]*@/gi;

/** A finished line without the known secrets, and without the logins that stand in addresses. */
export function withoutSecrets(line: string, secrets: Iterable<string>): string {
  let safe = line.replaceAll(LOGIN, `$1${HIDDEN}@`);
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    safe = safe.replaceAll(secret, HIDDEN);
    const written = JSON.stringify(secret).slice(1, -1);
    if (written !== secret) safe = safe.replaceAll(written, HIDDEN);
  }
  return safe;
}
