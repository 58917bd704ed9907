import { describe, expect, test } from 'vitest';

import { redisPlaceOf } from '#src/config/redis-url.ts';
import { redisName } from '#src/domain/redis.ts';

const none = { username: undefined, password: undefined };

test.each([
  [
    'redis://localhost',
    { kind: 'single', host: 'localhost', port: 6379, tls: false, db: 0, ...none },
    'localhost:6379',
  ],
  [
    'rediss://u:p%40ss@r.example.org:6380/3',
    { kind: 'single', host: 'r.example.org', port: 6380, tls: true, db: 3, username: 'u', password: 'p@ss' },
    'r.example.org:6380',
  ],
  [
    'redis://:pass@[::1]:7000',
    { kind: 'single', host: '::1', port: 7000, tls: false, db: 0, username: undefined, password: 'pass' },
    '[::1]:7000',
  ],
  ['/run/r.sock', { kind: 'socket', path: '/run/r.sock', db: 0, ...none }, '/run/r.sock'],
  ['unix:/run/r.sock?db=2', { kind: 'socket', path: '/run/r.sock', db: 2, ...none }, '/run/r.sock'],
  [
    'redis+unix:///run/r.sock?username=u&password=p',
    { kind: 'socket', path: '/run/r.sock', db: 0, username: 'u', password: 'p' },
    '/run/r.sock',
  ],
  [
    'redis+sentinel://u:p@s1,s2:26380/mymaster/1?sentinelPassword=sp',
    {
      kind: 'sentinel',
      tls: false,
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
      ],
      name: 'mymaster',
      db: 1,
      username: 'u',
      password: 'p',
      sentinelLogin: { username: undefined, password: 'sp' },
    },
    'mymaster by Sentinel at s1:26379, s2:26380',
  ],
  [
    'rediss+cluster://:p@c1,[::1]:7001',
    {
      kind: 'cluster',
      tls: true,
      nodes: [
        { host: 'c1', port: 6379 },
        { host: '::1', port: 7001 },
      ],
      username: undefined,
      password: 'p',
    },
    'cluster at c1:6379, [::1]:7001',
  ],
])('%s', (url, place, name) => {
  expect(redisPlaceOf(url)).toEqual(place);
  expect(redisName(redisPlaceOf(url))).toBe(name);
});

describe('refused, and the password is not told', () => {
  test.each([
    ['http://u:geheim@host', /^must be one of redis:/],
    ['localhost:6379', /^must be one of redis:/],
    ['redis://u:geheim@host:port', /^must be one of redis:/],
    ['redis://u:geheim@', /^must be one of redis:/],
    ['redis://u:geheim@host/one', /^has a database that is not a number/],
    ['redis://u:geheim%zz@host', /^has a % that is not followed/],
    ['redis://u:geheim@host?tls=1', /^has something after \?/],
    ['unix:r.sock?password=geheim', /^must name the socket by its whole path/],
    ['unix:/r.sock?passwort=geheim', /^has options that are not known: passwort$/],
    ['redis+sentinel://u:geheim@s1', /^must be redis\+sentinel:/],
    ['redis+sentinel://u:geheim@s1,,s2/m', /^has a host that is none/],
    ['redis+sentinel://u:geheim@s1:x/m', /^has a host that is none/],
    ['redis+cluster://u:geheim@c1/1', /^names a database/],
  ])('%s', (url, words) => {
    expect(() => redisPlaceOf(url)).toThrow(words);
    expect(() => redisPlaceOf(url)).not.toThrow('geheim');
  });
});
