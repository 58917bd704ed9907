import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { freePort } from '#test/real/port.ts';
import { startRedis } from '#test/real/redis.ts';
import { NotStarted } from '#test/real/service.ts';
import { type RunningTocsin, startTocsin, type TocsinOptions } from '#test/real/tocsin.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';

const WITHIN_MS = 15_000;

let stage: DiscordStage;

beforeAll(async () => {
  stage = await openDiscordStage();
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Starts what cannot start; resolves with all it wrote. Whoever reads that sees words, no stack, no secret. */
async function refused({ env = {}, ...rest }: TocsinOptions, hasFleet = true): Promise<string> {
  using folder = temporaryFolder('refused');
  const all = { ...stage.env, DATA_DIR: folder.path, ...env };
  const fleet = hasFleet && { fleet: fleetFile({ discord: stage }) };
  const failure: unknown = await startTocsin({ ...fleet, ...rest, env: all }).then(
    async (started) => started[Symbol.asyncDispose](),
    (error: unknown) => error,
  );
  if (!(failure instanceof NotStarted))
    throw new Error(`it started, or: ${String(failure)}`, { cause: failure });
  const { exit, output } = failure;
  expect(exit).toEqual({ code: 1, signal: null });
  expect(output).not.toMatch(/^ +at /m);
  expect(output).not.toContain(stage.discord.token);
  expect(existsSync(join(folder.path, 'redis', 'r.sock'))).toBe(false);
  return output;
}

const BROKEN = `network: test-season
rooms:
  - { id: notaries, discord: 123456789012345678 }
routes:
  - { match: { severity: urgent }, rooms: [op] }
teams:
  - id: alright
    operators:
      - { id: alice, role: boss }
    seats: [ { id: alright_DEV } ]
nodes:
  - id: alright-dev-main
    seat: alright_DEF
    access: { kind: local }
    servces: []
`;

test('a fleet file with faults: all of them, each with its line', async () => {
  const output = await refused({ fleet: BROKEN });
  for (const words of [
    /^ +fleet\.yaml:3 rooms\[0\]\.discord: a Discord id must be in quotes/m,
    /^ +fleet\.yaml:5 routes\[0\]\.match\.severity: must be one of critical, warning, info/m,
    /^ +fleet\.yaml:5 routes\[0\]\.rooms\[0\]: there is no room "op"/m,
    /^ +fleet\.yaml:9 teams\[0\]\.operators\[0\]\.role: must be one of observer, notary, coordinator/m,
    /^ +fleet\.yaml:13 nodes\[0\]\.seat: there is no seat "alright_DEF" \(did you mean "alright_DEV"\?\)/m,
    /^ +fleet\.yaml:15 .*there is no key "servces" here/m,
  ])
    expect(output).toMatch(words);
});

test('no fleet file, and one that is no YAML', async () => {
  expect(await refused({}, false)).toContain('is not there: copy fleet.example.yaml');
  expect(await refused({ fleet: 'network: [' })).toMatch(/fleet\.yaml:\d+/);
});

test('variables that are not there, or not right: all at once, by name', async () => {
  const output = await refused({
    env: {
      DISCORD_TOKN: 'hush-one',
      HTTP_PORT: '80800',
      LOG_LEVEL: 'loud',
      MATRIX_ACCESS_TOKEN: 'hush-two',
      REDIS_URL: 'http://:hush-three@127.0.0.1',
      INGRESS_TOKEN: undefined,
      INGRESS_TOKEN_FILE: '/nowhere/token',
    },
  });
  expect(output).toMatch(/^The configuration has 6 faults:$/m);
  expect(output).not.toContain('hush');
  for (const words of [
    /DISCORD_TOKN: there is no such variable.*DISCORD_TOKEN/,
    /HTTP_PORT: must be a port/,
    /LOG_LEVEL: must be one of/,
    /MATRIX_HOMESERVER_URL: is needed too/,
    /REDIS_URL: must be one of/,
    /INGRESS_TOKEN_FILE: cannot be read .*\/nowhere\/token/,
  ])
    expect(output).toMatch(words);
});

test('a variable in .env that is not there', async () => {
  using cwd = temporaryFolder('cwd');
  writeFileSync(join(cwd.path, '.env'), 'REDIS_UR=redis://127.0.0.1\n');
  const output = await refused({ cwd: cwd.path });
  expect(output).toContain('REDIS_UR: there is no such variable (did you mean "REDIS_URL"?)');
});

test('a port that another program has', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const output = await refused({ env: { HTTP_PORT: `${port}` } });
  other.close();
  expect(output).toContain(
    `Cannot listen on 127.0.0.1 port ${port}: another program has it: set HTTP_PORT to a free one.`,
  );
});

test('a Redis that refuses', async () => {
  const port = await freePort();
  const output = await refused({ env: { REDIS_URL: `redis://:hidden-word@127.0.0.1:${port}` } });
  expect(output).toMatch(/^Redis at .* cannot be used: .*ECONNREFUSED.*\. Check REDIS_URL\.$/m);
  expect(output).not.toContain('hidden-word');
  // One message: the tries behind it are not told besides.
  expect(output.trim().split('\n')).toHaveLength(1);
});

test('a Redis that would drop jobs', async () => {
  await using redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  expect(await refused({ env: { REDIS_URL: redis.url } })).toContain(
    'its maxmemory-policy is allkeys-lru: it must be noeviction, or it drops jobs. Check REDIS_URL.',
  );
});

test('a Discord token that is refused: it goes on without Discord, and says so', async () => {
  const env = { ...stage.env, DISCORD_TOKEN: 'wrong.stand-in.token' };
  await using tocsin = await startTocsin({ env, fleet: fleetFile({ discord: stage }) });
  expect(tocsin.output()).toMatch(
    /^Discord: not connected yet \(.*token is refused: check DISCORD_TOKEN.*\)/m,
  );
  expect(tocsin.output()).not.toContain('wrong.stand-in.token');
  const answer = await tocsin.ingress('alerts', { labels: { alertname: 'Kept' } });
  expect(answer.status).toBe(202);
  expect(await tocsin.stop()).toMatchObject({ code: 0 });
});

test('a fleet file that breaks while Tocsin runs: the running fleet stays, and room ops hears of every fault', async () => {
  const { discord, rooms, handles } = stage;
  await using tocsin: RunningTocsin = await startTocsin({
    env: stage.env,
    fleet: fleetFile({ discord: stage }),
  });
  await stage.ready();
  const told = (...words: readonly string[]) =>
    discord
      .messages(rooms.ops)
      .filter((message) => words.every((word) => shownMessage(message).includes(word)));
  tocsin.writeFleet(BROKEN);
  await discord.until(
    () =>
      told(
        'The fleet file has faults; the running fleet stays',
        'fleet.yaml:3',
        'fleet.yaml:9',
        'fleet.yaml:13',
      )[0],
    WITHIN_MS,
    'the faults in ops',
  );
  const fleet = async (): Promise<string> =>
    shownMessage(await (await discord.as(handles.alice).slash('/fleet')).replied());
  expect(await fleet()).toMatch(/: 2 seats$/m);

  const good = fleetFile({ discord: stage });
  tocsin.writeFleet({ ...good, teams: good.teams.filter(({ id }) => id !== 'harbor') });
  await expect.poll(fleet, { timeout: WITHIN_MS }).toMatch(/: 1 seat$/m);
  expect(told('The fleet file has faults')).toHaveLength(1);
});
