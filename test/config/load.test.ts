import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { ConfigError } from '#src/config/error.ts';
import { type Config, loadConfig } from '#src/config/load.ts';
import { SECRETS } from '#src/config/schema.ts';
import { temporaryFolder } from '#test/real/folder.ts';

const TOKENS = { INGRESS_TOKEN: 'ingress-token', API_TOKEN: 'api-token' };

function folder(files: Readonly<Record<string, string>> = {}): string {
  const { path, [Symbol.dispose]: dispose } = temporaryFolder('config');
  onTestFinished(() => dispose());
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

const load = (env: Record<string, string>, files: Record<string, string> = {}): Config =>
  loadConfig({ ...TOKENS, ...env }, folder(files));

function faultsOf(env: Record<string, string>, files: Record<string, string> = {}): readonly string[] {
  try {
    load(env, files);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('it was taken');
}

describe('what is meant', () => {
  test('nothing set: the defaults, and the trial', () => {
    const cwd = folder();
    expect(loadConfig(TOKENS, cwd)).toMatchObject({
      discord: undefined,
      matrix: undefined,
      trial: true,
      prefix: '!tocsin',
      redis: undefined,
      dataDir: join(cwd, 'var'),
      fleetFile: join(cwd, 'fleet.yaml'),
      http: { host: '127.0.0.1', port: 8080, publicUrl: undefined },
      roles: new Set(['gateway', 'worker', 'web']),
      logLevel: 'info',
      unused: [],
    });
  });

  test.each([
    { DISCORD_TOKEN: 'abc' },
    { MATRIX_HOMESERVER_URL: 'https://m.example.org/', MATRIX_ACCESS_TOKEN: 'syt_x' },
  ])('something to chat with: no trial (%o)', (env) => {
    const config = load(env);
    expect(config.trial).toBe(false);
    expect([config.discord?.token, config.matrix?.homeserverUrl]).toContain(
      Object.values(env)[0]?.replace(/\/$/, ''),
    );
  });

  test('roles, a port of one’s choice, a page elsewhere', () => {
    const config = load({
      ROLES: 'web, worker',
      HTTP_PORT: '0',
      HTTP_HOST: '::',
      PUBLIC_URL: 'https://t.example.org/',
    });
    expect(config.roles).toEqual(new Set(['web', 'worker']));
    expect(config.http).toEqual({ host: '::', port: 0, publicUrl: 'https://t.example.org' });
  });

  const PERSONAL = {
    SMTP_URL: 'smtp://tocsin:hunter2@mail.example.org',
    MAIL_FROM: 'Tocsin <tocsin@example.org>',
    TELEGRAM_TOKEN: '424242:abc-def',
  };

  test('mail and Telegram beside a chat', () => {
    const config = load({ ...PERSONAL, DISCORD_TOKEN: 'abc' });
    expect(config).toMatchObject({
      trial: false,
      unused: [],
      email: {
        server: { host: 'mail.example.org', port: 587, login: { user: 'tocsin', password: 'hunter2' } },
        from: 'Tocsin <tocsin@example.org>',
      },
      telegram: { token: '424242:abc-def', apiUrl: 'https://api.telegram.org' },
    });
    expect([...config.secrets]).toEqual(expect.arrayContaining(['hunter2', '424242:abc-def']));
  });

  test('mail and Telegram alone open the trial, in which they do nothing: that is told', () => {
    expect(load(PERSONAL)).toMatchObject({ trial: true, unused: ['SMTP_URL', 'TELEGRAM_TOKEN'] });
  });

  test('a mail server without a sender is a fault', () => {
    expect(() => load({ SMTP_URL: 'smtp://mail.example.org' })).toThrow(/MAIL_FROM: is needed too/u);
  });

  test('other programs’ variables are let be', () => {
    const env = {
      HTTP_PROXY: 'http://proxy:3128',
      REDIS_HOST: 'redis',
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      TOCSIN_PORT: 'tcp://10.0.0.2:8080',
      TOCSIN_SERVICE_HOST: '10.0.0.2',
      TOCSIN_SERVICE_PORT_HTTP: '8080',
      API_URL: 'x',
      PATH: '/bin',
      ROLE: 'admin',
    };
    expect(load(env).trial).toBe(true);
  });
});

describe('where it comes from', () => {
  test('the environment wins over .env, also as a file, also when it is empty', () => {
    const dotenv = { '.env': 'MATRIX_PREFIX=!dot\nDISCORD_TOKEN=dot\nLOG_LEVEL=debug\n', level: ' warn \n' };
    const config = load({ MATRIX_PREFIX: '!env', DISCORD_TOKEN: '', LOG_LEVEL_FILE: 'level' }, dotenv);
    expect(config).toMatchObject({ prefix: '!env', discord: undefined, logLevel: 'warn' });
  });

  test('.env is read, with files beside it, quotes and comments', () => {
    const config = load(
      {},
      { '.env': '# no\nDISCORD_TOKEN_FILE=./token\nMATRIX_PREFIX="!x"', token: 'abc\n' },
    );
    expect(config).toMatchObject({ prefix: '!x', discord: { token: 'abc' } });
  });

  test('FLEET_FILE is a variable of its own, and can itself be a file', () => {
    const cwd = folder({ where: '/etc/fleet.yaml\n' });
    expect(loadConfig({ ...TOKENS, FLEET_FILE_FILE: 'where' }, cwd).fleetFile).toBe('/etc/fleet.yaml');
  });
});

describe('what is refused', () => {
  test.each([
    [{ HTTP_PORT: 'http' }, 'HTTP_PORT: must be a port, 0 to 65535 (0 = any free one), not "http"'],
    [{ HTTP_PORT: '70000' }, 'HTTP_PORT: must be a port, 0 to 65535 (0 = any free one), not "70000"'],
    [{ HTTP_PORT: '80.5' }, 'HTTP_PORT: must be a port, 0 to 65535 (0 = any free one), not "80.5"'],
    [
      { HTTP_HOST: 'http://x:1' },
      'HTTP_HOST: must be an address or a host name without a port, like 127.0.0.1, not "http://x:1"',
    ],
    [
      { HTTP_HOST: '127.0.0.300' },
      'HTTP_HOST: must be an address or a host name without a port, like 127.0.0.1, not "127.0.0.300"',
    ],
    [{ PUBLIC_URL: 'tocsin.example.org' }, 'PUBLIC_URL: must be a web address, like https://example.org'],
    [
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent, not "loud"',
    ],
    [
      { ROLES: 'gateway,workr' },
      'ROLES: there is no role "workr" (did you mean "worker"?); there are gateway, worker, web',
    ],
    [{ ROLES: ',' }, 'ROLES: must name at least one of gateway, worker, web'],
    [{ MATRIX_ACCESS_TOKEN: 'x' }, 'MATRIX_HOMESERVER_URL: is needed too, since MATRIX_ACCESS_TOKEN is set'],
    [{ DISCORD_TOKN: 'x' }, 'DISCORD_TOKN: there is no such variable (did you mean "DISCORD_TOKEN"?)'],
    [
      { DISCORD_TOKN_FILE: 'x' },
      'DISCORD_TOKN_FILE: there is no such variable (did you mean "DISCORD_TOKEN_FILE"?)',
    ],
    [{ REDIS_URI: 'x' }, 'REDIS_URI: there is no such variable (did you mean "REDIS_URL"?)'],
    [{ HTTP_PROT: '80' }, 'HTTP_PROT: there is no such variable (did you mean "HTTP_PORT"?)'],
    [{ TOCSIN_COLOUR: 'x' }, 'TOCSIN_COLOUR: there is no such variable'],
    [{ API_TOKEN: 'two words' }, 'API_TOKEN: must be one word of plain ASCII characters'],
    [
      { API_TOKEN_FILE: '/x' },
      'API_TOKEN: given twice, as API_TOKEN and as API_TOKEN_FILE: keep one of them',
    ],
    [{ DISCORD_TOKEN_FILE: 'empty' }, 'DISCORD_TOKEN_FILE: empty is empty'],
    [
      { DISCORD_TOKEN_FILE: 'nowhere' },
      expect.stringMatching(/^DISCORD_TOKEN_FILE: cannot be read \(ENOENT/),
    ],
  ])('%o', (env, fault) => {
    expect(faultsOf(env, { empty: ' \n' })).toEqual([fault]);
  });

  test('a slip in .env that the environment may hold for others', () => {
    expect(faultsOf({}, { '.env': 'ROLE=web' })).toEqual([
      'ROLE: there is no such variable (did you mean "ROLES"?)',
    ]);
  });

  test('everything at once, and none of it shows a secret', () => {
    const env = {
      HTTP_PORT: 'x',
      LOG_LEVEL: 'y',
      MATRIX_HOMESERVER_URL: 'not-an-address',
      DISCORD_TOKN: 'misspelt-secret',
      REDIS_URL: 'redis://user:redis-secret@host:port',
      ...Object.fromEntries(SECRETS.map((name) => [name, `hidden secret of ${name} ü`])),
    };
    const faults = faultsOf(env);
    for (const name of [
      'HTTP_PORT',
      'LOG_LEVEL',
      'MATRIX_HOMESERVER_URL',
      'DISCORD_TOKN',
      'REDIS_URL',
      'INGRESS_TOKEN',
    ]) {
      expect(faults).toContainEqual(expect.stringMatching(`^${name}: `));
    }
    expect(new ConfigError(faults).message).not.toMatch(/hidden secret|misspelt-secret|redis-secret/);
  });

  test('a .env that is a folder', () => {
    const cwd = folder();
    mkdirSync(join(cwd, '.env'));
    expect(() => loadConfig(TOKENS, cwd)).toThrow(/\.env: cannot be read/);
  });
});

describe('the ingress token', () => {
  test('unset: made, kept for its user only, the same at the next start, and the API’s too', () => {
    const cwd = folder();
    const first = loadConfig({}, cwd);
    expect(first.ingressToken).toMatch(/^[\w-]{43}$/);
    expect(first.apiToken).toBe(first.ingressToken);
    expect(first.ingressTokenFile).toBe(join(cwd, 'var', 'ingress-token'));
    expect(statSync(first.ingressTokenFile ?? '').mode & 0o777).toBe(0o600);
    expect(readFileSync(first.ingressTokenFile ?? '', 'utf8').trim()).toBe(first.ingressToken);
    expect(loadConfig({}, cwd).ingressToken).toBe(first.ingressToken);
  });

  test('an empty file left behind is filled', () => {
    const cwd = folder();
    mkdirSync(join(cwd, 'var'));
    writeFileSync(join(cwd, 'var', 'ingress-token'), '');
    expect(loadConfig({}, cwd).ingressToken).toMatch(/^[\w-]{43}$/);
  });

  test('set: not kept anywhere, and the API’s too when that is unset', () => {
    const cwd = folder();
    expect(loadConfig({ INGRESS_TOKEN: 'mine' }, cwd)).toMatchObject({
      ingressToken: 'mine',
      apiToken: 'mine',
      ingressTokenFile: undefined,
    });
    expect(() => statSync(join(cwd, 'var'))).toThrow('ENOENT');
  });

  test('nowhere to keep it: said, with what to do', () => {
    expect(() => loadConfig({ DATA_DIR: 'file' }, folder({ file: '' }))).toThrow(
      /DATA_DIR: an ingress token cannot be kept there .*set INGRESS_TOKEN/,
    );
  });
});

describe('secrets', () => {
  test('are known to the log: tokens, the password of Redis, what the fleet file takes', () => {
    const config = load({
      REDIS_URL: 'redis://:redis%20pass@host',
      KMD_PASSWORD: 'kmd-pass',
      DISCORD_TOKEN: 'd-token',
    });
    expect(config.secrets).toEqual(new Set(['ingress-token', 'api-token', 'redis pass', 'd-token']));
    expect(config.lookup('KMD_PASSWORD')).toBe('kmd-pass');
    expect(config.secrets).toContain('kmd-pass');
  });

  test('of the fleet come from NAME_FILE and .env too; Tocsin’s own are not given out', () => {
    const config = load({ A_FILE: 'a' }, { a: 'from file\n', '.env': 'B=from dotenv' });
    expect([config.lookup('A'), config.lookup('B'), config.lookup('C')]).toEqual([
      'from file',
      'from dotenv',
      undefined,
    ]);
    expect(() => config.lookup('INGRESS_TOKEN')).toThrow('INGRESS_TOKEN is Tocsin’s own'.replace('’', "'"));
  });

  test('a fleet’s secret whose file is missing is said', () => {
    expect(() => load({ A_FILE: 'nowhere' }).lookup('A')).toThrow(/^A_FILE: cannot be read/);
  });
});
