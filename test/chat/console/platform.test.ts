import { pino } from 'pino';

import { createConsole } from '#src/chat/console/platform.ts';
import { channelOf, choiceId, type ConsolePost } from '#src/domain/console.ts';
import { lineOf } from '#src/domain/message.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { markup } from '#src/html.ts';
import { messageView } from '#src/http/dashboard/message-view.ts';
import { createConsolePosts } from '#src/store/console-posts.ts';
import { type OpenHarness, platformConformance, type Standing } from '#test/conformance/platform.ts';
import { testRedis } from '#test/real/keyspace.ts';

const alice = 'alice' as OperatorId;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };

/** What a browser shows of the page's markup. */
const shownOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/gu, ' ')
    .replaceAll(/&(lt|gt|quot|#39|amp);/gu, (_entity, name: string) => ENTITIES[name] ?? '');

const standing = (post: ConsolePost): readonly Standing[] => {
  if (post.body.kind !== 'message') return [];
  const { message } = post.body;
  const shown = shownOf(markup(messageView(message, (list) => list.map(({ label }) => label))));
  const called = post.revision === 1 ? (message.mentions ?? []) : [];
  return [{ id: post.id, shown, pinged: called.flatMap(({ handles }) => handles['console'] ?? []) }];
};

const open: OpenHarness = async (listener) => {
  const redis = await testRedis();
  const platform = createConsole({
    posts: createConsolePosts(redis.connection),
    rooms: () => ['ops'],
    logger: pino({ enabled: false }),
  });
  const room = { kind: 'room', id: 'ops' } as const;
  listener.known.add(alice);
  await platform.start(listener, new AbortController().signal);
  const posts = async (channel: string) => platform.read(alice, channel);
  return {
    platform,
    room,
    direct: { kind: 'direct', handle: alice },
    handle: alice,
    missing: { platform: 'console', channel: channelOf(room), id: 'gone' },
    // What answers one person in private is not read by the room.
    read: async (at) => (await posts(channelOf(at))).filter((post) => !post.only).flatMap(standing),
    type: (words) => platform.say(alice, 'room:ops', lineOf(words)),
    press: (posted, choice) => platform.press(alice, posted.channel, posted.id, choiceId(choice)),
    answers: async () => (await posts('room:ops')).filter((post) => post.replyTo === alice).flatMap(standing),
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
};

platformConformance('the trial page', open);
