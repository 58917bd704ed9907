import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { Announcement } from '#src/domain/notice.ts';
import { GITHUB_SECRET, taking, type Taking } from '#test/http/parts.ts';
import { root } from '#test/real/root.ts';

const PATH = '/ingress/github';
const recorded = (name: string): string => readFileSync(`${root}/test/recorded/github/${name}.json`, 'utf8');

interface Release {
  action: string;
  release: Record<string, unknown>;
}

const signed = (body: string, secret = GITHUB_SECRET, event = 'release'): Record<string, string> => ({
  authorization: '',
  'x-github-event': event,
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

const send = (to: Taking, body: string, event?: string) =>
  to.post(PATH, body, signed(body, GITHUB_SECRET, event));

async function drafted(change: Partial<Release['release']>): Promise<Announcement | undefined> {
  const to = taking();
  const release = JSON.parse(recorded('release-published')) as Release;
  const answer = await send(to, JSON.stringify({ ...release, release: { ...release.release, ...change } }));
  expect(answer.statusCode).toBe(202);
  return to.drafts[0]?.announcement;
}

describe('a published release', () => {
  test('is drafted as recommended; what it says of itself is a suggestion', async () => {
    const to = taking();
    const answer = await send(to, recorded('release-published'));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ id: expect.any(String), state: 'draft' });
    expect(to.drafts).toEqual([
      {
        from: 'github:GLEECBTC/komodo-daemon',
        key: 'release:1:v0.9.2-2',
        announcement: {
          subject: 'GLEECBTC/komodo-daemon v0.9.2-2',
          version: 'v0.9.2-2',
          severity: 'recommended',
          url: 'https://github.com/GLEECBTC/komodo-daemon/releases/tag/v0.9.2-2',
          text: 'Komodo 0.9.2-2\nThis is a mandatory upgrade.',
          audience: 'all',
          suggested: ['it says "mandatory"', 'its tag v0.9.2-2 is a hotfix: the version without it is older'],
        },
      },
    ]);
  });

  test('heights and times are named, never set', async () => {
    const draft = await drafted({
      body: 'Hard fork at block 4,771,595 (KMD) and on 2026-01-04 12:00 UTC. Before block height 4771595 update. Port 7771.',
      tag_name: 'v0.9.2',
      prerelease: true,
    });
    expect(draft?.deadline).toBeUndefined();
    expect(draft?.severity).toBe('recommended');
    expect(draft?.suggested).toEqual([
      'it says "hard fork"',
      'it names block height 4771595 (KMD)',
      'it names block height 4771595',
      'it names the time 2026-01-04 12:00 UTC',
      'it is marked as a pre-release',
    ]);
  });

  test.each([
    ['no words at all', { name: '', body: '' }, ''],
    ['nulls', { name: null, body: null }, ''],
    ['its tag as its name', { name: 'v0.9.2-2', body: 'b' }, 'b'],
  ])('with %s', async (_name, change, text) => {
    expect((await drafted(change))?.text).toBe(text);
  });

  test('longer than a notice may be: cut', async () => {
    const draft = await drafted({ body: `mandatory ${'x'.repeat(125_000)}`, tag_name: 'v'.repeat(300) });
    expect(Announcement.safeParse(draft).success).toBe(true);
    expect(draft?.suggested).toContain('it says "mandatory"');
  });
});

test('a release is one draft, published or released; a pre-release that becomes a release is another', async () => {
  const to = taking();
  const body = JSON.parse(recorded('release-published')) as Release;
  const events = [
    { ...body, release: { ...body.release, prerelease: true } },
    body,
    { ...body, action: 'released' },
    { ...body, repository: { id: 1, full_name: 'KomodoPlatform/komodo' } },
  ];
  for (const event of events) await send(to, JSON.stringify(event));
  expect(to.drafts.map(({ key }) => key)).toEqual([
    'release:1:v0.9.2-2:prerelease',
    'release:1:v0.9.2-2',
    'release:1:v0.9.2-2',
    'release:1:v0.9.2-2',
  ]);
});

describe('taken, and nothing comes of it', () => {
  const release = JSON.parse(recorded('release-published')) as Release;
  test.each([
    ['ping', recorded('ping')],
    ['push', '{"ref":"refs/heads/main"}'],
    ['release', JSON.stringify({ ...release, action: 'created' })],
    ['release', JSON.stringify({ ...release, action: 'edited' })],
    ['release', JSON.stringify({ ...release, action: 'prereleased' })],
    ['release', JSON.stringify({ ...release, release: { ...release.release, draft: true } })],
  ])('%s %.60s', async (event, body) => {
    const to = taking();
    const answer = await send(to, body, event);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toHaveProperty('ignored');
    expect(to.drafts).toEqual([]);
  });
});

describe('the signature', () => {
  const body = recorded('release-published');
  const right = signed(body)['x-hub-signature-256'] ?? '';
  test.each([
    ['none', {}],
    ['of another secret', signed(body, 'another')],
    ['of another body', signed(`${body} `)],
    ['empty', { 'x-hub-signature-256': '' }],
    ['without its name', { 'x-hub-signature-256': right.slice('sha256='.length) }],
    ['in capitals', { 'x-hub-signature-256': right.toUpperCase() }],
    ['cut short', { 'x-hub-signature-256': right.slice(0, -1) }],
    ['no hex', { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }],
    ['the bearer token instead', { authorization: 'Bearer the-ingress-token' }],
  ])('%s: 401', async (_name, headers) => {
    const to = taking();
    const answer = await to.post(PATH, body, { 'x-github-event': 'release', ...headers });
    expect(answer.statusCode).toBe(401);
    expect(to.drafts).toEqual([]);
  });

  test('is over the bytes as they came: a body that is spaced otherwise is another', async () => {
    const to = taking();
    const answer = await to.post(PATH, JSON.stringify(JSON.parse(body)), {
      'x-github-event': 'release',
      'x-hub-signature-256': right,
    });
    expect(answer.statusCode).toBe(401);
  });

  test('cannot be checked without a secret: nothing is taken, not even what is signed with nothing', async () => {
    const to = taking({ ingress: { githubSecret: undefined } });
    const answer = await to.post(PATH, body, signed(body, ''));
    expect(answer.statusCode).toBe(401);
    expect(answer.json<{ error: string }>().error).toContain('GITHUB_WEBHOOK_SECRET');
  });

  test('is looked at before the JSON', async () => {
    const to = taking();
    expect((await to.post(PATH, '{', { 'x-github-event': 'release' })).statusCode).toBe(401);
    expect((await send(to, '{')).statusCode).toBe(400);
  });
});

test('a release without what it must have: every fault by its path', async () => {
  const answer = await send(
    taking(),
    JSON.stringify({ action: 'published', release: { html_url: 'javascript:x' } }),
  );
  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ faults: { path: string }[] }>().faults.map(({ path }) => path)).toEqual([
    'release.tag_name',
    'release.html_url',
    'repository',
  ]);
});
