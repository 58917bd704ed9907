import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';

import type { Api } from './api.ts';
import { surelyNotDone } from './errors.ts';
import { renderDiscord } from './render.ts';

export const EPHEMERAL = 64;

const MOST_TRIES = 5;
const FIRST_RETRY_MS = 300;
const MOST_WAIT_MS = 10_000;

interface Answered {
  readonly api: Api;
  readonly applicationId: string;
  readonly token: string;
  readonly ephemeral: boolean;
  readonly logger: Logger;
}

/**
 * Answers a deferred interaction: the first answer takes the place of "thinking…", others follow it, in order. The
 * first is an edit, which may be repeated. Those that follow have no key: one that may have arrived is not said again,
 * and so may be lost, but is never doubled. Never rejects: who asked may be gone, the token may have expired, and the deed is done anyway.
 */
export function answersTo({
  api,
  applicationId,
  token,
  ephemeral,
  logger,
}: Answered): (message: Message) => Promise<void> {
  let isFirst = true;
  let before: Promise<void> = Promise.resolve();

  async function write(message: Message): Promise<void> {
    const rendered = renderDiscord(message);
    const extra = ephemeral ? { flags: EPHEMERAL } : {};
    if (isFirst) {
      await patiently(
        () =>
          api.message('PATCH', `/webhooks/${applicationId}/${token}/messages/@original`, rendered, {
            auth: false,
          }),
        ({ retryable }) => retryable,
      );
      isFirst = false;
      return;
    }
    await patiently(
      () => api.message('POST', `/webhooks/${applicationId}/${token}`, rendered, { auth: false, extra }),
      surelyNotDone,
    );
  }

  return (message) => {
    before = before
      .then(() => write(message))
      .catch((error: unknown) => {
        if (error instanceof OutsideError) logger.warn({ why: error.message }, 'answer not delivered');
        else logger.error({ err: error }, 'answer not delivered');
      });
    return before;
  };
}

async function patiently(
  act: () => Promise<unknown>,
  mayRepeat: (error: OutsideError) => boolean,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await act();
      return;
    } catch (error) {
      if (!(error instanceof OutsideError) || !mayRepeat(error) || tries === MOST_TRIES) throw error;
      await delay(Math.min(MOST_WAIT_MS, error.retryAfterMs ?? FIRST_RETRY_MS * 2 ** tries), undefined, {
        ref: false,
      });
    }
  }
}
