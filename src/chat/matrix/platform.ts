import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';
import type { Address, ChatPlatform, Listener } from '#src/domain/platform.ts';

import { createAnswers } from './answers.ts';
import { type Alone, createDirects } from './directs.ts';
import { createEncryption } from './encryption.ts';
import { matrixFailure } from './errors.ts';
import { findPost } from './find.ts';
import { isRoomId } from './identifier.ts';
import { createInvitations } from './invitations.ts';
import { createListening } from './listen.ts';
import { createPulse } from './pulse.ts';
import { createReactions } from './reactions.ts';
import { render } from './render.ts';
import { createSends } from './sends.ts';
import { follow } from './sync.ts';
import { createTurns, type Limits } from './turns.ts';
import { hasEncryption, openWire } from './wire.ts';

const ID = 'matrix';
/** Direct messages that go out at once: Synapse takes ten messages, then one in 5 s; rooms and answers need some. */
const AT_ONCE = 5;

/** How fast it goes; the defaults are for a homeserver on the internet. */
export interface Pace {
  /** How long a poll for news waits at the homeserver. */
  readonly pollMs: number;
  /** No call takes longer. */
  readonly withinMs: number;
  /** How long polls may fail before the platform counts as down. */
  readonly graceMs: number;
  /** How long reactions wait after the homeserver asked to send more slowly. */
  readonly yieldMs: number;
}

const PACE: Pace = { pollMs: 5_000, withinMs: 20_000, graceMs: 5_000, yieldMs: 30_000 };

const PROBE_MS = 5_000;
/** 60 KiB of an event's 64; an encrypted one grows by a third. */
const MOST_BYTES = { plain: 60 * 1024, encrypted: 44 * 1024 };

export interface MatrixOptions {
  readonly homeserverUrl: string;
  readonly accessToken: string;
  /** What a command begins with, such as `!tocsin`. */
  readonly prefix: string;
  /** Ids of the fleet's rooms as they are now: joined where the bot may, and listened to. */
  readonly rooms: () => readonly string[];
  /** A folder of its own: the keys of encryption. */
  readonly storageDir: string;
  /** See Directs; without it this process is the only one. */
  readonly alone?: Alone | undefined;
  /** See Turns; without it the homeserver is asked each time. */
  readonly limits?: Limits | undefined;
  readonly pace?: Partial<Pace>;
}

