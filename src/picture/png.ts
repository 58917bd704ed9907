import { Worker } from 'node:worker_threads';

import type { Logger } from 'pino';

import { wordsOf } from '#src/domain/errors.ts';
import type { Pictures } from '#src/domain/picture.ts';

/** What the thread is asked. */
export interface Asked {
  readonly id: number;
  readonly svg: string;
}

/** What it answers. */
export interface Painted {
  readonly id: number;
  readonly png: Uint8Array;
}

/** For the first picture too, for which the renderer and the fonts are loaded. */
const WITHIN_MS = 10_000;
/** Without work the thread ends, and with it 60 MB. */
const IDLE_MS = 60_000;

interface Thread {
  readonly worker: Worker;
  readonly asked: Map<number, PromiseWithResolvers<Uint8Array>>;
}

/** Draws in a thread of its own, one picture after the other: what else the process does goes on meanwhile. */
export function createPictures(logger: Logger, withinMs = WITHIN_MS): Pictures & AsyncDisposable {
  let thread: Thread | undefined;
  let idle: NodeJS.Timeout | undefined;
  let count = 0;

  function open(): Thread {
    const worker = new Worker(new URL('./paint.ts', import.meta.url));
    const opened: Thread = { worker, asked: new Map() };
    worker.unref();
    worker.on('message', ({ id, png }: Painted) => opened.asked.get(id)?.resolve(png));
    worker.on('error', (error) => end(opened, wordsOf(error)));
    worker.on('exit', () => end(opened, 'the thread ended'));
    return opened;
  }

  function end(ended: Thread, why: string): void {
    if (thread === ended) thread = undefined;
    for (const { reject } of ended.asked.values()) reject(new Error(why));
    void ended.worker.terminate();
  }

  async function paint(svg: string): Promise<Uint8Array> {
    clearTimeout(idle);
    const used = (thread ??= open());
    const id = count++;
    const answer = Promise.withResolvers<Uint8Array>();
    used.asked.set(id, answer);
    used.worker.postMessage({ id, svg } satisfies Asked);
    // A drawing that takes too long takes the thread with it; the next one starts anew.
    const late = setTimeout(() => end(used, `not drawn within ${withinMs} ms`), withinMs);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(late);
      used.asked.delete(id);
      if (used.asked.size === 0) idle = setTimeout(() => end(used, 'idle'), IDLE_MS).unref();
    }
  }

  return {
    async png(svg) {
      try {
        return await paint(svg);
      } catch (error) {
        logger.warn({ why: wordsOf(error) }, 'a picture could not be drawn');
        return undefined;
      }
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(idle);
      if (thread) end(thread, 'Tocsin ends');
    },
  };
}
