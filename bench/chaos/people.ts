import { setTimeout as wait } from 'node:timers/promises';

import { CannotDo, type Interaction } from '#test/stand-ins/discord/discord.ts';

import type { Book, Episode, Fired } from './book.ts';
import { type Eyes, until } from './load.ts';
import { count, OPERATORS, type Stage } from './stage.ts';
import { randomOf } from './random.ts';

const EVERY_MS = 1_500;
const ANSWER_MS = 4_000;
const ANSWERS = 24;
const TRIES = 60;

/** People who acknowledge alerts, send the notice and answer it; each repeats what had no answer. */
export function startPeople(stage: Stage, book: Book, eyes: Eyes, seed: number): { stop(): Promise<void> } {
  const { discord, matrix, operators } = stage;
  const random = randomOf(seed, 'people');
  const ending = new AbortController();
  const under = new Set<Promise<void>>();

  async function run(): Promise<void> {
    for (let next = 0; !ending.signal.aborted;) {
      await wait(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
      const at = next + Math.floor(random() * 4);
      const way = random();
      if (at >= book.alerts.length || ending.signal.aborted) continue;
      next = at + 1;
      const done = acknowledge(book.alerts[at] as Fired, way).finally(() => under.delete(done));
      under.add(done);
    }
  }

  async function acknowledge(alert: Fired, way: number): Promise<void> {
    const episode = alert.episodes[0];
    if (!episode || !(await until(() => eyes.isSeen(alert, episode), ending.signal))) return;
    const onMatrix = operators[alert.operator]?.matrix;
    if (way > 0.6 && onMatrix !== undefined) await inMatrix(alert, episode, onMatrix);
    else await inDiscord(alert, episode, way < 0.4 ? eyes.own(alert, episode) : undefined);
  }

  async function inDiscord(alert: Fired, episode: Episode, message: string | undefined): Promise<void> {
    const person = discord.as(operators[alert.operator]?.discord ?? '');
    const deed = (): Promise<Interaction> =>
      message === undefined
        ? person.slash('/ack', { id: alert.id ?? '' }, { dm: true })
        : person.press(message, '👍 Acknowledge');
    const words = await answered(deed, () => episode.overAt !== undefined);
    if (words !== undefined) taken(alert, episode, words);
  }

  async function inMatrix(alert: Fired, episode: Episode, handle: string): Promise<void> {
    const room = stage.rooms.get(alert.room)?.matrix ?? '';
    const said = matrix.say(room, handle, `!tocsin ack ${alert.id}`);
    const isAnswer = ({ content, sender }: typeof said): boolean =>
      sender === matrix.world.bot.userId &&
      (content['m.relates_to'] as { event_id?: string } | undefined)?.event_id === said.event_id;
    for (let tries = 0; tries < TRIES; tries++) {
      await wait(500);
      const events = matrix.world.rooms.get(room)?.events ?? [];
      const answer = events.find(({ event }) => isAnswer(event))?.event;
      if (!answer) continue;
      taken(alert, episode, answer.content['body'] as string);
      return;
    }
  }

  /** An id does not tell which time it fired: what was begun anew meanwhile may be what was acknowledged. */
  function taken(alert: Fired, episode: Episode, words: string): void {
    if (words.includes('You acknowledged it') && alert.episodes.length === 1)
      episode.acknowledgedBy = `op${alert.operator}`;
  }

  /** The words of the answer; undefined when it cannot be done any more. */
  async function answered(
    deed: () => Promise<Interaction>,
    isVain: () => boolean,
  ): Promise<string | undefined> {
    for (let tries = 0; tries < TRIES && !isVain(); tries++) {
      try {
        const message = await (await deed()).replied(ANSWER_MS);
        return JSON.stringify([message.content, message.embeds]);
      } catch (error) {
        if (error instanceof CannotDo && /button|component/i.test(error.message)) return undefined;
      }
      await wait(400);
    }
    return undefined;
  }

  async function sendNotice(): Promise<void> {
    const { notice } = book;
    const announcement = { subject: notice.subject, text: 'Update now.' };
    while (notice.id === undefined) {
      const answer = await stage.ingress('notices', announcement).catch(() => undefined);
      if (answer?.status === 202) notice.id = (answer.body as { id: string }).id;
      else await wait(300);
    }
    const dave = discord.as(stage.coordinator);
    const id = notice.id;
    for (let tries = 0; !notice.sent && tries < TRIES; tries++) {
      const words = await answered(
        () => dave.slash('/approve', { id }, { dm: true }),
        () => false,
      );
      notice.sent = words !== undefined && /Sent:|was sent at/.test(words);
    }
    await Promise.all(count(ANSWERS).map((nth) => answerNotice((nth * 7) % OPERATORS)));
  }

  async function answerNotice(index: number): Promise<void> {
    const handle = operators[index]?.discord ?? '';
    const got = () =>
      discord.directMessages(handle).find((one) => JSON.stringify(one.embeds).includes(book.notice.subject));
    if (!(await until(() => got() !== undefined, ending.signal))) return;
    const message = got()?.id ?? '';
    // Whatever edits the pressed message looks like its answer: who does not read that it was taken presses again.
    for (let tries = 0; tries < TRIES; tries++) {
      const words = await answered(
        () => discord.as(handle).press(message, '✅ Done'),
        () => false,
      );
      // Without the button an earlier try was taken.
      if (words !== undefined && !words.includes('You said done')) continue;
      book.notice.answered.add(index);
      return;
    }
  }

  book.busy += 1;
  const noticed = sendNotice().finally(() => (book.busy -= 1));
  const running = run();
  return {
    async stop() {
      ending.abort();
      await running;
      await Promise.all([noticed, ...under]);
    },
  };
}
