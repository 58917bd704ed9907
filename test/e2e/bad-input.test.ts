import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { freePort } from '#test/real/port.ts';
import { startRedis } from '#test/real/redis.ts';
import { NotStarted } from '#test/real/service.ts';
import { type RunningTocsin, startTocsin, type TocsinOptions } from '#test/real/tocsin.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';

const WITHIN_MS = 15_000;
const STOP_MS = 5_000;

/** What a start that fails wrote; fails when it does not, or not with code 1 and in words. */
async function refusalOf(options: TocsinOptions): Promise<string> {
  const failed: unknown = await startTocsin(options).then(
    async (tocsin) => {
      await tocsin[Symbol.asyncDispose]();
      return 'it started';
    },
    (error: unknown) => error,
  );
  if (!(failed instanceof NotStarted)) throw new Error('it did not fail as expected', { cause: failed });
  expect(failed.exit).toEqual({ code: 1, signal: null });
  expect(failed.output).not.toMatch(/^ +at /m);
  return failed.output;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const redisPidIn = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'redis', 'redis.pid'), 'utf8'));

const idOf = (answer: { body: unknown }): string => (answer.body as { accepted: string[] }).accepted[0] ?? '';

describe('a start that cannot succeed says why, once, and ends with code 1', () => {
  test('every fault of the environment at once, with its variable, and no secret', async () => {
    const output = await refusalOf({
      env: {
        DISCORD_TOKN: 'hush-hush',
        HTTP_PORT: '80800',
        LOG_LEVEL: 'loud',
        MATRIX_ACCESS_TOKEN: 'hush-too',
        REDIS_URL: 'http://:hush-three@127.0.0.1',
        INGRESS_TOKEN: undefined,
        INGRESS_TOKEN_FILE: '/nowhere/token',
      },
    });
    const lines = output.trim().split('\n');
    expect(lines[0]).toBe('The configuration has 6 faults:');
    expect(lines.slice(1).map((line) => /^ {2}(\w+): /.exec(line)?.[1])).toEqual(
      expect.arrayContaining([
        'DISCORD_TOKN',
        'HTTP_PORT',
        'LOG_LEVEL',
        'MATRIX_HOMESERVER_URL',
        'REDIS_URL',
        'INGRESS_TOKEN_FILE',
      ]),
    );
    expect(output).toContain('DISCORD_TOKN: there is no such variable (did you mean "DISCORD_TOKEN"?)');
    expect(output).toContain('HTTP_PORT: must be a port');
    expect(output).toMatch(/INGRESS_TOKEN_FILE: cannot be read .*\/nowhere\/token/);
    expect(output).not.toContain('hush');
  });

  test('an unknown variable in .env', async () => {
    using folder = temporaryFolder('cwd');
    writeFileSync(join(folder.path, '.env'), 'REDIS_UR=redis://127.0.0.1\n');
    expect(await refusalOf({ cwd: folder.path })).toContain('REDIS_UR: there is no such variable');
  });

  test('a fleet file with faults: each with its line; no fleet file: what to do', async () => {
    const env = { DISCORD_TOKEN: 'made.up.token', DISCORD_API_URL: 'http://127.0.0.1:9/api' };
    const fleet = [
      'network: test',
      'rooms:',
      '  - { id: ops, discord: 12 }',
      'routes:',
      '  - { rooms: [nowhere] }',
      'teams:',
      '  - id: red',
      '    operators: [{ id: anna, role: king }]',
      '    seats: [{ id: red_EU }]',
      'nodes:',
      '  - { id: n1, seat: red_US, access: { kind: local }, services: [] }',
      '  - { id: n1, seat: red_EU, access: { kind: local }, servces: [] }',
    ].join('\n');
    const output = await refusalOf({ env, fleet });
    for (const line of [3, 5, 8, 11, 12]) expect(output).toContain(`fleet.yaml:${line} `);
    expect(output).toContain('nowhere');
    expect(output).toContain('red_US');
    expect(output).toContain('servces');

    const [broken, missing] = await Promise.all([
      refusalOf({ env, fleet: 'network: test\nrooms: [\n  - {' }),
      refusalOf({ env }),
    ]);
    expect(broken).toMatch(/fleet\.yaml:\d/);
    expect(missing).toMatch(/fleet\.yaml: is not there: copy fleet\.example\.yaml/);
  });

  test('Redis refuses, or would drop jobs', async () => {
    const port = await freePort();
    const REDIS_URL = `redis://user:hush-hush@127.0.0.1:${port}`;
    await using redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const [refused, dropping] = await Promise.all([
      refusalOf({ env: { REDIS_URL } }),
      refusalOf({ env: { REDIS_URL: redis.url } }),
    ]);
    expect(refused).toContain(`Redis at 127.0.0.1:${port} cannot be used`);
    expect(refused).toContain('ECONNREFUSED');
    expect(refused).toContain('Check REDIS_URL.');
    expect(refused).not.toContain('hush');
    expect(dropping).toContain('it must be noeviction');
  });

  test('a taken port; the private Redis it had started is ended', async () => {
    const held = createServer().listen(0, '127.0.0.1');
    await once(held, 'listening');
    const { port } = held.address() as { port: number };
    using folder = temporaryFolder('data');
    const env = { HTTP_PORT: `${port}`, DATA_DIR: folder.path };
    expect(await refusalOf({ env })).toMatch(new RegExp(`${port}.*HTTP_PORT|HTTP_PORT.*${port}`));
    const pidFile = join(folder.path, 'redis', 'redis.pid');
    expect(existsSync(pidFile) && isAlive(redisPidIn(folder.path))).toBe(false);
    held.close();
  });
});

