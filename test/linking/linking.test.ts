import { describe, expect, test } from 'vitest';

import { staged, ERIN, ERINS_OTHER, fleetWith, MALLORY, refusalOf } from './stage.ts';

const MINUTE = 60_000;
const stage = staged();

const offer = async (by = 'erin'): Promise<string> =>
  (await stage().linking.offer(stage().actor(by), { platform: 'discord', handle: `d-${by}` })).code;
const bring = (code: string, account = ERINS_OTHER, inPublic = false) =>
  stage().linking.bring({ code, account, inPublic });
const speaker = ({ platform, handle } = ERINS_OTHER) =>
  stage().fleets.current().speaker(platform, handle)?.id;

/** Erin's Matrix account, confirmed by Carol. */
async function linked(): Promise<string> {
  const { id } = await bring(await offer());
  await stage().linking.approve(id, stage().actor('carol'));
  return id;
}

describe('a code shown on one platform and typed on the other', () => {
  test('gives the account the rights of the operator once a coordinator confirmed it, and not before', async () => {
    const { linking, actor, fleets } = stage();
    const made = await linking.offer(actor('erin'), ERIN);
    expect(made).toMatchObject({ platform: 'matrix', expiresAt: '2026-05-01T12:10:00.000Z' });
    const { id, state } = await bring(made.code);
    expect([state, speaker()]).toEqual(['proven', undefined]);
    await linking.approve(id, actor('carol'));
    expect(speaker()).toBe('erin');
    expect(fleets.current().operator('erin')?.handles).toEqual({ discord: 'd-erin', matrix: '@erin:x' });
    expect(fleets.file().operator('erin')?.handles).toEqual({ discord: 'd-erin' });
    expect(await linking.list()).toMatchObject([{ id, state: 'standing', approvedBy: 'carol' }]);
  });

  test('is read as it is typed: without dashes, in capitals, an o for a zero', async () => {
    const typed = (await offer()).replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'l').toUpperCase();
    expect(await bring(typed)).toMatchObject({ state: 'proven', handle: '@erin:x' });
  });

  test('is told to the operator wherever they are and to the coordinators, and each step is audited, without the code', async () => {
    const { post, linking, actor, entries, redis, telling } = stage();
    const code = await offer();
    expect(post.asked).toEqual([]);
    const { id } = await bring(code);
    expect(post.asked).toContain(`send link:${id} → room:ops`);
    expect(post.asked).toContain(`send link:${id}:proven → operator:erin@discord`);
    post.clear();
    await linking.approve(id, actor('carol'));
    await expect
      .poll(() => post.asked)
      .toContain(`send link:${id}:standing → operator:erin@discord operator:erin@matrix room:ops`);
    const heard = (await entries()).map(({ who, account, what }) => `${who} ${account} ${what}`);
    expect(heard).toEqual([
      'erin discord:d-erin link.offered',
      'stranger matrix:@erin:x link.try',
      'stranger matrix:@erin:x link.proven',
      'carol discord:d-carol link.approve',
      'carol discord:d-carol link.standing',
    ]);
    const letter = await telling.compose(`link:${id}:standing`, {
      kind: 'direct',
      operator: 'erin' as never,
    });
    expect(JSON.stringify(letter)).toContain('link remove matrix');
    const keys = await redis.connection.keys('*');
    const dumps = await Promise.all(keys.map((key) => redis.connection.dumpBuffer(key)));
    for (const form of [code, code.replaceAll('-', '')])
      expect(keys.some((key, at) => key.includes(form) || dumps[at]?.includes(form))).toBe(false);
  });

  test('whoever confirms it is a coordinator, and never the one whose account it is', async () => {
    const { linking, actor, write } = stage();
    const { id } = await bring(await offer());
    expect(await refusalOf(linking.approve(id, actor('alice')))).toContain('needs the role coordinator');
    write(fleetWith({ erin: { role: 'coordinator' } }));
    expect(await refusalOf(linking.approve(id, actor('erin')))).toContain('another coordinator');
    expect(speaker()).toBeUndefined();
    expect(await refusalOf(linking.approve(id, actor('carol')))).toBe('done');
    expect(await refusalOf(linking.approve(id, actor('carol')))).toBe('done');
    expect(await refusalOf(linking.approve(id, actor('dave')))).toBe('Not linked: it is confirmed already.');
  });

  test('ends by a denial, by the operator taking it back, and by itself after a day', async () => {
    const { linking, actor, pass } = stage();
    const denied = await bring(await offer());
    expect(await refusalOf(linking.deny(denied.id, actor('alice'), 'no'))).toContain(
      'only they or a coordinator',
    );
    expect(await linking.deny(denied.id, actor('carol'), 'unknown voice')).toMatchObject({ state: 'denied' });
    expect(await refusalOf(linking.approve(denied.id, actor('dave')))).toBe('Not linked: unknown voice.');
    const taken = await bring(await offer());
    await linking.remove({ platform: 'matrix', operator: 'erin' }, actor('erin'));
    expect(await refusalOf(linking.approve(taken.id, actor('dave')))).toContain('Not linked');
    const late = await bring(await offer());
    pass(24 * 60 * MINUTE);
    expect(await refusalOf(linking.approve(late.id, actor('carol')))).toContain(
      'no coordinator confirmed it in time',
    );
    expect(await linking.list()).toEqual([]);
    expect(speaker()).toBeUndefined();
  });

  test('what was linked is taken back by the operator or a coordinator, at once', async () => {
    const { linking, actor, post } = stage();
    const id = await linked();
    const remove = (by: string) => linking.remove({ platform: 'matrix', operator: 'erin' }, actor(by));
    expect(await refusalOf(remove('alice'))).toContain('only they or a coordinator');
    expect(speaker()).toBe('erin');
    post.clear();
    expect(await remove('erin')).toMatchObject({ id, state: 'removed' });
    expect(speaker()).toBeUndefined();
    expect(post.asked.at(-1)).toBe(`send link:${id}:removed → operator:erin@discord room:ops`);
    expect(await refusalOf(remove('erin'))).toBe('You have no linked account on matrix.');
    await linked();
    expect(await remove('dave')).toMatchObject({ state: 'removed', by: 'dave' });
  });
});

