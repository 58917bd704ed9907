import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import type { RoomEvent } from '#test/real/matrix-user.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { Discord, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import {
  type DiscordStage,
  fleetFile,
  type MatrixStage,
  openDiscordStage,
  openMatrixStage,
} from './fleet.ts';

const WITHIN_MS = 30_000;
/** From the loss of Discord to the message in Matrix. */
const MOST_FAILOVER_MS = 15_000;

let synapse: RunningSynapse;
let matrix: MatrixStage;
let stage: DiscordStage;
let discord: Discord;
let tocsin: RunningTocsin;

beforeAll(async () => {
  synapse = await startSynapse();
  matrix = await openMatrixStage(synapse);
});
afterAll(async () => {
  await matrix?.[Symbol.asyncDispose]();
  await synapse?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  stage = await openDiscordStage();
  discord = stage.discord;
});
afterEach(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const start = async (): Promise<void> => {
  const env = { ...stage.env, ...matrix.env };
  tocsin = await startTocsin({ env, fleet: fleetFile({ discord: stage, matrix }) });
};

async function fire(alertname: string, severity: string, status = 'firing'): Promise<void> {
  const labels = { alertname, severity, seat: 'alright_DEV' };
  expect((await tocsin.ingress('alerts', { labels, status })).status).toBe(202);
}

/** Resolves once no delivery is on its way any more: what Discord took, the program knows of. */
const settled = (): Promise<unknown> =>
  vi.waitUntil(
    async () => {
      const { body } = await tocsin.api('deliveries');
      return (body as { state: string }[]).every(({ state }) => state !== 'queued' && state !== 'sending');
    },
    { timeout: WITHIN_MS, interval: 50 },
  );

const onDiscord = (word: string): StoredMessage[] =>
  [stage.rooms.notaries, stage.rooms.ops, ...Object.values(stage.handles)]
    .flatMap((id) => [...discord.messages(id), ...discord.directMessages(id)])
    .filter((message) => shownMessage(message).includes(word));

const isBots = (word: string) => (event: RoomEvent) =>
  event.sender === matrix.bot.userId && event.text.includes(word);
/** No edit, and no answer to a command. */
const isNew = (word: string) => (event: RoomEvent) => isBots(word)(event) && event.relation === undefined;

/** The bot's messages with the word that Bob has in Matrix. */
const onMatrix = (word: string): readonly RoomEvent[] => matrix.people.bob.timeline().filter(isNew(word));

test('Discord refuses connections: all goes on in Matrix, and nothing comes twice when it returns', async () => {
  await start();
  await stage.ready();
  await fire('Before', 'warning');
  const before = await discord.until(() => onDiscord('Before')[0], WITHIN_MS, 'the alert');
  await settled();
  expect(onMatrix('Before')).toEqual([]);

  await discord.refuse();
  const lostAt = Date.now();
  await fire('During', 'critical');
  await fire('Before', 'warning', 'resolved');
  const inRoom = await matrix.people.bob.until(
    (event) => event.roomId === matrix.rooms.ops && isNew('During')(event),
    WITHIN_MS,
  );
  const tookMs = inRoom.sentAtMs - lostAt;
  console.log(`in Matrix ${tookMs} ms after Discord was lost`);
  expect(tookMs).toBeLessThan(MOST_FAILOVER_MS);
  expect(inRoom.text).toContain('Over Matrix, because Discord is down');
  await matrix.people.bob.until((event) => !isRoom(event.roomId) && isNew('During')(event), WITHIN_MS);
  await matrix.people.alice.until((event) => !isRoom(event.roomId) && isNew('During')(event), WITHIN_MS);

  // Commands as well, and what is asked now goes to Matrix at once.
  await matrix.people.alice.send(matrix.rooms.ops, '!tocsin alerts');
  await matrix.people.alice.until((event) => isBots('1 alert fires')(event) && isBots('During')(event));
  const typed = await matrix.people.alice.send(matrix.rooms.ops, '!tocsin notice announce Outage Come over.');
  await matrix.people.alice.until(
    (event) => event.relation?.to === typed && event.text.includes('needs the role'),
  );
  await matrix.people.alice.react(inRoom.roomId, inRoom.eventId, '👍');
  await matrix.people.bob.until(
    (event) => event.relation?.to === inRoom.eventId && event.text.includes('Acknowledged: alice'),
    WITHIN_MS,
  );
  await fire('DuringToo', 'warning');
  const noted = await matrix.people.bob.until(isNew('DuringToo'), WITHIN_MS);
  expect(noted.text).toContain('Over Matrix, because Discord is down');

  await discord.restore();
  // Its end waited for Discord, where its beginning stands.
  const backAt = Date.now();
  const over = await discord.until(() => onDiscord('Resolved: Before')[0], WITHIN_MS, 'its end');
  console.log(`in Discord again ${Date.now() - backAt} ms after its return`);
  expect(over.id).toBe(before.id);
  await fire('After', 'critical');
  await discord.until(() => onDiscord('After').length === 3, WITHIN_MS, 'the alert, also by direct message');
  await fire('During', 'critical', 'resolved');
  await matrix.people.bob.until(
    (event) => event.relation?.to === inRoom.eventId && event.text.includes('Resolved'),
  );

  expect(onDiscord('During')).toEqual([]);
  expect(onDiscord('Before')).toHaveLength(1);
  expect([...onMatrix('Before'), ...onMatrix('After')]).toEqual([]);
  expect(onMatrix('During').filter(({ roomId }) => roomId === matrix.rooms.ops)).toHaveLength(1);
});

const isRoom = (roomId: string): boolean => Object.values(matrix.rooms).includes(roomId);

test('Discord is down at the start: Tocsin starts, says so, works in Matrix, and takes Discord up when it is there', async () => {
  await discord.refuse();
  await start();
  expect(tocsin.output()).toMatch(/Discord: not connected yet \(.*\); goes on trying/);
  expect(tocsin.output()).toContain('Matrix: connected');
  await fire('Dark', 'critical');
  const dark = await matrix.people.bob.until(isNew('Dark'), WITHIN_MS);
  expect(dark.text).toContain('Over Matrix, because Discord is down');
  await discord.restore();
  await stage.ready();
  await fire('Light', 'warning');
  await discord.until(() => onDiscord('Light')[0], WITHIN_MS, 'the alert');
  expect(onDiscord('Dark')).toEqual([]);
});

test('what Discord took without an answer stands once on each platform, and its end shows on both', async () => {
  await start();
  await stage.ready();
  const lost = discord.faults.add({ match: { method: 'POST', route: /\/messages$/ }, kind: 'drop-after' });
  await fire('Unsure', 'warning');
  await lost.hit();
  await discord.refuse();
  discord.faults.clear();
  const message = await matrix.people.bob.until(isNew('Unsure'), WITHIN_MS);
  await discord.restore();
  const metrics = async (): Promise<unknown> => (await tocsin.request('/metrics')).body;
  await expect.poll(metrics, { timeout: WITHIN_MS }).toContain('tocsin_platform_up{platform="discord"} 1');
  await fire('Unsure', 'warning');
  await fire('Next', 'warning');
  await discord.until(() => onDiscord('Next')[0], WITHIN_MS, 'the next alert');
  await fire('Unsure', 'warning', 'resolved');
  await matrix.people.bob.until(
    (event) => event.relation?.to === message.eventId && event.text.includes('Resolved'),
    WITHIN_MS,
  );
  await discord.until(() => onDiscord('Resolved: Unsure')[0], WITHIN_MS, 'its end');
  await settled();
  expect(onDiscord('Unsure')).toHaveLength(1);
  expect(onMatrix('Unsure')).toHaveLength(1);
});
