import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

const WITHIN = { timeout: 60_000, interval: 1_500 } as const;

let tocsin: RunningTocsin;
beforeAll(async () => {
  tocsin = await startTocsin();
}, 120_000);
afterAll(() => tocsin?.[Symbol.asyncDispose]());

const figures = async (): Promise<string> => String((await tocsin.request('/metrics')).body);
const page = async (): Promise<string> => String((await tocsin.request('/?as=alice&in=room:ops')).body);

async function say(line: string): Promise<void> {
  const body = new URLSearchParams({ as: 'alice', in: 'room:ops', line });
  const headers = { origin: tocsin.url, 'sec-fetch-site': 'same-origin' };
  const { status } = await tocsin.request('/trial/say', { method: 'POST', headers, body });
  expect(status).toBeLessThan(400);
}

test('/metrics says what the patrol sees of every daemon', async () => {
  await vi.waitFor(async () => {
    const text = await figures();
    expect(text).toMatch(/^tocsin_service_state\{node="alright-dev-main",.*kind="utxo"\} \d$/m);
    expect(text).toMatch(/^tocsin_check_items\{node="alright-dev-main",.*check="peers"\} \d+$/m);
    expect(text).toMatch(/^tocsin_look_age_seconds\{.*\} \d/m);
  }, WITHIN);
});

test('what the patrol saw is drawn, and said in words', async () => {
  await vi.waitFor(async () => {
    await say('health alright-dev-main --since 1h');
    const html = await page();
    expect(html).toMatch(/<img\s+alt="[^"]*the last 1 h: [^"]*"\s+src="data:image\/png;base64,/);
    expect(html).toMatch(/<td>peers<\/td>|<td>\w+ peers<\/td>/);
  }, WITHIN);
});

test('longer than it is kept is refused with what to do', async () => {
  await say('health --since 30d');
  await vi.waitFor(async () => expect(await page()).toContain('Figures are kept for 7d'), WITHIN);
});
