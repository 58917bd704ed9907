import { createHmac } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { type RunningRedis, startRedis } from '#test/real/redis.ts';
import { root } from '#test/real/root.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { StoredMessage } from '#test/stand-ins/discord/discord.ts';
import { type GithubStandIn, openGithub, type Release } from '#test/stand-ins/github/github.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage } from './fleet.ts';

const REPOSITORY = 'GLEECBTC/komodo-daemon';
const SECRET = 'the-webhook-secret';
const WITHIN_MS = 20_000;
/** A source is looked at every minute, a tenth more or less. */
const NEXT_LOOK_MS = 75_000;
const recorded = (path: string): unknown =>
  JSON.parse(readFileSync(join(root, 'test/recorded', path), 'utf8'));
const [hotfix, older] = recorded('github/releases.json') as [Release, Release];

let redis: RunningRedis;
let stage: DiscordStage;
let github: GithubStandIn;
let running: RunningTocsin[];
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  [redis, stage, github] = await Promise.all([
    startRedis({ appendonly: true }),
    openDiscordStage(),
    openGithub(),
  ]);
  folder = temporaryFolder('manifest');
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
  await stage?.[Symbol.asyncDispose]();
  await github?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

const manifest = (): string => join(folder.path, 'daemon_versions.json');
function writeManifest(versions: object): void {
  writeFileSync(`${manifest()}.new`, JSON.stringify(versions));
  renameSync(`${manifest()}.new`, manifest());
}

async function start(): Promise<RunningTocsin> {
  const daemon = { rpcUrl: 'http://127.0.0.1:1', user: 'u', password: 'p' };
  const fleet = fleetFile({ discord: stage, nodes: [nodeOf('alright-dev-main', 'alright_DEV', daemon)] });
  const tocsin = await startTocsin({
    env: {
      ...stage.env,
      INGRESS_TOKEN: 'i'.repeat(32),
      API_TOKEN: 'a'.repeat(32),
      REDIS_URL: redis.url,
      GITHUB_API_URL: github.url,
      GITHUB_WEBHOOK_SECRET: SECRET,
    },
    fleet: {
      ...fleet,
      sources: [
        { github: REPOSITORY, coins: ['LTC'], every: '1m' },
        { manifest: manifest(), every: '10s' },
      ],
    },
  });
  running.push(tocsin);
  return tocsin;
}

interface NoticeRow {
  readonly subject: string;
  readonly state: string;
}
const noticesOf = async (tocsin: RunningTocsin): Promise<readonly NoticeRow[]> =>
  (await tocsin.api('notices')).body as readonly NoticeRow[];
const inOps = (words: string): readonly StoredMessage[] =>
  stage.discord.messages(stage.rooms.ops).filter((message) => shownMessage(message).includes(words));

test('a release and a list of versions become drafts, once: over a killed leader, and when a webhook tells of it as well', async () => {
  github.repository(REPOSITORY, 1, [older]);
  const versions = recorded('manifest/daemon_versions.json') as object;
  writeManifest(versions);
  const leader = await start();
  await stage.ready();
  await vi.waitFor(() => expect(github.asked).toHaveLength(2), { timeout: WITHIN_MS });
  const standby = await start();
  const others = github.asked.length;

  // The leader dies at the moment GitHub has answered it; the standby looks again.
  let killed: Promise<unknown> | undefined;
  github.publish(REPOSITORY, hotfix);
  writeManifest({ ...versions, LTC: '0.21.5', KMD: 'ffffff1' });
  github.fault((request) => {
    if (killed === undefined && request.url?.includes('/releases')) {
      killed = leader.kill('SIGKILL');
    }
    return false;
  });
  await vi.waitFor(() => expect(killed).toBeDefined(), { timeout: NEXT_LOOK_MS, interval: 200 });
  await killed;
  await stage.discord.until(() => inOps('v0.9.2-2')[0], NEXT_LOOK_MS + WITHIN_MS, 'the draft in room ops');
  expect(github.asked.length).toBeGreaterThan(others);

  const event = {
    action: 'published',
    release: { ...hotfix, html_url: `https://github.com/${REPOSITORY}/releases/tag/${hotfix.tag_name}` },
    repository: { id: 1, full_name: REPOSITORY },
  };
  const body = JSON.stringify(event);
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  const headers = { 'x-github-event': 'release', 'x-hub-signature-256': signature };
  expect((await standby.ingress('github', body, headers)).status).toBe(202);
  await leader.restart();
  await stage.discord.until(() => inOps('LTC: 0.21.5')[0], WITHIN_MS, 'the draft of the manifest');

  const drafted = (await noticesOf(standby)).map(({ subject, state }) => `${subject} ${state}`);
  expect(new Set(drafted)).toEqual(new Set([`${REPOSITORY} v0.9.2-2 draft`, 'LTC: 0.21.5 draft']));
  expect(drafted).toHaveLength(2);
  expect([inOps('v0.9.2-2').length, inOps('LTC: 0.21.5').length]).toEqual([1, 1]);
  const [shown] = inOps('v0.9.2-2').map(shownMessage);
  expect(shown).toContain('it says "mandatory"');
  expect(stage.discord.messages(stage.rooms.notaries)).toEqual([]);
}, 240_000);
