import { expect, test } from 'vitest';

import { UserError } from '#src/domain/errors.ts';
import { taking } from '#test/http/parts.ts';

const PATH = '/ingress/notices';

test('a notice is drafted', async () => {
  const { post, drafts } = taking();
  const body = {
    subject: 'Komodo 0.9.2',
    version: '0.9.2',
    commit: '2651eaf',
    severity: 'mandatory',
    deadline: { time: '2026-12-01T00:00:00Z', height: 4_771_595, coin: 'KMD' },
    url: 'https://example.org/release',
    text: 'Update.',
    audience: { regions: ['EU'] },
  };
  const answer = await post(PATH, body);
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({ id: expect.any(String), state: 'draft' });
  expect(drafts).toEqual([{ announcement: body, from: 'ingress:notices' }]);
});

test('every fault by its path, an unknown key too', async () => {
  const answer = await taking().post(PATH, {
    subject: '',
    severity: 'urgent',
    deadline: { time: 'soon', heigth: 5 },
    url: 'javascript:alert(1)',
    commit: 'main',
    sujbect: 'x',
  });
  expect(answer.statusCode).toBe(400);
  const { faults } = answer.json<{ faults: { path: string; words: string }[] }>();
  expect(faults.map(({ path }) => path).toSorted()).toEqual(
    ['', 'commit', 'deadline', 'deadline.time', 'severity', 'subject', 'url'].toSorted(),
  );
  expect(faults.find(({ path }) => path === '')?.words).toContain('sujbect');
});

test('what cannot be drafted is said in words', async () => {
  const answer = await taking({
    ingress: {
      notices: { draft: () => Promise.reject(new UserError('There is no notice x to supersede.')) },
    },
  }).post(PATH, {
    subject: 's',
    supersedes: 'x',
  });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ error: 'There is no notice x to supersede.' });
});
