import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Message } from '#src/domain/message.ts';
import type { Pace } from '#src/domain/pace.ts';
import type { Address, ChatPlatform, Condition, Listener, Posted, Report } from '#src/domain/platform.ts';

import { createWatch } from '../watch.ts';
import { type Api, createApi, restOptions } from './api.ts';
import { createDirects, type DirectChannels, type DirectPace } from './directs.ts';
import { DISCORD } from './errors.ts';
import { findByKey } from './find.ts';
import { type DiscordJs, stayConnected } from './gateway.ts';
import { createHealth } from './health.ts';
import { createInteractions } from './interactions.ts';
import { LIMITS } from './limits.ts';
import { commandsOf } from './menu.ts';
import { createCalls } from './pace.ts';
import { registerCommands } from './register.ts';
import { renderDiscord } from './render.ts';
import { followStatusPage } from './status-page.ts';

export interface DiscordOptions {
  readonly token: string;
  /** The only server that is served; undefined = each the bot is in. */
  readonly guildId?: string | undefined;
  /** Without version: https://discord.com/api */
  readonly apiUrl: string;
  readonly directs: DirectChannels;
  readonly directPace?: DirectPace | undefined;
  /** Shared by all processes; without it, each goes by what Discord answers. */
  readonly pace?: Pace | undefined;
  /** After so long without a call Discord is asked for something small, to know whether it answers. */
  readonly idleMs?: number | undefined;
  /** Discord's status page as JSON; without it, none is read. */
  readonly statusUrl?: string | undefined;
}

/** 30 in ten minutes, the lower end of what is known to go well. */
const DIRECT_PACE: DirectPace = { burst: 10, everyMs: 30_000 };
const PROBE_MS = 3_000;
/** Of the 50 calls a second that Discord allows, a six-hundredth. */
const IDLE_MS = 12_000;
/** A first attempt that hangs counts as ended after this. */
const SETTLED_MS = 10_000;
const FINISH_MS = 500;
const REGISTER_AGAIN_MS = 30_000;

