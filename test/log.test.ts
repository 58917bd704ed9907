import { Writable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { createLogger, forPerson } from '#src/log.ts';

function logged(secrets: Iterable<string> = [], level: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ level, secrets, stream });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

test('a line: level and time in words, the message, the facts', () => {
  const { logger, last } = logged();
  logger.info({ nodes: 3, of: { seats: 2 } }, 'fleet taken in');
  expect(last()).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    nodes: 3,
    of: { seats: 2 },
    msg: 'fleet taken in',
  });
});

test('the level is kept to', () => {
  const { logger, lines } = logged();
  logger.debug('no');
  expect(lines).toEqual([]);
});

describe('what a secret’s key holds is hidden', () => {
  const hidden = {
    token: 'hunter2',
    Password: 'hunter2',
    rpcpassword: 'hunter2',
    clientSecret: 'hunter2',
    Authorization: 'Bearer hunter2',
    passphrase: 'hunter2',
    apiKey: 'hunter2',
    'set-cookie': ['hunter2'],
    argv: ['-rpcpassword=hunter2'],
  };
  const nest = (depth: number): object =>
    depth === 0 ? { ...hidden, kept: 'here' } : { [`l${depth}`]: nest(depth - 1) };

  test.each([0, 1, 2, 3, 4, 5])('%i levels down', (depth) => {
    const { logger, lines } = logged();
    logger.info(nest(depth), 'x');
    expect(lines.join()).not.toContain('hunter2');
    expect(lines.join()).toContain('"kept":"here"');
  });

  test.each([
    ['in a list', (logger: ReturnType<typeof createLogger>) => logger.info({ list: [{ a: [hidden] }] }, 'x')],
    ['in a Map', (logger) => logger.info({ map: new Map([['k', hidden]]) }, 'x')],
    ['deeper than is logged', (logger) => logger.info(nest(20), 'x')],
    ['of a child', (logger) => logger.child(hidden).info('x')],
    [
      'of a child’s child, deep',
      (logger) =>
        logger
          .child({ a: 1 })
          .child({ deep: nest(2) })
          .info('x'),
    ],
    [
      'on an error, as an SDK hangs it there',
      (logger) =>
        logger.error(
          { err: Object.assign(new Error('e'), { config: { headers: hidden, auth: hidden } }) },
          'x',
        ),
    ],
    ['on an error alone', (logger) => logger.error(Object.assign(new Error('e'), { request: hidden }))],
    ['on the cause of an error', (logger) => logger.error({ err: new Error('e', { cause: hidden }) }, 'x')],
    ['in bytes', (logger) => logger.info({ body: Buffer.from('hunter2') }, 'x')],
  ] satisfies [string, (logger: ReturnType<typeof createLogger>) => void][])('%s', (_name, log) => {
    const { logger, lines } = logged();
    log(logger);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('hunter2');
  });
});

describe('a known secret is hidden wherever it stands', () => {
  const secret = 'syt_"quoted"\\secret\nvalue';
  test.each([
    ['the message', (logger: ReturnType<typeof createLogger>) => logger.info(`said ${secret}`)],
    ['a fact', (logger) => logger.info({ why: `failed: ${secret}!` }, 'x')],
    ['a key', (logger) => logger.info({ [secret]: 1 }, 'x')],
    [
      'an error’s message, stack and cause',
      (logger) => logger.error({ err: new Error(secret, { cause: new Error(secret) }) }, 'x'),
    ],
  ] satisfies [string, (logger: ReturnType<typeof createLogger>) => void][])('in %s', (_name, log) => {
    const { logger, lines } = logged([secret]);
    log(logger);
    expect(lines[0]).not.toContain('syt_');
    expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
  });

  test('also one that became known later', () => {
    const secrets = new Set<string>();
    const { logger, lines } = logged(secrets);
    secrets.add('later-secret');
    logger.info('it is later-secret');
    expect(lines[0]).not.toContain('later-secret');
  });

  test('a login in an address', () => {
    const { logger, lines } = logged();
    logger.error({ err: new Error('connect redis://user:hunter2@host:6379/1') }, 'x');
    expect(lines[0]).not.toContain('hunter2');
    expect(lines[0]).toContain('redis://[hidden]@host:6379/1');
  });
});

test('of an error stays what is needed to find it', () => {
  const { logger, last } = logged();
  logger.error(
    {
      err: new OutsideError('redis', 'timeout', 'too slow', {
        cause: Object.assign(new Error('inner'), { code: 'ETIMEDOUT' }),
      }),
    },
    'x',
  );
  expect(last()['err']).toMatchObject({
    type: 'OutsideError',
    message: 'too slow',
    system: 'redis',
    reason: 'timeout',
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'inner', code: 'ETIMEDOUT' },
  });
});

test('things that hold themselves, big numbers, dates', () => {
  const { logger, last } = logged();
  const round: Record<string, unknown> = { sats: 10n ** 20n, at: new Date(0) };
  round['self'] = round;
  logger.info(round, 'x');
  expect(JSON.stringify(last())).toContain('1970-01-01T00:00:00.000Z');
});

const line = (level: string) =>
  `{"level":"${level}","time":"2026-01-01T12:34:56Z","err":{"message":"m","stack":"s"},"msg":"x"}`;

describe('at a terminal', () => {
  test('a short line', () => {
    expect(
      forPerson('{"level":"info","time":"2026-01-01T12:34:56.789Z","nodes":3,"file":"a b","msg":"taken in"}'),
    ).toBe('12:34:56 info  taken in nodes=3 file=a b\n');
  });

  test('a failure with its words; the stack only where a person must look', () => {
    expect(forPerson(line('warn'))).toBe('12:34:56 warn  x m\n');
    expect(forPerson(line('error'))).toBe('12:34:56 error x s\n');
  });

  test('what is none of ours', () => {
    expect(forPerson('hello\n')).toBe('hello\n');
  });
});
