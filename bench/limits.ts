import { setTimeout as wait } from 'node:timers/promises';

import { gatherCrowd } from '#test/e2e/crowd.ts';
import type { RoomEvent } from '#test/real/matrix-user.ts';
import type { Passed } from '#test/real/passage.ts';

import { asked, whole } from './asked.ts';
import { print, progress, shown, table } from './figures.ts';
import { startProgram } from './program.ts';

/**
 * A notice to people without a room for direct messages, at a Synapse as it is installed. Two of its limits count (1.160):
 * rc_room_creation, ten at once and then 0.016 a second, which is one in 62.5 s; and rc_message, ten at once and
 * then 0.2 a second, of which a new room takes one and the message in it another.
 */
const { people: PEOPLE } = asked('bench:limits', { people: whole(64, 'people who are told') });
const LIMITS = [
  { each: 1, atOnce: 10, everyS: 1 / 0.016 },
  { each: 2, atOnce: 10, everyS: 1 / 0.2 },
];
const CALLED_S = 20;
const MOST_OF_ALLOWED = 1.05;

const allowedS = (people: number): number =>
  Math.max(0, ...LIMITS.map(({ each, atOnce, everyS }) => (people * each - atOnce) * everyS));

interface Row {
  readonly to: string;
  readonly state: string;
  readonly reason?: string;
  readonly deliveredAt?: string;
  readonly posted?: { readonly channel: string };
}

progress(
  `Synapse with its default limits and ${PEOPLE} people; the limits allow ${shown(allowedS(PEOPLE) / 60)} minutes`,
);
await using crowd = await gatherCrowd(PEOPLE);
const { bot, dave, notaries, room, passed } = crowd;
await using tocsin = await startProgram(crowd.env, crowd.fleet);

const isBots = ({ sender, roomId, text }: RoomEvent): boolean =>
  sender === bot.userId && roomId === room && text.includes('Komodo 0.9.2');
const mentions = ({ content }: RoomEvent): readonly string[] =>
  (content['m.mentions'] as { user_ids?: string[] } | undefined)?.user_ids ?? [];

const draft = {
  subject: 'Komodo',
  version: '0.9.2',
  severity: 'mandatory',
  text: 'Komodo 0.9.2: update now.',
};
const { body } = await tocsin.ingress('notices', draft);
const { id } = body as { id: string };
const preview = await dave.until((event) => isBots(event) && event.text.includes('Would go to'), 60_000);
const askedBefore = passed.length;
const begun = Date.now();
await dave.react(room, preview.eventId, '📣');
const sinceS = (at: number): number => (at - begun) / 1_000;

const calling = await dave.until((event) => isBots(event) && mentions(event).length > 0, 60_000);
const calledS = sinceS(calling.sentAtMs);
const called = new Set(mentions(calling));
progress(`called in the room after ${shown(calledS)} s: ${called.size}`);

const rows = async (): Promise<readonly Row[]> => {
  const answer = await tocsin.api(`deliveries?cause=notice:${id}&limit=1000`);
  return (answer.body as Row[]).filter(({ to }) => !to.startsWith('room:'));
};
const deadline = begun + (allowedS(PEOPLE) * 1.5 + 300) * 1_000;
let seen = -1;
for (; seen < PEOPLE && Date.now() < deadline; await wait(1_000)) {
  const arrived = (await rows()).filter(({ state }) => state === 'delivered').length;
  if (arrived !== seen) progress(`${shown(sinceS(Date.now()))} s: ${arrived} of ${PEOPLE}`);
  seen = arrived;
}

const last = await rows();
const isCreation = ({ method, path }: Passed): boolean => method === 'POST' && path.endsWith('/createRoom');
const calls = passed.slice(askedBefore);
const refused = calls.filter(({ status }) => status === 429);
const writes = calls.filter(({ method }) => method !== 'GET');
const created = calls.filter((call) => isCreation(call) && call.status === 200);
const arrivedAt = last
  .flatMap(({ deliveredAt }) => (deliveredAt === undefined ? [] : [Date.parse(deliveredAt)]))
  .toSorted((a, b) => a - b);
const takenS = ((arrivedAt.at(-1) ?? Number.NaN) - (created[0]?.at ?? Number.NaN)) / 1_000;
let doubled = created.length - new Set(last.map(({ to }) => to)).size;
let absent = 0;
for (const [index, notary] of notaries.entries()) {
  const row = last.find(({ to }) => to === `operator:op${index}`);
  const invited = await crowd.invitations(notary);
  if (invited.length > 1) doubled += invited.length - 1;
  if (row?.posted === undefined || !invited.includes(row.posted.channel)) absent++;
}
const uncalled = notaries.filter(({ userId }, index) => {
  const row = last.find(({ to }) => to === `operator:op${index}`);
  const at = row?.deliveredAt === undefined ? Infinity : Date.parse(row.deliveredAt);
  return !called.has(userId) && at > calling.sentAtMs;
});

const marks = [1, 10, 11, 16, 32, 48, PEOPLE].filter(
  (mark, at, all) => mark <= PEOPLE && all.indexOf(mark) === at,
);
print(
  table(
    ['direct messages', 'after, s', 'the limits allow, s'],
    marks.map((mark) => [
      String(mark),
      shown(sinceS(arrivedAt[mark - 1] ?? Number.NaN)),
      shown(allowedS(mark)),
    ]),
  ),
);
const dropped = last.filter(({ state }) => state !== 'delivered').length + (PEOPLE - last.length);
const results: readonly (readonly [what: string, value: number, wanted: number])[] = [
  ['called in the room, s after it was confirmed', calledS, CALLED_S],
  ['neither called nor told by then', uncalled.length, 0],
  ['first room made → last direct message, s', takenS, Number.NaN],
  ['the same ÷ what the limits allow', takenS / allowedS(PEOPLE), MOST_OF_ALLOWED],
  ['dropped: not delivered in the end', dropped, 0],
  ['on record as delivered, and not invited', absent, 0],
  ['doubled: rooms beyond one for each', doubled, 0],
  ['answers of M_LIMIT_EXCEEDED', refused.length, Number.NaN],
  ['of them to createRoom', refused.filter(isCreation).length, Number.NaN],
  ['answers to everything that writes', writes.length, Number.NaN],
];
print('');
print(
  table(
    [`${PEOPLE} people at Synapse's default limits`, 'measured', 'wanted'],
    results.map(([what, value, wanted]) => [what, shown(value), Number.isNaN(wanted) ? '–' : `≤ ${wanted}`]),
  ),
);
if (results.some(([, value, wanted]) => !Number.isNaN(wanted) && !(value <= wanted))) process.exitCode = 1;