/** Discord through discord.js, which is loaded when it is first needed. */
export function createDiscord(options: DiscordOptions, parent: Logger): ChatPlatform {
  const { token, guildId, apiUrl } = options;
  const logger = parent.child({ platform: DISCORD });
  const stopping = new AbortController();
  let settled = Promise.withResolvers<Condition>();
  const underWay = new Set<Promise<void>>();
  let connection: Promise<void> = Promise.resolve();
  let loaded: Promise<{ readonly discord: DiscordJs; readonly api: Api }> | undefined;

  const watch = createWatch({
    probe: async () => (await load()).api.get('/users/@me', undefined, PROBE_MS),
    ending: stopping.signal,
    logger,
    idleMs: options.idleMs ?? IDLE_MS,
  });
  const health = createHealth(watch);
  let reported: (() => Report | undefined) | undefined;
  const calls = options.pace && createCalls(options.pace);
  const directs = createDirects({
    api: async () => (await load()).api,
    kept: options.directs,
    pace: options.directPace ?? DIRECT_PACE,
    shared: options.pace,
    logger,
  });

  function load(): Promise<{ readonly discord: DiscordJs; readonly api: Api }> {
    loaded ??= import('discord.js').then((discord) => {
      const api = createApi(
        new discord.REST(restOptions(apiUrl)),
        token,
        (failure) => watch.called(failure),
        calls,
      );
      if (stopping.signal.aborted) api.close();
      return { discord, api };
    });
    return loaded;
  }

  function settle(): void {
    settled.resolve(health.condition());
  }

  async function connect(listener: Listener, signal: AbortSignal): Promise<void> {
    const { discord, api } = await load();
    const interact = createInteractions({
      api,
      listener,
      guildId,
      learn: (...known) => directs.learn(...known),
      logger,
    });
    let registered: Promise<void> | undefined;
    let lostAt: number | undefined;
    await stayConnected(
      { discord, token, apiUrl, logger },
      {
        up(applicationId) {
          health.connected();
          settle();
          logger.info(lostAt === undefined ? {} : { awayMs: Date.now() - lostAt }, 'discord connected');
          lostAt = undefined;
          registered ??= register(api, listener, applicationId, signal);
        },
        lost() {
          if (lostAt === undefined) logger.warn('discord connection lost, reconnecting');
          lostAt ??= Date.now();
          health.lost();
        },
        failed(error) {
          health.failed(wordsOf(error));
          settle();
          const retryable = error instanceof OutsideError && error.retryable;
          logger[retryable ? 'warn' : 'error'](
            { why: wordsOf(error) },
            'discord cannot be connected, will try again',
          );
        },
        interaction(raw) {
          // Whoever listens next is sent what comes from now on.
          if (signal.aborted) return;
          const done = interact(raw).finally(() => underWay.delete(done));
          underWay.add(done);
        },
      },
      signal,
    );
  }

  async function sendOnly(): Promise<void> {
    await health.sending();
    settle();
  }

  /** Until the signal aborts; then it only sends. Never rejects. */
  async function hear(listener: Listener, signal: AbortSignal): Promise<void> {
    try {
      await connect(listener, signal);
    } catch (error) {
      health.failed(wordsOf(error));
      settle();
      logger.error({ err: error }, 'discord given up');
    }
    if (signal.aborted && !stopping.signal.aborted) await sendOnly();
  }

  async function register(
    api: Api,
    listener: Listener,
    applicationId: string,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const { written } = await registerCommands(api, commandsOf(listener.menu), {
          applicationId,
          guildId,
        });
        logger.info({ changed: written.length > 0 }, 'discord commands are registered');
        return;
      } catch (error) {
        const retryable = error instanceof OutsideError && error.retryable;
        logger[retryable ? 'warn' : 'error'](
          { why: wordsOf(error) },
          'discord commands not registered: is the bot invited with the scope applications.commands?',
        );
        await delay(REGISTER_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** A known channel to a person that is refused is asked for once more: the record may be another bot's. */
  async function sendDirect(api: Api, handle: string, message: Message, key: string): Promise<Posted> {
    const channel = await directs.channelOf(handle);
    try {
      return await send(api, channel, message, key);
    } catch (error) {
      if (!(error instanceof OutsideError) || error.reason !== 'not-found') throw error;
      return await send(api, await directs.reopen(handle), message, key);
    }
  }

  return {
    id: DISCORD,
    can: { edit: true, react: false, choices: true, hear: true },
    start: async (listener, signal) => {
      if (options.statusUrl !== undefined) {
        reported ??= followStatusPage({ url: options.statusUrl, ending: stopping.signal, logger });
      }
      const ending = AbortSignal.any([signal, stopping.signal]);
      settled = Promise.withResolvers();
      void delay(SETTLED_MS, undefined, { signal: ending, ref: false }).then(settle, settle);
      const before = connection;
      connection = listener ? before.then(() => hear(listener, ending)) : sendOnly();
    },
    condition: () => health.condition(),
    reported: () => reported?.(),
    settled: () => settled.promise,
    async post(to: Address, message, key) {
      const { api } = await load();
      return to.kind === 'room' ? send(api, to.id, message, key) : sendDirect(api, to.handle, message, key);
    },
    async edit({ channel, id }, message) {
      const { api } = await load();
      const rendered = renderDiscord(message);
      const quiet = { allowed_mentions: { parse: [], users: [] } };
      await api.message('PATCH', `/channels/${channel}/messages/${id}`, rendered, { extra: quiet });
    },
    waiting: (handles) => directs.waiting(handles),
    async find(to, key) {
      const { api } = await load();
      const channel = to.kind === 'room' ? to.id : await directs.channelOf(to.handle);
      const id = await findByKey(api, channel, nonceOf(key));
      return id === undefined ? undefined : { platform: DISCORD, channel, id };
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await connection;
      await Promise.race([Promise.allSettled(underWay), delay(FINISH_MS)]);
      (await loaded)?.api.close();
    },
  };
}

async function send(api: Api, channel: string, message: Message, key: string): Promise<Posted> {
  const nonce = nonceOf(key);
  const { id, channel_id } = await api.message(
    'POST',
    `/channels/${channel}/messages`,
    renderDiscord(message, { reference: nonce }),
    { extra: { nonce, enforce_nonce: true } },
  );
  return { platform: DISCORD, channel: channel_id, id };
}

const nonceOf = (key: string): string => (key.length <= LIMITS.nonce ? key : keyOf(key));
