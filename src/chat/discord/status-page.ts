import { setTimeout as delay } from 'node:timers/promises';

import axios from 'axios';
import type { Logger } from 'pino';
import { z } from 'zod';

import { wordsOf } from '#src/domain/errors.ts';
import type { Report } from '#src/domain/platform.ts';

import { cut, oneLine } from '../words.ts';

interface StatusPage {
  /** Statuspage's summary: https://discordstatus.com/api */
  readonly url: string;
  readonly ending: AbortSignal;
  readonly logger: Logger;
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 30_000;
const ANSWER_MS = 5_000;
const MOST_BYTES = 64 * 1024;
const MOST_WORDS = 200;
/** What was read longer ago is no news: a page that cannot be read any more says nothing. */
const FRESH_FOR = 3;

const Summary = z.object({ status: z.object({ indicator: z.string(), description: z.string() }) });
const MAJOR: ReadonlySet<string> = new Set(['major', 'critical']);

/** Reads the page until the signal aborts; what it reports now, undefined = nothing wrong, or nothing that can be read. */
export function followStatusPage({
  url,
  ending,
  logger,
  everyMs = EVERY_MS,
}: StatusPage): () => Report | undefined {
  let report: Report | undefined;
  let readAt = -Infinity;
  let isReadable = true;

  async function read(): Promise<void> {
    const { data } = await axios.get<unknown>(url, {
      signal: AbortSignal.any([ending, AbortSignal.timeout(ANSWER_MS)]),
      proxy: false,
      maxContentLength: MOST_BYTES,
      maxRedirects: 2,
      headers: { Accept: 'application/json' },
    });
    const { indicator, description } = Summary.parse(data).status;
    report =
      indicator === 'none'
        ? undefined
        : { words: cut(oneLine(description), MOST_WORDS), major: MAJOR.has(indicator) };
    readAt = performance.now();
  }

  async function follow(): Promise<void> {
    while (!ending.aborted) {
      const failure = await read().then(
        () => undefined,
        (error: unknown) => wordsOf(error).slice(0, MOST_WORDS),
      );
      if (ending.aborted) return;
      if (failure !== undefined && isReadable) logger.warn({ why: failure }, 'status page cannot be read');
      isReadable = failure === undefined;
      await delay(everyMs, undefined, { signal: ending, ref: false }).catch(() => undefined);
    }
  }

  void follow();
  return () => (performance.now() - readAt > everyMs * FRESH_FOR ? undefined : report);
}
