import type { Logger } from 'pino';
import { z } from 'zod';

import { wordsOf } from '#src/domain/errors.ts';
import { lineOf } from '#src/domain/message.ts';
import type { Heard, Listener } from '#src/domain/platform.ts';

import { type createAnswers, patiently } from './answers.ts';
import { threadOn } from './content.ts';
import type { Directs } from './directs.ts';
import type { Encryption } from './encryption.ts';
import { Reaction, TimelineEvent, ageMs, commandLine, isPrivate, wasThere } from './hearing.ts';
import { isHandle } from './identifier.ts';
import type { Invitations } from './invitations.ts';
import type { Reactions } from './reactions.ts';
import { roomPath } from './sends.ts';
import type { Take, Wire } from './wire.ts';

interface Options {
  readonly wire: Wire;
  readonly me: string;
  readonly prefix: string;
  readonly rooms: () => readonly string[];
  readonly encryption: Encryption;
  readonly directs: Directs;
  readonly reactions: Reactions;
  readonly invitations: Invitations;
  readonly answers: ReturnType<typeof createAnswers>;
  readonly listener: Listener;
  readonly ending: AbortSignal;
}

/** What is older when it arrives was not meant for this moment any more. */
const OLDEST_MS = 10 * 60_000;
const TYPING_MS = 30_000;

const AccountData = z.looseObject({ type: z.string(), content: z.unknown() });
const Membership = z.looseObject({ membership: z.string() });

/** Takes what a sync found and hands on what people said. */
export interface Listening {
  /** Never throws: a sync must not lose what follows. `backlog`: all of this sync was said before the start and is not for us. */
  take(backlog: boolean): Take;
  /** Resolves once all that was taken so far has its answer, or can have none; undefined when all has. Never rejects. */
  heeded(): Promise<unknown> | undefined;
}

export function createListening(options: Options, logger: Logger): Listening {
  const { wire, me, prefix, rooms, encryption, directs, reactions, answers, listener } = options;

  const working = new Set<Promise<unknown>>();
  const work = (done: Promise<unknown>): void => {
    working.add(done);
    void done.finally(() => working.delete(done));
  };

  const take = (backlog: boolean): Take => {
    return (name, first, second) => {
      try {
        if (name === 'account_data') accountData(first);
        if (name === 'room.invite') options.invitations.take(String(first), second);
        if (name === 'room.leave') directs.doubt(String(first));
        if (name === 'room.event') roomEvent(String(first), TimelineEvent.safeParse(second).data, backlog);
      } catch (error) {
        logger.error({ err: error, event: name }, 'an event could not be taken');
      }
    };
  };

  function accountData(event: unknown): void {
    const data = AccountData.safeParse(event).data;
    if (data?.type === 'm.direct') directs.learn(data.content);
  }

  function roomEvent(roomId: string, event: TimelineEvent | undefined, backlog: boolean): void {
    if (event === undefined) return;
    if (event.type === 'm.room.encryption') encryption.learn(roomId);
    if (event.type === 'm.room.member' && Membership.safeParse(event.content).data?.membership !== 'join') {
      directs.doubt(roomId);
    }
    if (event.sender === me || !isHandle(event.sender) || backlog) return;
    if (!wasThere(event) || ageMs(event, Date.now()) > OLDEST_MS) return;
    const direct = directs.isDirect(roomId);
    if (!direct && !rooms().includes(roomId)) return;
    if (event.type === 'm.room.message') message(roomId, event, direct);
    if (event.type === 'm.reaction') {
      work(
        reaction(roomId, event, direct).catch((error: unknown) => {
          logger.warn({ err: error, roomId }, 'a reaction could not be read');
        }),
      );
    }
  }

  function message(roomId: string, event: TimelineEvent, direct: boolean): void {
    const line = commandLine(event.content, { prefix, direct });
    if (line === undefined) return;
    const relation = direct ? undefined : threadOn(event);
    const asked = { id: event.event_id, handle: event.sender, roomId, direct, relation };
    handOver(asked, line, answers({ ...asked, secret: isPrivate(listener.menu, line) }));
  }

  async function reaction(roomId: string, event: TimelineEvent, direct: boolean): Promise<void> {
    const relates = Reaction.safeParse(event.content).data?.['m.relates_to'];
    if (relates === undefined) return;
    const picked = await patiently(
      () => reactions.picked(roomId, relates.event_id, relates.key),
      options.ending,
    );
    if (picked === undefined) return;
    const line = lineOf(picked.words);
    const relation = direct ? undefined : threadOn(picked.on.event);
    const asked = { id: event.event_id, handle: event.sender, roomId, direct, relation };
    handOver(asked, line, answers({ ...asked, secret: isPrivate(listener.menu, line) }));
  }

  function handOver(
    { id, handle, roomId, direct }: { id: string; handle: string; roomId: string; direct: boolean },
    line: string,
    answer: Heard['answer'],
  ): void {
    const typing = (on: boolean): void => {
      if (listener.knows(handle)) void showTyping(roomId, on);
    };
    typing(true);
    const name = handle.slice(1, handle.indexOf(':'));
    const room = direct ? undefined : roomId;
    const done = listener
      .hear({ id, platform: 'matrix', handle, name, direct, room, said: { line }, answer })
      .catch((error: unknown) => logger.error({ err: error, roomId }, 'what was heard was not handled'))
      .finally(() => typing(false));
    work(done);
  }

  async function showTyping(roomId: string, typing: boolean): Promise<void> {
    const path = `${roomPath(roomId)}/typing/${encodeURIComponent(me)}`;
    const body = typing ? { typing, timeout: TYPING_MS } : { typing };
    await wire.ask('PUT', path, { body }).catch((error: unknown) => {
      logger.debug({ why: wordsOf(error), roomId }, 'typing could not be shown');
    });
  }

  return {
    take,
    heeded: () => (working.size === 0 ? undefined : Promise.all(working)),
  };
}
