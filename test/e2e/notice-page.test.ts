import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { html } from '#src/html.ts';
import { assetRoutes } from '#src/http/dashboard/assets.ts';
import { PAGE_HEADERS } from '#src/http/dashboard/headers.ts';
import { noticeRoutes } from '#src/http/dashboard/notice-routes.ts';
import { seasonRoll } from '#test/broadcast/roll-call.ts';
import { type RunningChromium, startChromium } from '#test/real/chromium.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

let app: FastifyInstance;
let chromium: RunningChromium;
let address: string;

beforeAll(async () => {
  app = fastify();
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(PAGE_HEADERS);
  });
  assetRoutes(app);
  noticeRoutes(app, {
    fleets: fixedFleets(),
    broadcast: { rollCall: async () => seasonRoll({ url: 'https://github.com/GLEECBTC/komodo-daemon' }) },
    viewer: async () => smallFleet.operator('carol'),
    stranger: () => html``,
  });
  [address, chromium] = await Promise.all([app.listen({ port: 0, host: '127.0.0.1' }), startChromium()]);
});

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await app?.close();
});

test.each([
  ['phone', { width: 360, height: 740 }, false],
  ['phone-dark', { width: 360, height: 740 }, true],
  ['desktop', { width: 1280, height: 800 }, false],
  ['desktop-dark', { width: 1280, height: 800 }, true],
] as const)('all 64 seats can be read on a %s', async (name, viewport, dark) => {
  const page = await chromium.page(viewport, { dark });
  await page.goto(`${address}/notices/n1b2c3d`);
  const seats = page.locator('table.seats tbody tr');
  expect(await seats.count()).toBe(64);
  expect(await seats.last().isVisible()).toBe(true);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
  await chromium.screenshot(page, `notice-${name}`);
});

test('a filter is one press away', async () => {
  const page = await chromium.page({ width: 360, height: 740 });
  await page.goto(`${address}/notices/n1b2c3d`);
  await page.getByRole('link', { name: 'missing' }).click();
  await page.getByRole('link', { name: 'EU', exact: true }).click();
  expect(await page.locator('table.seats tbody tr').count()).toBe(4);
  expect(new URL(page.url()).search).toBe('?show=missing&region=EU');
});
