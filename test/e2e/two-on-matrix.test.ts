import { afterAll, beforeAll, expect, test } from 'vitest';

import type { MatrixUser, RoomEvent } from '#test/real/matrix-user.ts';
import { type RunningRedis, startRedis } from '#test/real/redis.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

import { fleetFile, type MatrixStage, openMatrixStage } from './fleet.ts';

const WITHIN_MS = 30_000;
/** From the end of the leader to the answer of the standby. */
const TAKEOVER_MS = 15_000;

let redis: RunningRedis;
let synapse: RunningSynapse;
let stage: MatrixStage;
let leader: RunningTocsin;
let standby: RunningTocsin;
let alice: MatrixUser;
let bob: MatrixUser;
let dave: MatrixUser;

beforeAll(async () => {
  [redis, synapse] = await Promise.all([startRedis({ appendonly: true }), startSynapse()]);
  stage = await openMatrixStage(synapse);
  ({ alice, bob, dave } = stage.people);
  const shared = { INGRESS_TOKEN: 'i'.repeat(32), API_TOKEN: 'a'.repeat(32), REDIS_URL: redis.url };
  const start = (): Promise<RunningTocsin> =>
    startTocsin({ env: { ...stage.env, ...shared }, fleet: fleetFile({ matrix: stage }) });
  leader = await start();
  standby = await start();
});

afterAll(async () => {
  await Promise.all([leader?.[Symbol.asyncDispose](), standby?.[Symbol.asyncDispose]()]);
  await stage?.[Symbol.asyncDispose]();
  await Promise.all([synapse?.[Symbol.asyncDispose](), redis?.[Symbol.asyncDispose]()]);
});

const roleOf = async (tocsin: RunningTocsin): Promise<unknown> =>
  ((await tocsin.request('/readyz')).body as { gateway?: unknown }).gateway;
const isBots =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    event.sender === stage.bot.userId && words.every((word) => event.text.includes(word));
const isNew =
  (...words: readonly string[]) =>
  (event: RoomEvent): boolean =>
    isBots(...words)(event) && event.relation === undefined;
const isDirect = ({ roomId }: RoomEvent): boolean => !Object.values(stage.rooms).includes(roomId);
const isAnswerTo = (typed: string) => (event: RoomEvent) =>
  isBots()(event) && event.relation?.kind === 'm.thread' && event.relation.to === typed;
const seen = (who: MatrixUser, is: (event: RoomEvent) => boolean): readonly string[] => [
  ...new Set(
    who
      .timeline()
      .filter(is)
      .map(({ eventId }) => eventId),
  ),
];

/** Answered by one process: whatever a second one said would be there before the answer to the next command. */
async function ask(line: string): Promise<string> {
  const typed = await bob.send(stage.rooms.ops, `!tocsin ${line}`);
  await bob.until(isAnswerTo(typed), WITHIN_MS);
  return typed;
}

test('two whole processes: a notice is told once to each and confirmed once, a command is answered once', async () => {
  expect([await roleOf(leader), await roleOf(standby)]).toEqual(['leader', 'standby']);
  const draft = { subject: 'Komodo', version: '0.9.2', severity: 'mandatory', text: 'Komodo 0.9.2: update.' };
  // The standby takes it in; the leader hears who confirms it; either sends.
  expect((await standby.ingress('notices', draft)).status).toBe(202);
  const preview = await dave.until(isNew('Komodo 0.9.2', 'Would go to'), WITHIN_MS);
  await dave.react(preview.roomId, preview.eventId, '📣');
  const people = [alice, bob, stage.people.frank];
  for (const one of people) {
    await one.until((event) => isNew('Komodo 0.9.2')(event) && isDirect(event), WITHIN_MS);
  }
  const typed = await ask('alerts');
  await ask('fleet');
  expect(seen(bob, isAnswerTo(typed))).toHaveLength(1);
  for (const one of people) {
    const directs = one.timeline().filter((event) => isNew('Komodo 0.9.2')(event) && isDirect(event));
    expect(new Set(directs.map(({ eventId }) => eventId)).size).toBe(1);
    expect(
      new Set(
        one
          .timeline()
          .filter(isDirect)
          .map(({ roomId }) => roomId),
      ).size,
    ).toBe(1);
  }
  const inRoom = (event: RoomEvent): boolean => isNew('Komodo 0.9.2')(event) && !isDirect(event);
  expect(seen(bob, (event) => inRoom(event) && !event.text.includes('Would go to'))).toHaveLength(1);
});

test('the leader is killed: what is typed then is answered by the standby within 15 s, once; alerts go on, once', async () => {
  await leader.kill('SIGKILL');
  const killedAt = performance.now();
  const typed = await bob.send(stage.rooms.ops, '!tocsin alerts');
  await bob.until(isAnswerTo(typed), TAKEOVER_MS);
  const tookMs = performance.now() - killedAt;
  console.log(`the standby answered in Matrix ${Math.round(tookMs)} ms after the leader was killed`);
  expect(tookMs).toBeLessThan(TAKEOVER_MS);
  expect(await roleOf(standby)).toBe('leader');

  const labels = { alertname: 'AfterTheEnd', severity: 'critical', seat: 'alright_DEV' };
  expect((await standby.ingress('alerts', { labels })).status).toBe(202);
  for (const one of [alice, bob]) {
    await one.until((event) => isNew('AfterTheEnd')(event) && isDirect(event), WITHIN_MS);
  }
  await leader.restart();
  expect(await roleOf(leader)).toBe('standby');
  await ask('fleet');
  expect(seen(bob, isAnswerTo(typed))).toHaveLength(1);
  expect(seen(bob, (event) => isNew('AfterTheEnd')(event) && !isDirect(event))).toHaveLength(1);
  for (const one of [alice, bob]) {
    expect(seen(one, (event) => isNew('AfterTheEnd')(event) && isDirect(event))).toHaveLength(1);
  }
});
