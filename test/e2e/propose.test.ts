import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { Alert } from '#src/domain/alert.ts';
import type { Request } from '#src/domain/remedy.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningLitecoind, startLitecoind } from '#test/real/litecoind.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { type DiscordStage, fleetFile, nodeOf, openDiscordStage, type PersonName } from './fleet.ts';

const WITHIN_MS = 60_000;
const OWN = 'alright-dev-main';
const OTHER = 'harbor-ar-main';

let own: RunningLitecoind;
let other: RunningLitecoind;
let stage: DiscordStage;
let tocsin: RunningTocsin;

beforeAll(async () => {
  [own, other, stage] = await Promise.all([startLitecoind(), startLitecoind(), openDiscordStage()]);
  await other.connectTo(own);
  await other.mine(110);
  await own.syncedWith(other);
  const nodes = [nodeOf(OWN, 'alright_DEV', own), nodeOf(OTHER, 'harbor_AR', other)];
  const propose = { 'restart-chain': { alerts: ['DaemonDown'], coolDown: '1h' } };
  const fleet = { ...fleetFile({ discord: stage, nodes, patrol: '1s' }), remedies: { propose } };
  tocsin = await startTocsin({ env: stage.env, fleet });
  await stage.ready();
  await vi.waitUntil(isPatrolled, { timeout: WITHIN_MS, interval: 50 });
});

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  // What Tocsin started is nobody's child: it ends when it is told so.
  if (own) await end(own);
  await stage?.[Symbol.asyncDispose]();
  await Promise.all([own?.[Symbol.asyncDispose](), other?.[Symbol.asyncDispose]()]);
});

const answers = ({ rpc }: RunningLitecoind): Promise<boolean> =>
  rpc('uptime').then(
    () => true,
    () => false,
  );
async function end(daemon: RunningLitecoind): Promise<void> {
  await daemon.rpc('stop').catch(() => undefined);
  await vi.waitUntil(async () => !(await answers(daemon)), { timeout: WITHIN_MS, interval: 50 });
}

const listed = async <T>(what: string): Promise<readonly T[]> => (await tocsin.api(what)).body as T[];
const isPatrolled = async (): Promise<boolean> =>
  (await listed<{ state: string }>('nodes')).every(({ state }) => state === 'up' || state === 'degraded');
const requestsOf = async (node: string): Promise<readonly Request[]> =>
  (await listed<Request>('remedies')).filter((request) => request.node === node);

const until = <T>(look: () => T | undefined, what: string): Promise<T> =>
  stage.discord.until(look, WITHIN_MS, what);
const messageOf = (room: 'notaries' | 'ops', ...words: readonly string[]): Promise<StoredMessage> =>
  until(
    () =>
      stage.discord
        .messages(stage.rooms[room])
        .filter(({ interactionId }) => interactionId === undefined)
        .findLast((message) => words.every((word) => shownMessage(message).includes(word))),
    words.join(', '),
  );
async function pressed(by: PersonName, { id }: StoredMessage, label: string): Promise<string> {
  const press = await stage.discord.as(stage.handles[by]).press(id, label);
  return shownMessage(await press.replied(WITHIN_MS));
}
const firing = async (node: string): Promise<Alert | undefined> =>
  (await listed<Alert>('alerts')).find(
    ({ status, labels }) =>
      status === 'firing' && labels['node'] === node && labels['alertname'] === 'DaemonDown',
  );

test('a daemon that is down is an alert, a proposal, an approved restart, and over; for an hour there is no second proposal', async () => {
  await end(own);
  const alert = await messageOf('ops', 'CRITICAL', 'DaemonDown', OWN);
  const card = await messageOf('notaries', 'waits for approval', `restart-chain of LTC on ${OWN}`);
  for (const words of ['Asked by', 'tocsin', 'Proposed for', 'DaemonDown (alert', 'Seats able to sign'])
    expect(shownMessage(card)).toContain(words);
  const [request] = await requestsOf(OWN);
  expect(request).toMatchObject({ requestedBy: 'tocsin', state: 'requested', service: 'LTC' });

  // The alert's own button leads to the same request, whoever presses it.
  expect(await pressed('alice', alert, '🔧 Request restart-chain')).toContain(`request ${request?.id}`);
  expect(await pressed('carol', alert, '🔧 Request restart-chain')).toContain(`request ${request?.id}`);
  expect(await requestsOf(OWN)).toHaveLength(1);

  expect(await pressed('alice', card, '✅ Approve')).toContain('Approved');
  await messageOf('notaries', `request ${request?.id}`, 'done and verified', 'it was down');
  expect(await answers(own)).toBe(true);
  await messageOf('ops', 'Resolved', 'DaemonDown', OWN);

  await end(own);
  await vi.waitUntil(() => firing(OWN), { timeout: WITHIN_MS, interval: 50 });
  // A start ends with a sweep: it has seen the alert, and what another process proposed.
  expect(await tocsin.kill()).toMatchObject({ signal: 'SIGKILL' });
  await tocsin.restart();
  await stage.ready();
  expect(await firing(OWN)).toBeDefined();
  expect(await requestsOf(OWN)).toMatchObject([{ id: request?.id, state: 'succeeded' }]);
});

test('a proposal is taken back when the daemon is back before anybody approved', async () => {
  await other.stop();
  const card = await messageOf('notaries', 'waits for approval', `restart-chain of LTC on ${OTHER}`);
  expect(shownMessage(card)).toContain('tocsin');
  await other.restart();
  const [request] = await requestsOf(OTHER);
  await messageOf(
    'notaries',
    `request ${request?.id}`,
    'cancelled',
    'the alert that it was proposed for is over',
  );
  expect(await requestsOf(OTHER)).toMatchObject([{ state: 'cancelled', approvedBy: [] }]);
});