describe('a code is asked for', () => {
  test('from an account of the fleet file only: what was linked links no further', async () => {
    await linked();
    const { linking, actor } = stage();
    const asked = linking.offer({ ...actor('erin'), handles: { matrix: '@erin:x' } }, ERINS_OTHER, 'discord');
    expect(await refusalOf(asked)).toContain('one that was linked links no further');
  });

  test.each([
    ['alice', undefined, 'You have an account on matrix: @alice:x.'],
    ['erin', 'telegram', '"telegram" is not one of matrix.'],
    ['erin', 'discord', '"discord" is not one of matrix.'],
  ])('%s for %s: %s', async (by, platform, words) => {
    const { linking, actor } = stage();
    const from = { platform: 'discord', handle: `d-${by}` };
    expect(await refusalOf(linking.offer(actor(by), from, platform))).toBe(words);
  });

  test('while there is another coordinator, who could confirm it', async () => {
    const { write } = stage();
    write(fleetWith({ carol: undefined, dave: undefined }));
    expect(await refusalOf(offer())).toContain('no other coordinator');
    write(fleetWith({ carol: undefined }));
    expect(await refusalOf(offer('dave'))).toContain('no other coordinator');
  });

  test('again: the earlier one is worth nothing then; five times in ten minutes', async () => {
    const first = await offer();
    const second = await offer();
    expect(await refusalOf(bring(first))).toContain('not valid');
    for (let more = 0; more < 3; more++) await offer();
    expect(await refusalOf(offer())).toContain('wait 10 minutes');
    expect(await refusalOf(bring(second))).toContain('not valid');
  });

  test('and while it waits, a stranger may open a conversation there', async () => {
    const { linking, pass } = stage();
    expect(await linking.expects('matrix')).toBe(false);
    await offer();
    expect([await linking.expects('matrix'), await linking.expects('discord')]).toEqual([true, false]);
    pass(10 * MINUTE);
    expect(await linking.expects('matrix')).toBe(false);
  });
});

describe('the fleet file wins', () => {
  test.each([
    ['drops the operator', { erin: undefined }, 'no operator erin any more'],
    [
      'takes the account that asked',
      { erin: { handles: { discord: 'd-other' } } },
      'discord:d-erin any more',
    ],
    [
      'names another account',
      { erin: { handles: { discord: 'd-erin', matrix: '@e:x' } } },
      'gives erin the account',
    ],
    ['gives it to another', { bob: { handles: { matrix: '@erin:x' } } }, 'gives matrix:@erin:x to bob'],
  ])('when it %s: the link counts no more, at once, and never again by itself', async (_, change, why) => {
    const id = await linked();
    const { write, links, linking, entries, post } = stage();
    write(fleetWith(change));
    expect(speaker()).not.toBe('erin');
    await expect.poll(async () => (await links.get(id))?.state).toBe('voided');
    write(fleetWith({}));
    expect(speaker()).toBeUndefined();
    post.clear();
    await linking.sweep();
    expect((await entries()).at(-1)).toMatchObject({ who: 'tocsin', what: 'link.voided', about: id });
    expect((await entries()).at(-1)?.detail?.['reason']).toContain(why);
    expect(post.asked.at(-1)).toContain('room:ops');
  });

  test('a code, and what waits for a coordinator, end with the operator they are for', async () => {
    const { write, linking, actor } = stage();
    const code = await offer();
    write(fleetWith({ erin: undefined }));
    expect(await refusalOf(bring(code))).toContain('not valid');
    write(fleetWith({}));
    expect(await refusalOf(bring(code))).toContain('not valid');
    const { id } = await bring(await offer());
    write(fleetWith({ erin: undefined }));
    await linking.sweep();
    write(fleetWith({}));
    expect(await refusalOf(linking.approve(id, actor('carol')))).toContain('no operator erin any more');
  });

  test('of two links to one account the one confirmed first stands, in every process', async () => {
    const { links, fleets } = stage();
    const id = await linked();
    const first = (await links.get(id))!;
    const other = {
      ...first,
      id: 'other',
      operator: 'dave' as never,
      from: { platform: 'discord', handle: 'd-dave' },
    };
    await links.update('other', () => ({ ...other, approvedAt: '2026-05-01T12:00:01.000Z' }));
    await fleets.refresh();
    expect(speaker()).toBe('erin');
    await expect.poll(async () => (await links.get('other'))?.reason).toContain('confirmed before');
  });
});

