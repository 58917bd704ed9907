import type { RedisHost, RedisPlace } from '#src/domain/redis.ts';

/** The forms of REDIS_URL, as `.env.example` and the documentation show them. */
export const REDIS_FORMS = [
  'redis://[user:password@]host[:6379][/db]',
  'rediss://… (the same with TLS)',
  'unix:/path/to/redis.sock[?db=1]',
  'redis+sentinel://[user:password@]host[:26379],host[:26379]/name-of-the-master[/db]',
  'redis+cluster://[user:password@]host[:6379],host[:6379]',
] as const;

const MANY = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** Throws an Error whose words never hold the password. */
export function redisPlaceOf(url: string): RedisPlace {
  if (url.startsWith('/') || /^(redis\+)?unix:/.test(url)) return socketOf(url);
  const many = MANY.exec(url);
  if (many) return manyOf(many);
  const parsed = URL.parse(url);
  if (!parsed || !['redis:', 'rediss:'].includes(parsed.protocol) || !parsed.hostname) {
    throw new Error(`must be one of ${REDIS_FORMS.join(', ')}`);
  }
  if (parsed.search || parsed.hash)
    throw new Error('has something after ? or #, which redis: URLs do not take');
  return {
    kind: 'single',
    ...hostOf(parsed.host, 6379),
    tls: parsed.protocol === 'rediss:',
    db: dbOf(parsed.pathname.slice(1)),
    ...loginOf(parsed.username, parsed.password),
  };
}

function socketOf(url: string): RedisPlace {
  const [path = '', query = ''] = url.replace(/^(redis\+)?unix:(\/\/)?/, '').split('?', 2);
  if (!path.startsWith('/'))
    throw new Error('must name the socket by its whole path, as in unix:/run/redis.sock');
  const options = optionsOf(query, ['db', 'username', 'password']);
  return {
    kind: 'socket',
    path: decoded(path),
    db: dbOf(options['db'] ?? ''),
    username: options['username'],
    password: options['password'],
  };
}

function manyOf([, s, kind, login = '', hosts = '', path = '', query = '']: RegExpExecArray): RedisPlace {
  const [username = '', ...rest] = login.split(':');
  const common = { tls: s === 's', ...loginOf(username, rest.join(':')) };
  const list = (port: number): readonly RedisHost[] => hosts.split(',').map((host) => hostOf(host, port));
  if (kind === 'cluster') {
    if (path) throw new Error('names a database, but a cluster has only one');
    optionsOf(query, []);
    return { kind: 'cluster', nodes: list(6379), ...common };
  }
  const [name = '', db = '', ...more] = path.split('/');
  if (!name || more.length > 0) throw new Error(`must be ${REDIS_FORMS[3]}`);
  const options = optionsOf(query, ['sentinelUsername', 'sentinelPassword']);
  return {
    kind: 'sentinel',
    sentinels: list(26_379),
    name: decoded(name),
    db: dbOf(db),
    ...common,
    sentinelLogin: { username: options['sentinelUsername'], password: options['sentinelPassword'] },
  };
}

function hostOf(text: string, port: number): RedisHost {
  const parsed = URL.parse(`redis://${text}`);
  if (!text || !parsed?.hostname || parsed.pathname) throw new Error('has a host that is none');
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port ? Number(parsed.port) : port,
  };
}

const loginOf = (username: string, password: string): Pick<RedisPlace, 'username' | 'password'> => ({
  username: username ? decoded(username) : undefined,
  password: password ? decoded(password) : undefined,
});

function dbOf(text: string): number {
  if (!/^\d{0,4}$/.test(text)) throw new Error('has a database that is not a number');
  return Number(text);
}

function optionsOf(query: string, known: readonly string[]): Readonly<Record<string, string | undefined>> {
  const options = Object.fromEntries(new URLSearchParams(query));
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`has options that are not known: ${unknown.join(', ')}`);
  return options;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a % that is not followed by two hex digits: write it as %25');
  }
}
