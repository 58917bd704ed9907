import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { fleetOf } from '#src/domain/fleet.ts';
import type { Operator } from '#src/domain/operator.ts';
import type { RollCall } from '#src/domain/roll.ts';
import { html } from '#src/html.ts';
import { noticeRoutes } from '#src/http/dashboard/notice-routes.ts';
import { seasonRoll } from '#test/broadcast/roll-call.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

let app: FastifyInstance;
let roll: RollCall;
let viewer: Operator | undefined;

const seatsIn = (body: string): readonly string[] =>
  Array.from(body.matchAll(/<th scope="row">\s*(\S+)/g), ([, seat = '']) => seat);

beforeEach(() => {
  roll = seasonRoll();
  viewer = smallFleet.operator('alice');
  const [seat] = roll.entries;
  const { nodes } = smallFleet;
  const running = nodes.map((node) => ({ ...node, seat: seat!.seat }));
  const fleet = fleetOf({ ...smallFleet, nodes: running });
  app = fastify();
  noticeRoutes(app, {
    fleets: { current: () => fleet, onChange: () => undefined },
    broadcast: { rollCall: async (id) => (id === 'n1b2c3d' ? roll : undefined) },
    viewer: async () => viewer,
    stranger: () => html`stranger`,
  });
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ method: 'GET', url });

test('all 64 seats, and numbers that add up to them', async () => {
  const { body } = await get('/notices/n1b2c3d');
  expect(seatsIn(body).toSorted()).toEqual(roll.entries.map(({ seat }) => seat as string).toSorted());
  const legend = Array.from(
    /class="legend"[^]*?<\/ul>/.exec(body)?.[0].matchAll(/(\d+) [a-z]/g) ?? [],
    ([, count]) => Number(count),
  );
  expect(legend.reduce((sum, count) => sum + count, 0)).toBe(64);
  expect(body).toContain('said done, runs 0.8.2');
  expect(body).toContain('no build host until Monday');
});

test.each([
  ['show=missing', 16],
  ['show=contradicted', 4],
  ['show=missing&region=EU', 4],
  ['region=DEV', 8],
  ['coin=KMD', 1],
  ['coin=KMD&region=DEV', 0],
  ['show=nonsense&colour=red', 64],
])('%s leaves %i of 64; the links keep what else was chosen', async (query, count) => {
  const { statusCode, body } = await get(`/notices/n1b2c3d?${query}`);
  expect(statusCode).toBe(200);
  expect(seatsIn(body)).toHaveLength(count);
  expect(body).toContain(`${count} of 64 seats`);
});

test('a filter is changed one at a time', async () => {
  const { body } = await get('/notices/n1b2c3d?show=missing&region=EU');
  expect(body).toContain('href="/notices/n1b2c3d?show=missing&amp;region=NA"');
  expect(body).toContain('href="/notices/n1b2c3d?region=EU"');
  expect(body.match(/aria-current="true"/g)).toHaveLength(2);
});

test('the record is offered to whom the API gives it', async () => {
  expect((await get('/notices/n1b2c3d')).body).toContain('href="/api/notices/n1b2c3d.csv"');
  viewer = smallFleet.operator('erin');
  expect((await get('/notices/n1b2c3d')).body).not.toContain('/api/');
});

test('what people wrote is text', async () => {
  roll = seasonRoll({ subject: '<script>alert(1)</script>', url: 'javascript:alert(1)', reason: '<b>' });
  const { body } = await get('/notices/n1b2c3d?region=%22%3E%3Cscript%3E');
  expect(body).not.toMatch(/<script|<b>[^\d]|javascript:/);
});

test('once it is over, how long it took', async () => {
  expect((await get('/notices/n1b2c3d')).body).not.toContain('time to');
  roll = seasonRoll({ state: 'closed', endedAt: '2026-12-01T12:00:00Z' });
  const { body } = await get('/notices/n1b2c3d');
  expect(body.replaceAll(/<[^>]+>|\s+/g, ' ')).toMatch(
    /time to +50 % +90 % +100 % +reached +5 min +9 min +never/,
  );
});

test('a stranger is shown nothing; what is not there is 404', async () => {
  expect((await get('/notices/n9')).statusCode).toBe(404);
  viewer = undefined;
  const { statusCode, body } = await get('/notices/n1b2c3d');
  expect([statusCode, body]).toEqual([401, 'stranger']);
});
