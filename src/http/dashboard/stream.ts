import type { ServerResponse } from 'node:http';

import { type Html, markup } from '#src/html.ts';

const BEAT_EVERY_MS = 15_000;
/** A reader that takes nothing more is let go; its browser comes back by itself. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

/** One browser that follows the page (server-sent events). */
export interface Stream {
  /** Markup whose elements replace those of the same id, unless it was sent under this name just before. */
  patch(name: string, safe: Html): void;
  /** A small fact for the page's script. */
  tell(event: string, data: Readonly<Record<string, string>>): void;
  end(): void;
}

export function openStream(response: ServerResponse, closed: () => void): Stream {
  const sent = new Map<string, string>();
  const write = (event: string, data: string): void => {
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    else response.write(`event: ${event}\n${data.replace(/^/gmu, 'data: ')}\n\n`);
  };
  const beat = setInterval(() => response.write(': beat\n\n'), BEAT_EVERY_MS).unref();
  response.once('close', () => {
    clearInterval(beat);
    closed();
  });
  response.write('retry: 1000\n\n');
  return {
    patch(name, safe) {
      const data = markup(safe);
      if (sent.get(name) === data) return;
      sent.set(name, data);
      write('patch', data);
    },
    tell: (event, data) => write(event, JSON.stringify(data)),
    end: () => response.end(),
  };
}
