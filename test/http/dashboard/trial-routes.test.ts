import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { choiceId } from '#src/domain/console.ts';
import { type Choice, choices, fields, table, text } from '#src/domain/message.ts';
import type { OperatorId } from '#src/domain/operator.ts';

import { seasonRoll } from '#test/broadcast/roll-call.ts';

import { type OpenPage, openPage } from './open-page.ts';

const HOST = 'localhost:8080';
const OWN = { host: HOST, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
const alice = 'alice' as OperatorId;

let page: OpenPage;

beforeEach(async () => {
  page = await openPage();
});
afterEach(() => page[Symbol.asyncDispose]());

const get = (url: string, headers: InjectOptions['headers'] = { host: HOST }) =>
  page.app.inject({ method: 'GET', url, ...(headers && { headers }) });
const post = (url: string, form: Record<string, string>, headers: Record<string, string> = OWN) =>
  page.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  });

describe('the page', () => {
  test('says that it is a trial, who one is, where one is, and what else there is', async () => {
    const { statusCode, body, headers } = await get('/?as=bob&in=room:ops');
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('text/html');
    expect(body).toContain('TRIAL – simulated daemons');
    expect(body).toContain('as bob, notary of alright');
    for (const person of ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']) {
      expect(body).toContain(`data-person="${person}"`);
    }
    expect(body).toContain('data-channel="room:notaries"');
    expect(body).toContain('alright-dev-main');
  });

  test('shows the first person where the address names none, or a stranger', async () => {
    for (const url of ['/', '/?as=mallory', '/?as=alice&as=bob']) {
      expect((await get(url)).body).toContain('data-as="alice"');
    }
  });

  test('leads to every seat of the notice that was sent', async () => {
    const roll = seasonRoll();
    page.notices.push(roll.notice);
    page.rolls.set(roll.notice.id, roll);
    page.broken = true;
    for (const url of ['/notices/n1b2c3d?as=carol', '/notices/n1b2c3d']) {
      const { statusCode, body } = await get(url);
      expect([statusCode, body.includes('webworker01_SH'), body.includes('/api/')]).toEqual([
        200,
        true,
        false,
      ]);
    }
    expect((await get('/notices/n1b2c3d', { host: 'evil.example' })).statusCode).toBe(403);
  });

  test('shows nobody the direct messages of another', async () => {
    await page.console.post(
      { kind: 'direct', handle: 'alice' },
      { tone: 'neutral', title: 'for alice', blocks: [] },
      'k',
    );
    expect((await get('/?as=alice&in=direct:alice')).body).toContain('for alice');
    expect((await get('/?as=bob&in=direct:alice')).body).not.toContain('for alice');
  });

  test('shows hostile text as text, wherever it stands', async () => {
    const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;
    const choice: Choice = { label: hostile, emoji: hostile, words: ['x'] };
    await page.console.post(
      { kind: 'room', id: 'ops' },
      {
        tone: 'critical',
        title: hostile,
        blocks: [
          text(hostile),
          fields({ [hostile]: hostile }),
          table([hostile], [[hostile]]),
          { kind: 'code', code: hostile },
          { kind: 'link', label: hostile, url: 'javascript:alert(1)' },
          { kind: 'image', name: hostile, alt: hostile, png: Uint8Array.of(1) },
          choices(choice),
        ],
        mentions: [{ name: hostile, handles: {} }],
        footer: hostile,
      },
      'k',
    );
    await page.console.say(alice, 'room:ops', hostile);
    const { body } = await get('/?as=alice&in=room:ops');
    expect(body.match(/<script/gu)).toHaveLength(1); // its own
    expect(body).not.toContain('<img src=x');
    expect(body).not.toContain('href="javascript:');
    expect(body.match(/&lt;script&gt;/gu)?.length).toBeGreaterThanOrEqual(11);
  });

  test('allows only its own script and style, no frame, no copy', async () => {
    const { headers } = await get('/');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['cache-control']).toBe('no-store');
    expect((await get('/')).body).not.toMatch(/ style=| on[a-z]+=|javascript:/u);
  });

  test('is small, and its assets are served once', async () => {
    const names = ['dashboard.css', 'trial.js', 'bell.svg'];
    const assets = await Promise.all(names.map((name) => get(`/assets/${name}`)));
    const bytes = [await get('/'), ...assets].reduce((sum, { rawPayload }) => sum + rawPayload.length, 0);
    expect(assets.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(bytes).toBeLessThan(60_000);
    const again = await get('/assets/trial.js', {
      host: HOST,
      'if-none-match': String(assets[1]?.headers['etag']),
    });
    expect(again.statusCode).toBe(304);
  });
});

