import { createHash } from 'node:crypto';
import type { Answer, Call } from './call.ts';

export interface RouteLimit {
  readonly method?: string;
  readonly route: RegExp;
  readonly limit: number;
  readonly perMs: number;
  /** All calls the rule is for count together, whatever their method and route. */
  readonly bucket?: string;
}

/** Figures in the shape of Discord's; it publishes only the global and the invalid-request ones. */
export interface LimitFigures {
  readonly globalPerSecond: number;
  readonly routes: readonly RouteLimit[];
  /** NEW direct-message channels the bot may open. */
  readonly newDirectMessages: { readonly count: number; readonly perMs: number };
  readonly invalidPerTenMinutes: number;
}

export const defaultLimits: LimitFigures = {
  globalPerSecond: 50,
  routes: [
    { method: 'POST', route: /^\/channels\/\d+\/messages$/, limit: 5, perMs: 5000 },
    { method: 'PATCH', route: /^\/channels\/\d+\/messages\/\d+$/, limit: 5, perMs: 5000 },
    { method: 'DELETE', route: /^\/channels\/\d+\/messages\/\d+$/, limit: 5, perMs: 1000 },
    { method: 'PUT', route: /^\/applications\/.*commands$/, limit: 2, perMs: 1000 },
    { route: /^\/webhooks\//, limit: 5, perMs: 2000 },
    { route: /^\/channels\//, limit: 5, perMs: 1000 },
    { route: /./, limit: 50, perMs: 1000 },
  ],
  newDirectMessages: { count: 30, perMs: 600_000 },
  invalidPerTenMinutes: 10_000,
};

export interface Scoped {
  readonly isGlobal: boolean;
  readonly hasBucket: boolean;
}

interface Bucket {
  used: number;
  resetAtMs: number;
}

type Verdict = { readonly headers: Readonly<Record<string, string>>; readonly refused?: Answer };

export interface Limits {
  /** How many 429s were given, by "METHOD route" and under "global". */
  readonly given: ReadonlyMap<string, number>;
  /** 401, 403 and 429 answers in the last ten minutes. */
  readonly invalid: number;
  admit(call: Call, scoped: Scoped): Verdict;
  /** Counts an answer that goes out; shared 429s do not count as invalid. */
  note(call: Call, answer: Answer): void;
  /** The ban page, once too many invalid requests were made. */
  banned(): Answer | undefined;
  /** Whether one more new DM channel may be opened now; counts it if so. */
  admitDirectMessage(): boolean;
}

const TEN_MINUTES_MS = 600_000;

export function createLimits(figures: LimitFigures | false): Limits {
  const given = new Map<string, number>();
  const buckets = new Map<string, Bucket>();
  const invalid = createWindow(TEN_MINUTES_MS);
  const directMessages = createWindow(figures === false ? 0 : figures.newDirectMessages.perMs);
  const take = (key: string, limit: number, perMs: number): { left: number; resetAtMs: number } => {
    const now = Date.now();
    const old = buckets.get(key);
    const bucket = old && old.resetAtMs > now ? old : { used: 0, resetAtMs: now + perMs };
    buckets.set(key, bucket);
    bucket.used += 1;
    return { left: limit - bucket.used, resetAtMs: bucket.resetAtMs };
  };
  return {
    given,
    get invalid() {
      return invalid.count();
    },
    admit(call, { isGlobal, hasBucket }) {
      if (figures === false) return { headers: {} };
      if (isGlobal) {
        const { left, resetAtMs } = take('global', figures.globalPerSecond, 1000);
        if (left < 0) return { headers: {}, refused: rateLimited(resetAtMs - Date.now(), 'global') };
      }
      const rule = figures.routes.find(
        ({ method, route }) => (method ?? call.method) === call.method && route.test(call.path),
      );
      if (!rule || !hasBucket) return { headers: {} };
      const hash = bucketHash(rule, call);
      const { left, resetAtMs } = take(`${hash}:${majorOf(call)}`, rule.limit, rule.perMs);
      const headers = {
        'x-ratelimit-limit': String(rule.limit),
        'x-ratelimit-remaining': String(Math.max(0, left)),
        'x-ratelimit-reset': (resetAtMs / 1000).toFixed(3),
        'x-ratelimit-reset-after': seconds(resetAtMs - Date.now()),
        'x-ratelimit-bucket': hash,
      };
      if (left >= 0) return { headers };
      return { headers, refused: rateLimited(resetAtMs - Date.now(), 'user') };
    },
    note(call, { status, headers }) {
      const scope = headers?.['x-ratelimit-scope'];
      const shared = scope === 'shared';
      if (status === 429) {
        const key = scope === 'global' ? 'global' : `${call.method} ${call.route}`;
        given.set(key, (given.get(key) ?? 0) + 1);
      }
      if ((status === 401 || status === 403 || status === 429) && !shared) invalid.add();
    },
    banned() {
      if (figures === false || invalid.count() < figures.invalidPerTenMinutes) return undefined;
      const headers = { 'content-type': 'text/html', 'retry-after': '3600' };
      return { status: 429, body: '<title>Access denied | Cloudflare</title> error code: 1015', headers };
    },
    admitDirectMessage() {
      if (figures !== false && directMessages.count() >= figures.newDirectMessages.count) return false;
      directMessages.add();
      return true;
    },
  };
}

export type LimitScope = 'user' | 'global' | 'shared';

/** A 429 as Discord words it. */
export function rateLimited(afterMs: number, scope: LimitScope): Answer {
  const retryAfter = Math.max(0.001, afterMs / 1000);
  const message = scope === 'shared' ? 'The resource is being rate limited.' : 'You are being rate limited.';
  return {
    status: 429,
    body: { message, retry_after: Number(retryAfter.toFixed(3)), global: scope === 'global' },
    headers: {
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-scope': scope,
      ...(scope === 'global' && { 'x-ratelimit-global': 'true' }),
    },
  };
}

function createWindow(perMs: number): { count(): number; add(): void } {
  let times: number[] = [];
  return {
    count() {
      const since = Date.now() - perMs;
      times = times.filter((at) => at > since);
      return times.length;
    },
    add: () => void times.push(Date.now()),
  };
}

/** The channel, guild or webhook in the path: each has its own count. */
function majorOf(call: Call): string {
  const [, top, first, second] = call.path.split('/');
  if (top === 'webhooks') return `${first}/${second}`;
  return top === 'channels' || top === 'guilds' ? String(first) : 'global';
}

function bucketHash(rule: RouteLimit, call: Call): string {
  const name =
    rule.bucket ??
    `${rule.method ?? ''} ${rule.route.source} ${rule.method ? '' : call.method} ${call.route}`;
  return createHash('md5').update(name).digest('hex');
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}
