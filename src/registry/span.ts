import { z } from 'zod';

import { parseDuration } from '#src/domain/duration.ts';

/** A time span as people write it (`15m`, `7d`), in ms; `words` say its bounds. */
export const span = (leastMs: number, mostMs: number, words: string) =>
  z.string(words).transform((text, context): number => {
    const ms = msOf(text.trim());
    if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
    context.addIssue({ code: 'custom', message: words });
    return z.NEVER;
  });

function msOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
