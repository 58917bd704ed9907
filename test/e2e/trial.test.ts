import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { type Page, type RunningChromium, startChromium } from '#test/real/chromium.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

const STORY_MS = 60_000;

let tocsin: RunningTocsin;
let chromium: RunningChromium;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [tocsin, chromium] = await Promise.all([startTocsin(), startChromium()]);
  page = await openPage();
}, 120_000);

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  await shot('failed');
  console.error(tocsin.output().slice(-5_000));
});

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]();
  await tocsin?.[Symbol.asyncDispose]();
});

async function openPage(...how: Parameters<RunningChromium['page']>): Promise<Page> {
  const opened = await chromium.page(...how);
  opened.setDefaultTimeout(STORY_MS);
  complaints = [];
  opened.on('pageerror', (error) => complaints.push(error.message));
  opened.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  return opened;
}

async function be(as: string, place: string, on = page): Promise<void> {
  await on.goto(`${tocsin.url}/?${new URLSearchParams({ as, in: place }).toString()}`);
  await on.waitForSelector('body[data-live]');
}

const shot = (name: string): Promise<string> => chromium.screenshot(page, `trial-${name}`);
const done = (chapter: string) => page.waitForSelector(`#step-${chapter}.done`);
const press = (name: string | RegExp) => page.locator('#posts').getByRole('button', { name }).last().click();
const say = async (line: string): Promise<void> => {
  await page.fill('#line', line);
  await page.keyboard.press('Enter');
};
const message = (words: RegExp) => page.locator('#posts .message').filter({ hasText: words });

test(
  'the two minutes: break, bell, acknowledge, request, a second person approves, resolved; then a mandatory notice',
  async () => {
    await be('alice', 'room:ops');
    expect(await page.locator('.top').innerText()).toContain('TRIAL – simulated daemons');
    await shot('01-begin');

    // Break it: the bell rings by itself.
    await page
      .locator('#guide')
      .getByRole('button', { name: /Stop alright-dev-main/u })
      .click();
    await done('break');
    await done('alert');
    const alert = message(/DaemonDown/u);
    await alert.first().waitFor();
    expect(await alert.innerText()).toMatch(/CRITICAL[^]*alright-dev-main/u);
    await shot('02-alert');

    // The same, as a direct message to the seat's operators.
    await be('bob', 'direct:bob');
    await message(/DaemonDown/u)
      .first()
      .waitFor();
    await shot('03-direct');

    await be('alice', 'room:ops');
    await press(/Acknowledge/u);
    await done('acknowledge');
    await message(/DaemonDown[^]*Acknowledged\s+alice/u).waitFor();
    await shot('04-acknowledged');

    await press(/Request restart-chain/u);
    await done('request');
    await message(/restart-chain of KMD on alright-dev-main: waits for approval/u)
      .first()
      .waitFor();
    await shot('05-requested');

    // Not by the one who asked.
    await press(/^\W*Approve$/u);
    await message(/Not done/u).waitFor();
    expect(await page.locator('#step-approve').getAttribute('class')).not.toContain('done');

    await be('bob', 'room:ops');
    await press(/^\W*Approve$/u);
    await done('approve');
    await message(/restart-chain of KMD on alright-dev-main: done and verified/u)
      .first()
      .waitFor();
    await message(/Resolved: DaemonDown/u).waitFor();
    await done('resolve');
    await page.getByRole('button', { name: /message above has changed/u }).click();
    // Edited, not repeated.
    expect(
      await message(/DaemonDown/u)
        .filter({ hasText: /Since/u })
        .count(),
    ).toBe(1);
    await page.locator('#daemons .daemon').first().filter({ hasText: 'well' }).waitFor();
    await shot('06-resolved');

    await be('carol', 'room:notaries');
    await page.locator('#guide').getByRole('button', { name: 'Send it' }).click();
    await done('announce');
    await shot('07-drafted');

    await be('dave', 'room:ops');
    await press(/Send it/u);
    await done('confirm');
    await be('alice', 'direct:alice');
    await message(/MANDATORY: Komodo/u)
      .first()
      .waitFor();
    await shot('08-notice');

    await press(/on it/u);
    await done('answer');
    await be('frank', 'direct:frank');
    await press(/Done/u);
    await be('carol', 'room:notaries');
    await say('notice status');
    const roll = message(/alright_DEV[^]*harbor_AR/u).last();
    await roll.waitFor();
    expect(await roll.innerText()).toMatch(/on-it alice[^]*done frank[^]*missing/u);
    const picture = roll.getByRole('img', { name: /4 of 6 seats have answered/u });
    expect(
      await picture.evaluate((image) => (image as unknown as { readonly naturalWidth: number }).naturalWidth),
    ).toBe(1200);
    await shot('09-roll-call');

    // Said is not done: frank's daemons run what they ran; alice's is updated, and nobody says anything.
    await page
      .locator('#guide')
      .getByRole('button', { name: /Update alright-dev-main/u })
      .click();
    await done('prove');
    await page.locator('#guide').getByRole('link', { name: 'Every seat' }).click();
    const seats = page.locator('table.seats');
    await seats.locator('tr', { hasText: 'alright_DEV' }).getByText('proven').first().waitFor();
    await seats.locator('tr', { hasText: 'harbor_AR' }).getByText('said done, runs').waitFor();
    await shot('09-every-seat');
    expect(complaints).toEqual([]);
  },
  3 * STORY_MS,
);

