import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { pino } from 'pino';
import { describe, test } from 'vitest';

import { followStatusPage } from '#src/chat/discord/status-page.ts';

import { openWorld } from './open.ts';

const json = (body: unknown): RequestListener => {
  return (_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};
/** As https://discordstatus.com/api/v2/status.json answers. */
const summary = (indicator: string, description: string): RequestListener =>
  json({
    page: {
      id: 'srhpyqt94yxb',
      name: 'Discord',
      url: 'https://discordstatus.com',
      time_zone: 'America/Tijuana',
    },
    status: { indicator, description },
  });
const MAJOR = summary('critical', 'Major Service Outage');

interface Page {
  readonly url: string;
  asked(): number;
  show(next: RequestListener): void;
}

/** A page that ends with the test. */
async function openPage(
  answer: RequestListener,
  whenFinished: (end: () => Promise<void>) => void,
): Promise<Page> {
  let [asked, current] = [0, answer];
  const server = createServer((request, response) => {
    asked += 1;
    current(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/status.json`,
    asked: () => asked,
    show: (next) => (current = next),
  };
}

const EVERY_MS = 40;

describe.concurrent('the status page', () => {
  function follow(url: string, whenFinished: (end: () => Promise<void>) => void) {
    const ending = new AbortController();
    const log: string[] = [];
    whenFinished(async () => ending.abort());
    const logger = pino({ level: 'warn' }, { write: (line) => void log.push(line) });
    return {
      reported: followStatusPage({ url, ending: ending.signal, logger, everyMs: EVERY_MS }),
      log,
      ending,
    };
  }

  test.for([
    ['none', 'All Systems Operational', undefined],
    ['minor', 'Minor Service Outage', { words: 'Minor Service Outage', major: false }],
    ['major', 'Partial System Outage', { words: 'Partial System Outage', major: true }],
    ['critical', 'Major Service Outage', { words: 'Major Service Outage', major: true }],
    ['maintenance', 'Under Maintenance', { words: 'Under Maintenance', major: false }],
  ] as const)('%s: %s', async ([indicator, words, report], { expect, onTestFinished }) => {
    const page = await openPage(MAJOR, onTestFinished);
    const { reported } = follow(page.url, onTestFinished);
    await expect.poll(reported).toBeDefined();
    page.show(summary(indicator, words));
    await expect.poll(reported).toEqual(report);
  });

  const wrong: readonly (readonly [string, RequestListener])[] = [
    ['503', (_request, response) => response.writeHead(503).end('no')],
    ['no JSON', (_request, response) => response.end('<html>')],
    ['another shape', json({ status: 'critical' })],
    ['a flood', (_request, response) => response.end('x'.repeat(200_000))],
    ['no answer', () => undefined],
    ['a cut connection', (request) => request.destroy()],
  ];
  test.for(wrong)('%s says nothing, and is told of once', async ([, answer], { expect, onTestFinished }) => {
    const page = await openPage(answer, onTestFinished);
    const { reported, log, ending } = follow(page.url, onTestFinished);
    await expect.poll(() => page.asked() >= 3 || answer.length === 0).toBe(true);
    expect(reported()).toBeUndefined();
    expect(log.length).toBeLessThanOrEqual(1);
    ending.abort();
  });

  test('that cannot be read any more says nothing any more, whatever it said last', async ({
    expect,
    onTestFinished,
  }) => {
    const page = await openPage(MAJOR, onTestFinished);
    const { reported } = follow(page.url, onTestFinished);
    await expect.poll(() => reported()?.major).toBe(true);
    page.show((request) => request.destroy());
    await expect.poll(reported).toBeUndefined();
  });

  test('says its words on one line and not without end', async ({ expect, onTestFinished }) => {
    const page = await openPage(summary('major', `a\n\u202eb ${'x'.repeat(500)}`), onTestFinished);
    const { reported } = follow(page.url, onTestFinished);
    await expect.poll(reported).toBeDefined();
    expect(reported()?.words).toMatch(/^a b x+…$/u);
    expect(reported()?.words.length).toBeLessThanOrEqual(200);
  });

  test('is told by the platform that was given one, and does not make it count as down', async ({
    expect,
    onTestFinished,
  }) => {
    const page = await openPage(MAJOR, onTestFinished);
    const { platform } = await openWorld({}, { statusUrl: page.url }, onTestFinished);
    await expect.poll(() => platform.reported?.()?.words).toBe('Major Service Outage');
    expect(platform.condition()).toEqual({ up: true });
    const { platform: without } = await openWorld({}, {}, onTestFinished);
    expect(without.reported?.()).toBeUndefined();
  });
});
