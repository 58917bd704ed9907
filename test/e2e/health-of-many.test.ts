import { afterAll, beforeAll, expect, test } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import { type StandInDaemon, startDaemon } from '#test/stand-ins/daemon/daemon.ts';

import { type DiscordStage, fleetFile, openDiscordStage } from './fleet.ts';

const SERVICES = 40;
const HANGING = [3, 11, 26, 39];
/** Of a look: src/health/look-at.ts. */
const LIMIT_MS = 5_000;
const MORE_MS = 500;
/** https://docs.discord.com/developers/interactions/receiving-and-responding */
const FIRST_RESPONSE_MS = 3_000;
const NODE = 'alright-dev-main';

let stage: DiscordStage;
let daemons: readonly StandInDaemon[];
let tocsin: RunningTocsin;

beforeAll(async () => {
  [stage, daemons] = await Promise.all([
    openDiscordStage(),
    Promise.all(Array.from({ length: SERVICES }, () => startDaemon('litecoin'))),
  ]);
  for (const at of HANGING) daemons[at]?.fault('hang');
  const services = daemons.map(({ url, user, password }, at) => ({
    id: `S${at}`,
    kind: 'utxo',
    coin: 'LTC',
    rpc: { url, user, password },
  }));
  const nodes = [{ id: NODE, seat: 'alright_DEV', access: { kind: 'local' }, services }];
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage, nodes, patrol: '24h' }) });
  await stage.ready();
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await Promise.all([...(daemons ?? []), stage].map((one) => one?.[Symbol.asyncDispose]()));
});

async function asked() {
  const began = performance.now();
  const interaction = await stage.discord.as(stage.handles.alice).slash('/health', { what: NODE });
  await interaction.answered();
  const firstMs = performance.now() - began;
  const words = shownMessage(await interaction.replied(LIMIT_MS + 10_000));
  return { firstMs, tookMs: performance.now() - began, words };
}

test(`health of ${SERVICES} services, ${HANGING.length} of which hang, is whole in a look's time and half a second`, async () => {
  // The first one compiles, and searches the machine for the daemons' processes.
  await asked();
  const { firstMs, tookMs, words } = await asked();
  console.log(`first response ${Math.round(firstMs)} ms, whole answer ${Math.round(tookMs)} ms`);
  expect(firstMs).toBeLessThan(FIRST_RESPONSE_MS);
  expect(tookMs).toBeLessThan(LIMIT_MS + MORE_MS);
  for (const at of HANGING) expect(words).toContain(`S${at} `);
});