describe('attacks', () => {
  test('a replayed, an expired and a guessed code get the same answer', async () => {
    const { pass } = stage();
    const used = await offer();
    const { id } = await bring(used);
    await stage().linking.deny(id, stage().actor('carol'), 'no');
    const expired = await offer();
    pass(10 * MINUTE);
    const answers = await Promise.all(
      [used, expired, '0000-0000-0000-0000'].map((code) => refusalOf(bring(code, MALLORY))),
    );
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('not valid');
    expect(speaker(MALLORY)).toBeUndefined();
  });

  test('guessing ends after five attempts of an account, also with the right code, and is said once', async () => {
    const { entries, noted } = stage();
    const guess = (at: number) => refusalOf(bring(`0000-0000-0000-000${at % 10}`, MALLORY));
    for (let at = 0; at < 5; at++) expect(await guess(at)).toContain('not valid');
    const code = await offer();
    expect(await refusalOf(bring(code, MALLORY))).toContain('Too many codes');
    for (let at = 0; at < 20; at++) await guess(at);
    expect(noted).toHaveLength(1);
    const said = (await entries()).map(({ what }) => what);
    expect(said.filter((what) => what === 'link.try')).toHaveLength(5);
    expect(said.filter((what) => what === 'link.too-many')).toHaveLength(1);
    expect(await bring(code)).toMatchObject({ state: 'proven' });
  });

  test('many accounts that guess are stopped together', async () => {
    const { entries } = stage();
    const attempts = Array.from({ length: 130 }, (_, at) =>
      refusalOf(bring('0000-0000-0000-0000', { platform: 'matrix', handle: `@m${at}:x` })),
    );
    const answers = await Promise.all(attempts);
    expect(answers.filter((answer) => answer.includes('Too many'))).toHaveLength(30);
    expect((await entries()).filter(({ what }) => what === 'link.too-many')).toHaveLength(1);
  });

  test('a code typed in a room is burnt, whoever typed it, and its owner is told', async () => {
    const { post } = stage();
    const code = await offer();
    const answer = await refusalOf(bring(code, MALLORY, true));
    expect(answer).toContain('worth nothing now');
    expect(await refusalOf(bring('0000-0000-0000-0000', MALLORY, true))).toBe(answer);
    expect(post.asked.at(-1)).toMatch(/^send link:\w+:burnt → operator:erin@discord$/);
    expect(await refusalOf(bring(code))).toContain('not valid');
  });

  test('a code typed from another operator’s account, or on another platform, is burnt', async () => {
    for (const account of [
      { platform: 'matrix', handle: '@bob:x' },
      { platform: 'discord', handle: 'd-mallory' },
    ]) {
      const code = await offer();
      expect(await refusalOf(bring(code, account))).toContain('not valid');
      expect(await refusalOf(bring(code))).toContain('not valid');
    }
    expect(stage().fleets.current().speaker('matrix', '@bob:x')?.id).toBe('bob');
  });

  test('an account of one’s own does not burn the code: it says where to type it', async () => {
    const code = await offer();
    expect(await refusalOf(bring(code, ERIN))).toContain('yours already');
    expect(await bring(code)).toMatchObject({ state: 'proven' });
  });

  test('two accounts with one code: one of them waits for a coordinator, the other has nothing', async () => {
    const { desk } = stage();
    const code = await offer();
    const accounts = Array.from({ length: 8 }, (_, at) => ({ platform: 'matrix', handle: `@r${at}:x` }));
    const answers = await Promise.all(
      accounts.map((account) => refusalOf(desk().bring({ code, account, inPublic: false }))),
    );
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    expect(await stage().linking.list()).toHaveLength(1);
  });
});