test('typed commands: suggestions, an answer, a private answer', async () => {
  await be('erin', 'room:ops');
  await page.fill('#line', 'heal');
  await page.locator('#suggestions').getByRole('button', { name: 'health', exact: true }).click();
  await page.locator('#suggestions').getByRole('button', { name: 'health harbor-ar-main' }).click();
  await page.keyboard.press('Enter');
  await message(/harbor-ar-main[^]*KMD[^]*LTC/u)
    .last()
    .waitFor();
  await shot('10-health');
  await say('remedy run restart-chain harbor-ar-main KMD');
  await message(/needs the role notary/u).waitFor();
});

test('drained UTXOs are split again, by the real remedy', async () => {
  await be('frank', 'room:ops');
  const daemon = page.locator('.daemon').filter({ hasText: 'harbor-ar-main KMD' });
  await daemon.locator('summary').click();
  await daemon.getByRole('button', { name: 'Drain UTXOs' }).click();
  await message(/NotaryUtxosLow/u)
    .last()
    .waitFor();
  await press(/Request split/u);
  await message(/split of KMD on harbor-ar-main: waits for approval/u)
    .first()
    .waitFor();
  await be('carol', 'room:ops');
  await press(/^\W*Approve$/u);
  await message(/split of KMD on harbor-ar-main: done and verified/u)
    .first()
    .waitFor();
  await message(/Resolved: NotaryUtxosLow/u).waitFor();
  await shot('11-split');
});

test('what was said is there after Tocsin was killed, and an open page comes back by itself', async () => {
  await be('alice', 'room:ops');
  await message(/Resolved: NotaryUtxosLow/u).waitFor();
  await tocsin.kill('SIGKILL');
  await page.locator('#connection:not([hidden])').waitFor();
  await tocsin.restart();
  await page.locator('#connection[hidden]').waitFor({ state: 'attached' });
  await say('alerts');
  await page
    .locator('#posts .line .typed')
    .filter({ hasText: /^alerts$/u })
    .waitFor();
  await be('alice', 'room:ops');
  await message(/Resolved: NotaryUtxosLow/u).waitFor();
});

test('on a phone, in the dark, nothing is wider than the window', async () => {
  const phone = await openPage({ width: 360, height: 740 }, { dark: true });
  await be('alice', 'room:ops', phone);
  const [wide, window] = await phone.evaluate<readonly [number, number]>(
    '[document.documentElement.scrollWidth, innerWidth]',
  );
  expect(wide).toBeLessThanOrEqual(window);
  const paper = await phone.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  expect(paper).toBe('rgb(19, 20, 24)');
  await chromium.screenshot(phone, 'trial-12-phone');
  expect(complaints).toEqual([]);
});