describe('what can go on goes on', () => {
  let stage: DiscordStage;

  beforeAll(async () => {
    stage = await openDiscordStage();
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  test('a wrong Discord token: it starts, says so, and never shows the token', async () => {
    const token = `${stage.discord.token}-wrong`;
    const env = { ...stage.env, DISCORD_TOKEN: token };
    await using tocsin = await startTocsin({ env, fleet: fleetFile({ discord: stage }) });
    expect(tocsin.output()).toMatch(/^Discord: not connected yet \(.*DISCORD_TOKEN.*\); goes on trying$/m);
    expect(await tocsin.request('/readyz')).toMatchObject({ status: 200 });
    expect(await tocsin.ingress('alerts', { labels: { alertname: 'Kept' } })).toMatchObject({ status: 202 });
    expect(tocsin.output()).not.toContain(token);
  });

  test('a fleet file that goes bad: the running fleet serves on, the faults are told once in room ops', async () => {
    const { discord, rooms } = stage;
    const good = fleetFile({ discord: stage });
    await using tocsin = await startTocsin({ env: stage.env, fleet: good });
    await stage.ready();
    const inOps = (words: string) =>
      discord.messages(rooms.ops).filter((message) => shownMessage(message).includes(words));
    const until = (words: string) => discord.until(() => inOps(words)[0], WITHIN_MS, words);
    const critical = (name: string) =>
      tocsin.ingress('alerts', { labels: { alertname: name, severity: 'critical' } });

    const bad = stringify(good).replace('role: notary', 'role: king').replace('id: LTC', 'idd: LTC');
    const [king, idd] = ['role: king', 'idd: LTC'].map(
      (words) => bad.slice(0, bad.indexOf(words)).split('\n').length,
    );
    tocsin.writeFleet(bad);
    const told = shownMessage(await until('The fleet file has faults; the running fleet stays'));
    expect(told).toContain(`fleet.yaml:${king} `);
    expect(told).toContain(`fleet.yaml:${idd} `);
    tocsin.writeFleet(bad);
    await critical('WhileBad');
    await until('WhileBad');

    tocsin.writeFleet({ ...good, routes: [{ rooms: ['ops'] }] });
    await expect.poll(() => tocsin.output(), { timeout: WITHIN_MS }).toContain('fleet taken in');
    await tocsin.ingress('alerts', { labels: { alertname: 'AfterRepair', severity: 'info' } });
    await until('AfterRepair');
    expect(inOps('The fleet file has faults')).toHaveLength(1);
  });
});

describe('ends', () => {
  test('SIGINT ends it within 5 s, and its Redis with it; the alerts are there at the next start', async () => {
    await using tocsin = await startTocsin();
    const redis = redisPidIn(tocsin.dataDir);
    const id = idOf(await tocsin.ingress('alerts', { labels: { alertname: 'Kept' } }));
    await expect.poll(() => tocsin.api('alerts'), { timeout: WITHIN_MS }).toMatchObject({ body: [{ id }] });
    const began = performance.now();
    expect(await tocsin.kill('SIGINT')).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(isAlive(redis)).toBe(false);
    await tocsin.restart();
    expect(tocsin.output()).not.toContain('taken over');
    expect(await tocsin.api('alerts')).toMatchObject({ body: [{ id }] });
  });

  test('SIGKILL leaves its Redis running; the next start takes it over with the alerts in it', async () => {
    await using tocsin = await startTocsin();
    const redis = redisPidIn(tocsin.dataDir);
    const id = idOf(await tocsin.ingress('alerts', { labels: { alertname: 'Kept' } }));
    await expect.poll(() => tocsin.api('alerts'), { timeout: WITHIN_MS }).toMatchObject({ body: [{ id }] });
    const last = idOf(await tocsin.ingress('alerts', { labels: { alertname: 'JustTaken' } }));
    await tocsin.kill('SIGKILL');
    expect(isAlive(redis)).toBe(true);
    await tocsin.restart();
    expect(tocsin.output()).toContain('Redis: private redis-server, taken over from the last run');
    expect(redisPidIn(tocsin.dataDir)).toBe(redis);
    const known = async () => ((await tocsin.api('alerts')).body as { id: string }[]).map((row) => row.id);
    expect(await known()).toContain(id);
    // What a killed process was working on is taken up again when its lock has run out.
    await expect.poll(known, { timeout: 2 * WITHIN_MS }).toContain(last);
    expect(await tocsin.stop()).toMatchObject({ code: 0 });
    expect(isAlive(redis)).toBe(false);
  });
});
