import { expect, test } from 'vitest';

import { runbookRoutes } from '#src/http/dashboard/runbook-routes.ts';
import { parseRunbook } from '#src/runbooks/markdown.ts';
import { readRunbooks } from '#src/runbooks/pages.ts';
import { taking } from '#test/http/parts.ts';

const runbooks = new Map([
  ...readRunbooks(),
  ['Hostile', parseRunbook('# Hostile\n\n<script>x</script> [y](javascript:alert) [z](../z.md) [h](https://h.example)\n\n```\n<b>\n```')],
]); // prettier-ignore
const get = (path: string) => taking({ pages: [runbookRoutes(runbooks)] }).get(path, {});

test('an alert has its page, with links to others and what to type', async () => {
  const { statusCode, body, headers } = await get('/docs/alerts/DaemonSilent');
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toContain('text/html');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(body).toContain('<h2>DaemonSilent</h2>');
  expect(body).toContain('href="/docs/alerts/WalletLarge"');
  expect(body).toContain('time CLI getblockchaininfo');
});

test('the index leads to every page', async () => {
  const { body } = await get('/docs/alerts');
  for (const name of readRunbooks().keys())
    if (name !== 'README') expect(body).toContain(`href="/docs/alerts/${name}"`);
});

test('what a page says is text: no markup of its own, no link but to the web and to other pages', async () => {
  const { body } = await get('/docs/alerts/Hostile');
  expect(body).not.toMatch(/<script>x|<b>|javascript:|z\.md/);
  expect(body).toContain('&lt;script&gt;x');
  expect(body).toContain('href="https://h.example/"');
});

test.each(['Nothing', '..%2f..%2fpackage.json', '__proto__', '%3Cscript%3E'])('no page: %s', async (name) => {
  const { statusCode, body } = await get(`/docs/alerts/${name}`);
  expect(statusCode).toBe(404);
  expect(body).not.toContain('<script>');
});
