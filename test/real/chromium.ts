import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, chromium } from 'playwright-core';
import { root } from './root.ts';

export type { Page } from 'playwright-core';

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

export interface RunningChromium extends AsyncDisposable {
  /** A page that shares no cookies with any other; `dark` is what the page's style sheet is told. */
  page(viewport?: Viewport, options?: { readonly dark?: boolean }): Promise<Page>;
  /** Writes the whole page to test/.run/screenshots; answers the file. */
  screenshot(page: Page, name: string): Promise<string>;
}

const folder = join(root, 'test', '.run', 'screenshots');
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Debian's Chromium without a window, in a profile of its own that is removed at the end. */
export async function startChromium(): Promise<RunningChromium> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
    timeout: 60_000,
  });
  return {
    async page(viewport = { width: 1280, height: 800 }, { dark = false } = {}) {
      const context = await browser.newContext({ viewport, colorScheme: dark ? 'dark' : 'light' });
      context.setDefaultTimeout(15_000);
      return context.newPage();
    },
    async screenshot(page, name) {
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path, fullPage: true, animations: 'disabled' });
      return path;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
