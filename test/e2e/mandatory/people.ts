import { setTimeout as pause } from 'node:timers/promises';

import type { MatrixUser } from '#test/real/matrix-user.ts';
import { CannotDo } from '#test/stand-ins/discord/discord.ts';

import { between, type Random, randomOf } from '../../../bench/chaos/random.ts';
import { type Deed, type Medium, PEOPLE, type Person } from './cast.ts';
import { type Sight, sightsIn, sightsOf } from './sights.ts';
import type { Stage } from './stage.ts';

/** What somebody said, and had an answer to, or sees written. */
export interface Said {
  readonly person: Person;
  readonly says: Deed['says'];
  readonly on: Medium;
  /** When it was first tried, and when it was known to be taken. */
  readonly triedAt: number;
  readonly takenAt: number;
}

/** The truth: what people did, kept by the test. */
export interface Truth {
  readonly said: Said[];
  /** Somebody else of the seat had answered: the buttons were gone, or there was no message at all. */
  readonly forestalled: Person[];
  /** Deeds that had no answer at all. */
  readonly unheard: string[];
}

const REASON = 'no build host until Monday';
const LOOK_MS = 400;
const ANSWER_MS = 5_000;
/** Somebody who has seen it thinks for so long. */
const THINKS = { least: 1_000, most: 10_000 };
const WITHIN_MS = 110_000;
/** Who has no message by then is not written to any more: somebody else of the seat has answered. */
const SPARED_AFTER_MS = 20_000;

/** Everybody does what is theirs to do, once they have seen it; resolves when all have. */
export async function letPeopleAnswer(
  stage: Stage,
  notice: string,
  seed: number,
  truth: Truth,
): Promise<void> {
  await Promise.all(
    PEOPLE.filter(({ deeds }) => deeds.length > 0).map(async (person) => {
      const random = randomOf(seed, person.id);
      for (const deed of person.deeds) {
        await doing(stage, notice, person, { deed, random, truth }).catch((error: unknown) => {
          truth.unheard.push(`${person.id} ${deed.by} ${deed.says}: ${String(error)}`);
        });
      }
    }),
  );
}

interface Doing {
  readonly deed: Deed;
  readonly random: Random;
  readonly truth: Truth;
}

async function doing(
  stage: Stage,
  notice: string,
  person: Person,
  { deed, random, truth }: Doing,
): Promise<void> {
  const until = Date.now() + WITHIN_MS;
  const on: Medium =
    deed.by === 'button' || deed.by === 'command' || deed.by === 'room button' ? 'discord' : 'matrix';
  const isInRoom = deed.by.startsWith('room');
  const seen = (): Sight | undefined =>
    (isInRoom ? sightsIn(stage, 'notaries') : sightsOf(stage, person)).find(
      (sight) =>
        sight.medium === on && (sight.kind === 'notice' || (person.backup && sight.kind === 'reminder')),
    );
  const isSpared = (): boolean =>
    truth.said.some(
      (one) =>
        one.person !== person &&
        one.person.seat === person.seat &&
        Date.now() - one.takenAt > SPARED_AFTER_MS,
    );
  const sight = await come(() => seen() ?? (isSpared() ? 'spared' : undefined), until, 'the message');
  if (sight === 'spared') {
    truth.forestalled.push(person);
    return;
  }
  await pause(between(random, THINKS.least, THINKS.most));

  const triedAt = Date.now();
  const taken = (): void => {
    truth.said.push({ person, says: deed.says, on, triedAt, takenAt: Date.now() });
  };
  const words = deed.says === 'snooze' ? `ack ${notice} snooze 3h` : `ack ${notice} ${deed.says}`;
  if (on === 'matrix') {
    const user = stage.users.get(person.id) as MatrixUser;
    if (deed.by === 'typed') {
      await user.send(sight.where, deed.says === 'cannot' ? `${words} ${REASON}` : words);
    } else await user.react(sight.where, sight.id, deed.says === 'done' ? '✅' : '👍');
    // In the room and privately alike, Tocsin says what it has noted.
    const isNoted = () =>
      user
        .timeline(sight.where)
        .find(
          ({ sender, text, sentAtMs }) =>
            sender === stage.bot &&
            sentAtMs >= triedAt &&
            text.includes('Noted') &&
            text.includes(person.seat),
        );
    await come(isNoted, until, 'a word that it was noted');
    return taken();
  }

  const actor = stage.discord.as(stage.handles.get(person.id) ?? '');
  const isShown = (): boolean => shows(seen(), person, deed);
  while (Date.now() < until) {
    try {
      const interaction =
        deed.by === 'command'
          ? await actor.slash('/ack', { id: notice, answer: deed.says, reason: REASON }, { dm: true })
          : await actor.press(sight.id, words);
      const reply = await interaction.replied(ANSWER_MS);
      if (JSON.stringify([reply.content, reply.embeds]).includes('Noted')) return taken();
    } catch (error) {
      if (error instanceof CannotDo && !isShown()) {
        truth.forestalled.push(person);
        return;
      }
      // Discord is away, or Tocsin: once more, unless it is seen to have been taken.
    }
    if (isShown()) return taken();
    await pause(1_000);
  }
  throw new Error('nobody answered');
}

/** The own word stands in the message. */
const shows = (sight: Sight | undefined, { id, seat }: Person, { says, by }: Deed): boolean =>
  !by.startsWith('room') &&
  (says === 'snooze'
    ? (sight?.now.includes('asked for time until') ?? false)
    : new RegExp(`${seat}[^]*${says}: ${id}`).test(sight?.now ?? ''));

async function come<T>(look: () => T | undefined, until: number, what: string): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${what} did not come`);
    await pause(LOOK_MS);
  }
}
