import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { Pace } from '#src/domain/pace.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';

import { createWatch } from '../watch.ts';
import { openApi, type TelegramApi } from './api.ts';
import { TELEGRAM } from './errors.ts';
import { createTurns } from './pace.ts';
import { type Rendered, renderTelegram } from './render.ts';

/** How long it waits; the defaults are Telegram's. */
export interface TelegramPatience {
  /** For an answer. */
  readonly answerMs: number;
  /** Between two messages to one person. */
  readonly everyMs: number;
  /** Before the second look at a Telegram that failed. */
  readonly lookAgainMs: number;
  /** Without a message, before it is asked whether it is there. */
  readonly idleMs: number;
}

const PATIENCE: TelegramPatience = {
  answerMs: 10_000,
  everyMs: 1_050,
  lookAgainMs: 1_000,
  idleMs: 15_000,
};
/** A file that is told to wait longer stays away: the beginning of the message stands. */
const MOST_FILE_WAIT_MS = 5_000;

export interface TelegramOptions {
  readonly token: string;
  /** Without a slash at its end: https://api.telegram.org */
  readonly apiUrl: string;
  /** Shared by all processes. */
  readonly pace: Pick<Pace, 'reserve' | 'hold'>;
  readonly patience?: Partial<TelegramPatience> | undefined;
}

/**
 * Telegram through grammY, which is loaded when it is first needed. Send only, to people only: no updates are
 * asked for. The Bot API has no idempotency key and no history: a message of which no answer came is not sent again.
 */
export function createTelegram(options: TelegramOptions, parent: Logger): ChatPlatform {
  const logger = parent.child({ platform: TELEGRAM });
  const patience = { ...PATIENCE, ...options.patience };
  const ending = new AbortController();
  const turns = createTurns(options.pace, patience.everyMs);
  let loaded: Promise<TelegramApi> | undefined;

  const load = (): Promise<TelegramApi> =>
    (loaded ??= openApi({
      token: options.token,
      apiUrl: options.apiUrl,
      answerMs: patience.answerMs,
      ending: ending.signal,
      async seen(failure) {
        watch.called(failure);
        if (failure?.reason !== 'rate-limited') return;
        await turns.pause(failure.retryAfterMs ?? patience.everyMs).catch((error: unknown) => {
          logger.warn({ why: wordsOf(error) }, 'telegram asks to slow down, which others could not be told');
        });
      },
    }));
  const watch = createWatch({
    probe: async () => (await load()).getMe(),
    ending: ending.signal,
    logger,
    idleMs: patience.idleMs,
    firstWaitMs: patience.lookAgainMs,
  });

  /** The message stands already: what cannot be added to it must not make it come again. */
  async function addFiles(
    api: TelegramApi,
    chat: string,
    id: string,
    files: Rendered['files'],
  ): Promise<void> {
    for (const file of files) {
      const send = async (): Promise<void> => {
        await turns.take(chat);
        await api.sendFile(chat, file, id);
      };
      try {
        await send().catch(async (error: unknown) => {
          const waitMs =
            error instanceof OutsideError && error.retryable ? (error.retryAfterMs ?? 500) : Infinity;
          if (waitMs > MOST_FILE_WAIT_MS) throw error;
          await delay(waitMs, undefined, { signal: ending.signal });
          await send();
        });
      } catch (error) {
        logger.warn(
          { why: wordsOf(error), file: file.name },
          'file could not be added to a telegram message',
        );
      }
    }
  }

  return {
    id: TELEGRAM,
    can: { edit: true, react: false, choices: false, hear: false, repeat: false },
    async start(_listener, signal) {
      signal.addEventListener('abort', () => ending.abort(), { once: true });
      watch.begin();
    },
    condition: () => watch.condition(),
    settled: () => watch.settled(),
    notes: () => ['sends only: nobody is heard there'],
    async post(to, message) {
      if (to.kind === 'room')
        throw new OutsideError(TELEGRAM, 'rejected', 'Telegram is for people here, not for rooms.');
      const { html, files } = renderTelegram(message);
      const api = await load();
      await turns.take(to.handle);
      const id = await api.send(to.handle, html);
      await addFiles(api, to.handle, id, files);
      return { platform: TELEGRAM, channel: to.handle, id };
    },
    async edit({ channel, id }, message) {
      const api = await load();
      await turns.take(channel);
      await api.edit(channel, id, renderTelegram(message, { withFiles: false }).html);
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
    },
  };
}
