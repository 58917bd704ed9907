import { randomUUID } from 'node:crypto';

import type { Logger } from 'pino';

import {
  channelOf,
  choiceId,
  type Console,
  type ConsolePost,
  type ConsolePosts,
  mayRead,
  sees,
} from '#src/domain/console.ts';
import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import { type Choice, lineOf, type Message } from '#src/domain/message.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Address, ChatPlatform, Listener, Posted } from '#src/domain/platform.ts';

import { completions } from './complete.ts';

const ID = 'console';
const MOST_TYPED = 2_000;
const LEAVE_WITHIN_MS = 1_500;

interface Options {
  readonly posts: ConsolePosts;
  /** Addresses of the rooms there are. */
  readonly rooms: () => readonly string[];
  readonly logger: Logger;
}

/** The platform behind the trial page: nothing leaves this machine, and it is always up. */
export function createConsole({ posts, rooms, logger }: Options): ChatPlatform & Console {
  const followers = new Set<(post: ConsolePost) => void>();
  const hearing = new Set<Promise<void>>();
  let listener: Listener | undefined;
  let last = 0;
  let ended = false;

  // Two posts of one millisecond would have no order.
  const now = (): string => new Date((last = Math.max(Date.now(), last + 1))).toISOString();

  const announce = (post: ConsolePost): ConsolePost => {
    for (const changed of followers) changed(post);
    return post;
  };
  const add = async (
    post: Pick<ConsolePost, 'channel' | 'body'> & Partial<ConsolePost>,
  ): Promise<ConsolePost> =>
    announce(await kept(posts.add({ id: randomUUID(), at: now(), revision: 1, ...post })));

  function checkPlace(by: OperatorId, channel: string): void {
    const room = roomOf(channel);
    const isOpen = room === undefined ? mayRead(by, channel) : rooms().includes(room);
    if (!isOpen) throw new UserError('There is no such place for you.');
  }

  function checkAddress(to: Address): void {
    if (ended) throw new OutsideError(ID, 'unavailable', 'The trial page has ended.');
    const there = to.kind === 'room' ? rooms().includes(to.id) : (listener?.knows(to.handle) ?? true);
    if (!there) throw new OutsideError(ID, 'not-found', `The trial page has no ${channelOf(to)}.`);
  }

  function hear(by: OperatorId, channel: string, line: string): void {
    const listening = listener;
    if (listening === undefined) throw new UserError('Tocsin is still starting. Try again in a moment.');
    const isPrivate = listening.menu.some((menu) => menu.private && menu.name === line.split(/\s/u)[0]);
    const room = roomOf(channel);
    const heard = listening
      .hear({
        id: randomUUID(),
        platform: ID,
        handle: by,
        name: by,
        direct: room === undefined,
        room,
        said: { line },
        answer: async (message: Message) => {
          const body = { kind: 'message', message } as const;
          await add({ channel, body, replyTo: by, ...(isPrivate && { only: by }) });
        },
      })
      .catch((error: unknown) => logger.error({ err: error, platform: ID }, 'what was heard was not handled'))
      .finally(() => hearing.delete(heard));
    hearing.add(heard);
  }

  return {
    id: ID,
    can: { edit: true, react: false, choices: true, hear: true },
    async start(given, signal) {
      if (!given) return;
      listener = given;
      const forget = (): void => {
        if (listener === given) listener = undefined;
      };
      signal.addEventListener('abort', forget, { once: true });
    },
    condition: () => ({ up: true }),
    settled: async () => ({ up: true }),
    async post(to, message, key) {
      checkAddress(to);
      const channel = channelOf(to);
      const post = await add({ id: keyOf(channel, key), channel, body: { kind: 'message', message } });
      return postedOf(post);
    },
    async edit(posted, message) {
      const post = await kept(posts.edit(posted.channel, posted.id, message));
      if (!post) throw new OutsideError(ID, 'not-found', 'The message is no longer on the trial page.');
      announce(post);
    },
    async find(to, key) {
      const channel = channelOf(to);
      const post = await kept(posts.get(channel, keyOf(channel, key)));
      return post && postedOf(post);
    },
    follow(changed) {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    async read(reader, channel) {
      checkPlace(reader, channel);
      return (await kept(posts.list(channel))).filter((post) => sees(reader, post));
    },
    async say(by, channel, typed) {
      checkPlace(by, channel);
      const line = typed.trim().replace(/^(?:\/|!tocsin\s+)/u, '');
      if (line === '') throw new UserError('Type a command, for instance: help');
      if (line.length > MOST_TYPED) throw new UserError(`A line has at most ${MOST_TYPED} characters.`);
      await add({ channel, body: { kind: 'line', by, line } });
      hear(by, channel, line);
    },
    async press(by, channel, id, choice) {
      checkPlace(by, channel);
      const post = await kept(posts.get(channel, id));
      const chosen =
        post && sees(by, post) ? choicesOf(post).find((one) => choiceId(one) === choice) : undefined;
      if (!chosen) throw new UserError('This button is no longer there: the message has changed.');
      await add({ channel, body: { kind: 'press', by, label: chosen.label } });
      hear(by, channel, lineOf(chosen.words));
    },
    async complete(by, typed) {
      const listening = listener;
      if (!listening) return [];
      return completions(listening.menu, typed, (suggest, part) => listening.complete(suggest, part, by));
    },
    async [Symbol.asyncDispose]() {
      ended = true;
      listener = undefined;
      followers.clear();
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LEAVE_WITHIN_MS);
      await Promise.race([Promise.allSettled(hearing), late.promise]);
      clearTimeout(timer);
    },
  };
}

const roomOf = (channel: string): string | undefined =>
  channel.startsWith('room:') ? channel.slice('room:'.length) : undefined;

const postedOf = (post: ConsolePost): Posted => ({ platform: ID, channel: post.channel, id: post.id });

const choicesOf = ({ body }: ConsolePost): readonly Choice[] =>
  body.kind === 'message'
    ? body.message.blocks.flatMap((block) => (block.kind === 'choices' ? block.choices : []))
    : [];

/** The store's errors in our terms: it is Redis, and Redis comes back. */
async function kept<T>(outcome: Promise<T>): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    throw new OutsideError(ID, 'unavailable', `The trial page cannot reach Redis: ${wordsOf(error)}`, {
      cause: error,
    });
  }
}
