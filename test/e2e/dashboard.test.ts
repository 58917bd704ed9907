import { afterAll, beforeAll, expect, test } from 'vitest';

import { type RunningChromium, startChromium } from '#test/real/chromium.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type StandInDaemon, startDaemon } from '#test/stand-ins/daemon/daemon.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage } from './fleet.ts';

let daemon: StandInDaemon;
let stage: DiscordStage;
let tocsin: RunningTocsin;
let chromium: RunningChromium;

beforeAll(async () => {
  [daemon, stage, chromium] = await Promise.all([
    startDaemon('litecoin'),
    openDiscordStage(),
    startChromium(),
  ]);
  const node = nodeOf('alright-dev-main', 'alright_DEV', { ...daemon, rpcUrl: daemon.url });
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage, nodes: [node] }) });
  await stage.ready();
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await chromium?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

const linkFor = async (): Promise<string> => {
  const asked = await stage.discord.as(stage.handles.carol).slash('/dashboard');
  const answer = await asked.replied();
  expect(asked.response?.ephemeral).toBe(true);
  const [link = ''] =
    /http:\/\/[^\s)"]+\/sign-in\?invitation=[\w%-]+/.exec(JSON.stringify(answer.embeds)) ?? [];
  return link;
};

test('nobody reads the page or the API without having signed in', async () => {
  expect((await tocsin.request('/')).status).toBe(401);
  expect((await tocsin.request('/api/alerts')).status).toBe(401);
  expect((await tocsin.request('/api/audit', { headers: { cookie: 'tocsin_session=guess' } })).status).toBe(
    401,
  );
});

test('a link from the bot signs its operator in, once', async () => {
  const posted = await tocsin.ingress('alerts', {
    labels: { alertname: 'PageAlert', severity: 'warning', seat: 'alright_DEV' },
    annotations: { summary: '<b>not bold</b> @everyone' },
  });
  expect(posted.status).toBe(202);
  const link = await linkFor();
  const page = await chromium.page();
  await page.goto(link);
  await page.getByRole('button').first().click();
  await page.getByText('PageAlert').first().waitFor();
  expect(await page.locator('b', { hasText: 'not bold' }).count()).toBe(0);
  await chromium.screenshot(page, 'dashboard-desktop');

  const other = await chromium.page({ width: 360, height: 740 }, { dark: true });
  await other.goto(link);
  await other.getByRole('button').first().click();
  await other.getByText('used already').waitFor();
  await other.goto(await linkFor());
  await other.getByRole('button').first().click();
  await other.getByText('PageAlert').first().waitFor();
  await chromium.screenshot(other, 'dashboard-phone');
  const overflow = await other.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
  const api = await page.evaluate(`fetch('/api/alerts').then((answer) => answer.status)`);
  expect(api).toBe(200);
});
