import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { glanceOf } from '#src/domain/glance.ts';
import { html, markup } from '#src/html.ts';
import { assetRoutes } from '#src/http/dashboard/assets.ts';
import { fleetView } from '#src/http/dashboard/fleet-view.ts';
import { PAGE_HEADERS } from '#src/http/dashboard/headers.ts';
import { documentView } from '#src/http/dashboard/page-view.ts';
import { NOW, season } from '#test/health/season.ts';
import { type RunningChromium, startChromium } from '#test/real/chromium.ts';

let app: FastifyInstance;
let chromium: RunningChromium;
let address: string;

beforeAll(async () => {
  app = fastify();
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(PAGE_HEADERS);
  });
  assetRoutes(app);
  app.get<{ Params: { seats: string; services: string } }>('/:seats/:services', async ({ params }, reply) => {
    const { fleet, latest } = season({ seats: Number(params.seats), services: Number(params.services) });
    const glance = glanceOf(fleet, NOW, { seats: fleet.seats, targets: fleet.targets(), latest });
    const page = documentView(
      'Fleet',
      html`<main class="sheet">
        <section>
          <h2>Fleet</h2>
          ${fleetView(glance)}
        </section>
      </main>`,
    );
    return reply.type('text/html; charset=utf-8').send(markup(page));
  });
  [address, chromium] = await Promise.all([app.listen({ port: 0, host: '127.0.0.1' }), startChromium()]);
});

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await app?.close();
});

const PHONE = { width: 400, height: 800 };
const DESKTOP = { width: 1280, height: 900 };

test.each([
  ['phone', PHONE, false],
  ['phone-dark', PHONE, true],
  ['desktop', DESKTOP, false],
  ['desktop-dark', DESKTOP, true],
] as const)(
  '64 seats × 40 services on a %s: the page itself never scrolls sideways',
  async (name, viewport, dark) => {
    const page = await chromium.page(viewport, { dark });
    await page.goto(`${address}/64/40`);
    expect(await page.locator('table.fleet tbody tr:not(.region)').count()).toBe(64);
    expect(await page.locator('table.fleet td:not(.points)').count()).toBe(2_560);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await chromium.screenshot(page, `fleet-${name}`);
  },
);

test('on a phone the seats stay in sight while the services scroll by', async () => {
  const page = await chromium.page(PHONE);
  await page.goto(`${address}/64/40`);
  const seat = page.locator('tr:not(.region) th[scope=row]').first();
  const before = await seat.boundingBox();
  await page.evaluate('document.querySelector(".table").scrollLeft = 600');
  const after = await seat.boundingBox();
  expect(after).toEqual(before);
  expect(await page.locator('thead th').last().boundingBox()).toMatchObject({
    x: expect.any(Number) as number,
  });
  await page.screenshot({ path: 'test/.run/screenshots/fleet-phone-scrolled.png' });
});

test('8 seats × 2 services', async () => {
  const page = await chromium.page(PHONE);
  await page.goto(`${address}/8/2`);
  expect(await page.locator('table.fleet td.down').count()).toBe(1);
  await chromium.screenshot(page, 'fleet-small');
});
