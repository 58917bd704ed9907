import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import type { Milestones } from '#src/domain/report.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';

import { CAST, PEOPLE } from './cast.ts';
import {
  beyondBudget,
  doubled,
  type NoticeNow,
  stale,
  unpressed,
  unreported,
  untold,
  untrue,
} from './judge.ts';
import { letPeopleAnswer, type Truth } from './people.ts';
import { sightsIn, sightsOf } from './sights.ts';
import { DUE_MS, openStage, type Stage, SUBJECT } from './stage.ts';
import { makeTrouble } from './trouble.ts';

const SEED = Number(process.env['SEED'] ?? 7);
const WITHIN_MS = 60_000;

let stage: Stage;

beforeAll(async () => {
  const from = Date.now();
  stage = await openStage();
  console.log(`stage in ${Date.now() - from} ms, ${PEOPLE.length} people`);
}, 120_000);
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

const noticeNow = async (id: string): Promise<NoticeNow> =>
  (await stage.tocsin.api(`notices/${id}`)).body as NoticeNow;

/** Resolves once nothing is wrong any more, or with what still is after the time. */
async function settled(
  look: () => Promise<readonly string[]>,
  withinMs = WITHIN_MS,
): Promise<readonly string[]> {
  let last: readonly string[] = ['never looked'];
  await vi
    .waitUntil(async () => (last = await look()).length === 0, { timeout: withinMs, interval: 500 })
    .catch(() => undefined);
  return last;
}

test('64 seats, some hard to reach, over an outage and three kills: all is told once, and the roll is true', async () => {
  const { discord, tocsin } = stage;
  const since = Date.now();
  const say = (words: string): void =>
    console.log(`${((Date.now() - since) / 1_000).toFixed(1)} s: ${words}`);
  say(`seed ${SEED}`);
  const drafted = await tocsin.ingress('notices', {
    subject: SUBJECT,
    version: 'v0.9.2',
    severity: 'mandatory',
    deadline: { time: new Date(Date.now() + DUE_MS).toISOString() },
    text: 'Update now.',
  });
  expect(drafted.status).toBe(202);
  const { id } = drafted.body as { id: string };
  const dave = discord.as(stage.handles.get('dave') ?? '');
  const preview = await discord.until(
    () => sightsIn(stage, 'ops').find(({ medium, kind }) => medium === 'discord' && kind === 'notice'),
    WITHIN_MS,
    'the draft',
  );
  const reply = await (await dave.press(preview.id, `approve ${id}`)).replied();
  expect(shownMessage(reply)).toContain('Sent:');
  say('sent');

  const truth: Truth = { said: [], forestalled: [], unheard: [] };
  const [trouble] = await Promise.all([
    makeTrouble(stage, SEED, truth).then((made) => (say('the trouble is over'), made)),
    letPeopleAnswer(stage, id, SEED, truth).then(() => say('everybody has answered who answers')),
  ]);
  for (const { at, backAt, when } of trouble.kills)
    console.log(`killed ${when}, at ${((at - since) / 1_000).toFixed(1)} s, ready ${backAt - at} ms later`);
  const { from = 0, to = 0, told = 0 } = trouble.outage ?? {};
  console.log(
    `Discord down from ${((from - since) / 1_000).toFixed(1)} to ${((to - since) / 1_000).toFixed(1)} s, when ${told} were told there`,
  );
  expect(truth.unheard).toEqual([]);

  const untrueNow = async () => untrue(stage, truth, await noticeNow(id));
  const found = {
    untold: await settled(async () => untold(stage, truth)),
    unpressed: await settled(async () => unpressed(stage, truth)),
    untrue: await settled(untrueNow, 20_000),
    stale: await settled(async () => stale(stage, await noticeNow(id)), 20_000),
    doubled: doubled(stage),
    beyondBudget: beyondBudget(stage),
  };
  say('told, reminded and shown');
  expect(found).toEqual({ untold: [], unpressed: [], untrue: [], stale: [], doubled: [], beyondBudget: [] });

  const carol = discord.as(stage.handles.get('carol') ?? '');
  const closed = await carol.slash('/notice close', { id, reason: 'The season is over.' });
  expect(shownMessage(await closed.replied())).toContain('Notice closed');
  const unreportedNow = async () => unreported(stage, truth, await noticeNow(id));
  expect(await settled(unreportedNow, 20_000)).toEqual([]);
  const left = () => PEOPLE.flatMap((person) => sightsOf(stage, person).filter(({ open }) => open));
  expect(await settled(async () => left().map(({ now }) => now))).toEqual([]);
  const asked = await carol.slash('/notice report', { id });
  expect(shownMessage(await asked.replied())).toContain(`${CAST.length} seats:`);
  const { report, counts } = await noticeNow(id);
  say('closed');
  const seconds = ({ to50Ms, to90Ms, to100Ms }: Milestones): string =>
    [to50Ms, to90Ms, to100Ms]
      .map((ms) => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`))
      .join(', ');
  console.log(
    `time to 50, 90, 100 % reached: ${report && seconds(report.reached)}; answered: ${report && seconds(report.answered)}`,
  );
  console.log(JSON.stringify({ counts, ...report }));
  console.log(`429s: ${JSON.stringify([...discord.limits.given])}, mails: ${stage.mail.mails.length}`);
  expect({ untrue: await untrueNow(), doubled: doubled(stage) }).toEqual({ untrue: [], doubled: [] });
}, 240_000);
