import { expect, test } from 'vitest';

import { taking } from '#test/http/parts.ts';

test.each([
  ['nothing', undefined, {}],
  ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['no JSON', '{', { 'content-type': 'application/json' }],
])('a beat, with %s as its body', async (_name, body, headers) => {
  const { post, beats } = taking();
  expect((await post('/ingress/heartbeat/prometheus.eu-1', body, headers)).statusCode).toBe(202);
  expect(beats).toEqual(['prometheus.eu-1']);
});

test('a name that is none', async () => {
  const { post, beats } = taking();
  const answer = await post(`/ingress/heartbeat/${encodeURIComponent('a b:c')}`);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ faults: [{ path: 'name' }] });
  expect(beats).toEqual([]);
});

test('a beat is not turned away while there is much to do', async () => {
  const { post, beats } = taking({ ingress: { pressure: () => ({ retryAfterMs: 1_000 }) } });
  expect((await post('/ingress/heartbeat/a')).statusCode).toBe(202);
  expect(beats).toEqual(['a']);
});
