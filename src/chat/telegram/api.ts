import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';

import { OutsideError } from '#src/domain/errors.ts';

import { isUnchanged, TELEGRAM, telegramError } from './errors.ts';

/** The Bot API as far as Tocsin uses it. Each call is bounded in time and throws OutsideError. */
export interface TelegramApi {
  getMe(): Promise<void>;
  /** The id of the message. Fails with `maybeDone` where nobody can know whether it arrived. */
  send(chat: string, html: string): Promise<string>;
  edit(chat: string, id: string, html: string): Promise<void>;
  sendFile(
    chat: string,
    file: { readonly name: string; readonly data: Buffer },
    replyTo: string,
  ): Promise<void>;
}

interface Options {
  readonly token: string;
  readonly apiUrl: string;
  readonly answerMs: number;
  readonly ending: AbortSignal;
  /** Told how each call ended; undefined = Telegram did it. */
  readonly seen: (failure: OutsideError | undefined) => Promise<void>;
}

const MOST_BYTES = 1024 * 1024;

/** By grammY, which is loaded here; it retries nothing by itself. */
export async function openApi({ token, apiUrl, answerMs, ending, seen }: Options): Promise<TelegramApi> {
  const { Api, InputFile } = await import('grammy');
  const api = new Api(token, {
    apiRoot: apiUrl,
    timeoutSeconds: answerMs / 1_000,
    baseFetchConfig: {
      // A kept connection that the other side has closed meanwhile looks like a message that may have arrived.
      agent: apiUrl.startsWith('https:')
        ? new Agent({ keepAlive: false })
        : new PlainAgent({ keepAlive: false }),
      redirect: 'error',
      size: MOST_BYTES,
    },
  });

  async function call<T>(sending: boolean, deed: (signal: never) => Promise<T>): Promise<T> {
    if (ending.aborted) throw new OutsideError(TELEGRAM, 'unavailable', 'Tocsin is leaving Telegram.');
    try {
      // grammY's type of a signal is that of a package of its own.
      const answer = await deed(ending as never);
      await seen(undefined);
      return answer;
    } catch (error) {
      const failure = telegramError(error, { sending });
      if (failure instanceof OutsideError) await seen(failure);
      throw failure;
    }
  }

  const form = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } } as const;
  return {
    async getMe() {
      await call(false, (signal) => api.getMe(signal));
    },
    async send(chat, html) {
      const message = await call(true, (signal) => api.sendMessage(chat, html, form, signal));
      return String(message.message_id);
    },
    async edit(chat, id, html) {
      await call(false, async (signal) => {
        try {
          await api.editMessageText(chat, Number(id), html, form, signal);
        } catch (error) {
          if (!isUnchanged(error)) throw error;
        }
      });
    },
    async sendFile(chat, { name, data }, replyTo) {
      const reply = { message_id: Number(replyTo), allow_sending_without_reply: true };
      const other = { reply_parameters: reply, disable_notification: true };
      await call(true, (signal) => api.sendDocument(chat, new InputFile(data, name), other, signal));
    },
  };
}
