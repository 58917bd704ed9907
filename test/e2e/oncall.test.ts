import { afterEach, beforeEach, expect, test } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { type RunningRedis, startRedis } from '#test/real/redis.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';

import { type DiscordStage, fleetFile, openDiscordStage, PEOPLE, type PersonName } from './fleet.ts';

const WITHIN_MS = 20_000;
/** Ten seconds by the route, and until the next sweep sees it. */
const STEP_MS = 45_000;

let redis: RunningRedis;
let stage: DiscordStage;
let tocsin: RunningTocsin;
beforeEach(async () => {
  [redis, stage] = await Promise.all([startRedis({ appendonly: true }), openDiscordStage()]);
});
afterEach(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

/** Who has how many direct messages about an alert. */
const told = (alertname: string): Readonly<Partial<Record<PersonName, number>>> =>
  Object.fromEntries(
    PEOPLE.map((name): [PersonName, number] => [
      name,
      stage.discord
        .directMessages(stage.handles[name])
        .filter((message) => shownMessage(message).includes(alertname)).length,
    ]).filter(([, count]) => count > 0),
  );
const until = (alertname: string, who: PersonName, withinMs: number): Promise<unknown> =>
  stage.discord.until(() => told(alertname)[who] === 1, withinMs, `${who} to be told of ${alertname}`);

async function fire(alertname: string): Promise<string> {
  const labels = { alertname, severity: 'critical', seat: 'alright_DEV' };
  const { status, body } = await tocsin.ingress('alerts', { labels });
  expect(status).toBe(202);
  return (body as { accepted: string[] }).accepted[0] ?? '';
}

test('who is on call is told first; what nobody acknowledges goes on, each told once, over a kill -9', async () => {
  const fleet = fleetFile({ discord: stage });
  const [critical, rest] = fleet.routes;
  tocsin = await startTocsin({
    env: { ...stage.env, REDIS_URL: redis.url },
    fleet: {
      ...fleet,
      routes: [{ ...critical, escalateAfter: '10s' }, rest],
      teams: fleet.teams.map((team) =>
        team.id === 'alright' ? { ...team, oncall: { order: ['bob', 'alice'] } } : team,
      ),
    },
  });
  await stage.ready();
  const bob = stage.discord.as(stage.handles.bob);

  const [, seen] = await Promise.all([fire('Ignored'), fire('Seen')]);
  await Promise.all([until('Ignored', 'bob', WITHIN_MS), until('Seen', 'bob', WITHIN_MS)]);
  expect(shownMessage(await (await bob.slash('/ack', { id: seen })).replied())).toContain(
    'You acknowledged it',
  );
  await tocsin.kill('SIGKILL');
  expect(told('Ignored')).toEqual({ bob: 1 });
  await tocsin.restart();

  await until('Ignored', 'alice', STEP_MS);
  expect(told('Ignored')).toEqual({ bob: 1, alice: 1 });
  await Promise.all([until('Ignored', 'carol', STEP_MS), until('Ignored', 'dave', STEP_MS)]);
  expect(told('Ignored')).toEqual({ bob: 1, alice: 1, carol: 1, dave: 1 });
  expect(told('Seen')).toEqual({ bob: 1 });

  await stage.ready();
  const answer = await bob.slash('/oncall set', { team: 'alright', person: 'alice', for: '1h' });
  expect(shownMessage(await answer.replied())).toContain('alice is called first for team alright until');
  await fire('Later');
  await until('Later', 'alice', WITHIN_MS);
  expect(told('Later')).toEqual({ alice: 1 });
}, 240_000);