/** Matrix by matrix-bot-sdk, loaded at the first use. */
export function createMatrix(options: MatrixOptions, logger: Logger): ChatPlatform {
  const pace = { ...PACE, ...options.pace };
  const pulse = createPulse(pace.graceMs);
  const ending = new AbortController();
  let listener: Listener | undefined;
  let following: Promise<void> = Promise.resolve();
  let watching: Promise<void> | undefined;
  let hears = false;
  let canEncrypt = false;
  let opened: ReturnType<typeof open> | undefined;

  const knows = (handle: string): boolean => listener?.knows(handle) ?? true;
  const expects = async (): Promise<boolean> => (await listener?.expects?.()) ?? false;
  const { prefix, rooms } = options;

  async function open() {
    const wire = await openWire({ ...options, withinMs: pace.withinMs, ending: ending.signal }, logger);
    const mostBytes = wire.crypto ? MOST_BYTES.encrypted : MOST_BYTES.plain;
    const encryption = createEncryption({
      ask: wire.ask,
      able: () => canEncrypt,
      // A process that only sends is not told of changes.
      following: () => hears && pulse.condition().up,
    });
    const sends = createSends(wire, encryption);
    const turns = createTurns(options.limits);
    const directs = createDirects({ wire, encryption, turns, knows, alone: options.alone });
    const reactions = createReactions(
      { wire, sends, turns, yieldMs: pace.yieldMs, ending: ending.signal },
      logger,
    );
    const asking = { ask: wire.ask, directs, rooms, knows, expects, ending: ending.signal };
    const invitations = createInvitations(asking, logger);
    const rendered = (message: Message, rings = false) => render(message, { prefix, mostBytes, rings });
    return { wire, encryption, sends, directs, reactions, invitations, rendered };
  }
  type Parts = Awaited<ReturnType<typeof open>>;

  async function parts(): Promise<Parts> {
    if (ending.signal.aborted) throw new OutsideError(ID, 'unavailable', 'Tocsin is leaving Matrix.');
    return (opened ??= open());
  }

  async function prepared(
    { wire, encryption, sends, directs, reactions, invitations, rendered }: Parts,
    listening: Listener,
    me: string,
  ) {
    encryption.forget();
    await directs.load();
    const joined = await invitations.joinAll(rooms());
    await wire.crypto?.prepare(joined);
    canEncrypt = wire.crypto !== undefined;
    const answers = createAnswers({ sends, directs, reactions, rendered, knows, ending: ending.signal });
    const ears = {
      wire,
      me,
      prefix,
      rooms,
      encryption,
      directs,
      reactions,
      invitations,
      answers,
      ending: ending.signal,
    };
    return createListening({ ...ears, listener: listening }, logger);
  }

  async function connect(listening: Listener, signal: AbortSignal): Promise<void> {
    const found = await parts();
    const { homeserverUrl } = options;
    const { followed } = listening;
    const prepare = (me: string) => prepared(found, listening, me);
    const gap = (roomId: string) => found.encryption.forget(roomId);
    const { pollMs } = pace;
    await follow({ wire: found.wire, prepare, gap, pulse, homeserverUrl, followed, pollMs, signal }, logger);
  }

  /** Until the signal aborts; then it only sends. Never rejects. */
  async function hear(listening: Listener, signal: AbortSignal): Promise<void> {
    listener = listening;
    hears = true;
    try {
      await connect(listening, signal);
    } catch (error) {
      logger.error({ err: error }, 'matrix could not be loaded');
      pulse.miss(wordsOf(error), { final: true });
    }
    hears = false;
    if (!ending.signal.aborted) watching ??= watch();
  }

  /** Whether the homeserver answers, as long as no sync tells. Never rejects. */
  async function watch(): Promise<void> {
    while (!ending.signal.aborted) {
      if (!hears) await probe();
      await pause(pace.pollMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  async function probe(): Promise<void> {
    try {
      const { wire } = await parts();
      await wire.ask('GET', '/_matrix/client/v3/account/whoami', { withinMs: PROBE_MS });
      pulse.beat();
    } catch (error) {
      const failure = matrixFailure(error);
      pulse.miss(failure.message, { final: failure.reason === 'unauthorized' });
    }
  }

  /** The room of an address; a room of the fleet that the bot is not in is joined first. */
  async function inRoom<T>(
    { directs, invitations }: Parts,
    to: Address,
    act: (roomId: string) => Promise<T>,
  ): Promise<T> {
    if (to.kind === 'direct') return act(await directs.roomFor(to.handle));
    if (!isRoomId(to.id))
      throw new OutsideError(ID, 'rejected', `${to.id} is not a Matrix room (!id:server).`);
    try {
      return await act(to.id);
    } catch (error) {
      const outside = error instanceof OutsideError && error.reason === 'forbidden';
      if (!outside || !rooms().includes(to.id)) throw error;
      await invitations.join(to.id).catch((joining: unknown) => {
        // A room that can be joined later is no room that does not want us.
        throw joining instanceof OutsideError && joining.retryable ? joining : error;
      });
      return act(to.id);
    }
  }

  return {
    id: ID,
    can: { edit: true, react: true, choices: true, hear: true, oneLimit: true },
    async start(given, signal) {
      if (!given) {
        watching ??= watch();
        return;
      }
      const until = AbortSignal.any([signal, ending.signal]);
      following = following.then(() => hear(given, until));
    },
    condition: () => pulse.condition(),
    settled: () => pulse.settled(),
    notes: () =>
      hasEncryption()
        ? []
        : [
            'without encryption: Matrix’s native library is not here, encrypted rooms are neither read nor written',
          ],
    async prepare(to) {
      if (to.kind === 'direct') await (await parts()).directs.roomFor(to.handle);
    },
    async post(to, message, key) {
      const found = await parts();
      const form = found.rendered(message, to.kind === 'direct');
      return inRoom(found, to, async (roomId) => {
        const id = await found.sends.post(roomId, form, key);
        found.reactions.offer(roomId, id, form.choices);
        return { platform: ID, channel: roomId, id };
      });
    },
    async edit({ channel, id }, message) {
      const { sends, reactions, rendered } = await parts();
      const form = rendered(message);
      const before = await sends.edit(channel, id, form);
      reactions.offer(channel, id, form.choices, before);
    },
    // A homeserver does not tell its limits before they are met: more than it usually takes at once will wait.
    waiting: async (handles) => (handles.length > AT_ONCE ? handles : []),
    async find(to, key) {
      const found = await parts();
      return inRoom(found, to, async (roomId) => {
        const id = await findPost(found.wire, roomId, key);
        return id === undefined ? undefined : { platform: ID, channel: roomId, id };
      });
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await Promise.all([following, watching]);
      pulse.miss('Tocsin has left Matrix.', { final: true });
    },
  };
}
