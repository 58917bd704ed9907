import { create as createClient } from 'axios';
import { z } from 'zod';

import type { Mark } from '#src/domain/voice.ts';
import { direct } from '../../way.ts';
import { BlockHash } from '../payloads.ts';
import type { Witness } from './verdict.ts';

/** What explorers outside of the fleet say of a chain; one that does not answer has no voice. */
export interface References {
  hear(urls: readonly string[], own: readonly Mark[]): Promise<readonly Witness[]>;
}

const KEEP_MS = 5 * 60_000;
const TIMEOUT_MS = 2_000;
const MAX_BYTES = 10_000;
const MOST_KEPT = 200;
/** Asked at heights of which the nodes have marks for an hour. */
const EVERY_BLOCKS = 8;
const MARKS = 2;

const Answer = z.object({ blockHash: BlockHash });
const client = createClient({ proxy: false, maxRedirects: 2, maxContentLength: MAX_BYTES, ...direct });

interface Kept {
  readonly until: number;
  readonly marks: Promise<readonly Mark[]>;
}

/**
 * Explorers that speak Insight's API: `<address>/block-index/<height>` tells a block's hash. Each is asked every five
 * minutes, whoever asks.
 */
export function createReferences(now: () => number = Date.now): References {
  const kept = new Map<string, Kept>();

  const marksOf = (url: string, heights: readonly number[]): Promise<readonly Mark[]> => {
    const before = kept.get(url);
    if (before && now() < before.until) return before.marks;
    const marks = Promise.all(heights.map((height) => ask(url, height))).then((found) =>
      found.filter((mark) => mark !== undefined),
    );
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(url, { until: now() + KEEP_MS, marks });
    return marks;
  };

  return {
    async hear(urls, own) {
      const heights = own
        .flatMap(({ height }) => (height % EVERY_BLOCKS === 0 ? [height] : []))
        .slice(0, MARKS);
      const heard = await Promise.all(
        urls.map(async (url) => ({ name: new URL(url).host, marks: await marksOf(url, heights) })),
      );
      return heard.filter(({ marks }) => marks.length > 0);
    },
  };
}

async function ask(url: string, height: number): Promise<Mark | undefined> {
  try {
    const { data } = await client.get<unknown>(`${url.replace(/\/$/, '')}/block-index/${height}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { height, hash: Answer.parse(data).blockHash.toLowerCase() };
  } catch {
    return undefined;
  }
}