describe('deeds', () => {
  const help = { as: 'alice', in: 'room:ops', line: 'health' };

  test('a typed line is heard; without the script the browser goes back to the page', async () => {
    expect((await post('/trial/say', help)).statusCode).toBe(204);
    const plain = await post('/trial/say', help, { ...OWN, accept: 'text/html' });
    expect([plain.statusCode, plain.headers['location']]).toEqual([303, '/?as=alice&in=room%3Aops']);
    expect(page.heard.map(({ handle, said }) => [handle, said])).toEqual([
      ['alice', { line: 'health' }],
      ['alice', { line: 'health' }],
    ]);
  });

  test('a pressed button is heard', async () => {
    const choice: Choice = { label: 'Acknowledge', emoji: '👍', words: ['ack', 'a1'] };
    const posted = await page.console.post(
      { kind: 'room', id: 'ops' },
      { tone: 'neutral', title: 't', blocks: [choices(choice)] },
      'k',
    );
    const form = { as: 'bob', in: 'room:ops', post: posted.id, choice: choiceId(choice) };
    expect((await post('/trial/press', form)).statusCode).toBe(204);
    expect(page.heard[0]).toMatchObject({ handle: 'bob', said: { line: 'ack a1' } });
  });

  test('a switch is flipped', async () => {
    await post('/trial/flip', {
      as: 'alice',
      in: 'room:ops',
      daemon: 'alright-dev-main/KMD',
      switch: 'stop',
    });
    expect(page.flipped).toEqual([['alright-dev-main/KMD', 'stop']]);
  });

  test('what a person cannot do is said in words, escaped', async () => {
    const refused = await post('/trial/press', { as: 'alice', in: 'room:ops', post: '<b>', choice: 'x' });
    expect([refused.statusCode, refused.body]).toEqual([
      422,
      'This button is no longer there: the message has changed.',
    ]);
    expect((await post('/trial/say', { ...help, as: '<b>mallory' })).statusCode).toBe(422);
    expect((await post('/trial/say', { ...help, in: 'direct:bob' })).statusCode).toBe(422);
    const plain = await post('/trial/say', { ...help, line: '' }, { ...OWN, accept: 'text/html' });
    expect(plain.body).toContain('Type a command');
    expect(page.heard).toEqual([]);
  });

  test.each([
    ['a foreign origin', { host: HOST, origin: 'https://evil.example' }],
    ['another port of this machine', { host: HOST, origin: 'http://localhost:9999' }],
    ['no origin at all', { host: HOST }],
    ['an opaque origin', { host: HOST, origin: 'null' }],
    ['what the browser calls cross-site', { ...OWN, 'sec-fetch-site': 'cross-site' }],
    ['what the browser calls same-site', { ...OWN, 'sec-fetch-site': 'same-site' }],
    ['a name rebound to this machine', { host: 'evil.example:8080', origin: 'http://evil.example:8080' }],
    [
      'a host that begins like ours',
      { host: 'localhost.evil.example', origin: 'http://localhost.evil.example' },
    ],
  ])('from %s nothing is done', async (_what, headers) => {
    for (const path of ['/trial/say', '/trial/press', '/trial/flip']) {
      expect((await post(path, { ...help, daemon: 'x', switch: 'stop' }, headers)).statusCode).toBe(403);
    }
    expect(page.heard).toEqual([]);
    expect(page.flipped).toEqual([]);
  });

  test.each(['/', '/trial/live', '/trial/complete?typed=', '/assets/trial.js'])(
    '%s is not read through a rebound name, nor from another machine',
    async (url) => {
      expect((await get(url, { host: 'evil.example' })).statusCode).toBe(403);
      const remote = await page.app.inject({
        method: 'GET',
        url,
        headers: { host: HOST },
        remoteAddress: '192.0.2.7',
      });
      expect(remote.statusCode).toBe(403);
    },
  );

  test('a body that is too large is not read', async () => {
    expect((await post('/trial/say', { ...help, line: 'x'.repeat(20_000) })).statusCode).toBe(413);
  });
});

test('suggests how a line may go on', async () => {
  expect((await get('/trial/complete?as=alice&typed=he')).json()).toEqual(['help', 'health']);
});
