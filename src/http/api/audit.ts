import { Readable } from 'node:stream';

import { defineListing, limit } from '#src/http/listing.ts';

export const audit = defineListing({
  path: '/audit',
  query: { limit: limit.default(100) },
  answer: async ({ audit }, { limit }) => audit.list(limit),
});

/** All of it, a line per entry as it is chained, oldest first: to be kept, and verified, elsewhere. */
export const auditLines = defineListing({
  path: '/audit/lines',
  type: 'application/jsonl; charset=utf-8',
  query: {},
  // As it is read, never all of it at once: it may be a hundred thousand entries.
  answer: async ({ audit }) => Readable.from(ended(audit.lines())),
});

async function* ended(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
