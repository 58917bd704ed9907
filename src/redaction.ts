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
// Here and below every repetition is bounded, or cannot begin again within itself: a hostile line must not cost more than its length.
const LOGIN = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@":]*:[^\s/@"]*@/gi;

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

const NAMES = 'passw|pwd|token|secret|auth|api[-_]?key|priv[-_]?key|cookie';
/** `rpcpassword=…`, `"token": "…"`, `Authorization: Bearer …` */
const NAMED = new RegExp(
  `((?:${NAMES})[\\w.-]{0,60}["']?\\s{0,9}[=:]\\s{0,9})("[^"]*"|'[^']*'|(?:(?:Bearer|Basic) )?[^\\s,;&"']+)`,
  'gi',
);
/** `--rpcpassword …` */
const WORD_AFTER = new RegExp(`((?:^|\\s)--?[\\w-]{0,60}(?:${NAMES})[\\w-]{0,60}\\s{1,9})[^\\s-]\\S*`, 'gi');
/** A phrase of words: the rest of the line. */
const PHRASE = /((?:mnemonic|passphrase|seed(?: ?phrase)?|walletpassphrase)["']?\s{0,9}[=: ]\s{0,9}).+/gi;
/** Private keys as wallets write them, extended ones, PEM's lines, and signed tokens. */
const KEYS =
  /\b[5KLU79c][1-9A-HJ-NP-Za-km-z]{50,51}\b|\b[a-z]prv[1-9A-HJ-NP-Za-km-z]{50,}|-----BEGIN [A-Z ]*PRIVATE KEY-----.*|(?<![\w-])eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g;

/** What a foreign program said, without what looks like a secret: the cheaper mistake is to hide too much. */
export const withoutSecretValues = (line: string): string =>
  line
    .replaceAll(PHRASE, `$1${HIDDEN}`)
    .replaceAll(NAMED, `$1${HIDDEN}`)
    .replaceAll(WORD_AFTER, `$1${HIDDEN}`)
    .replaceAll(KEYS, HIDDEN)
    .replaceAll(LOGIN, `$1${HIDDEN}@`);
