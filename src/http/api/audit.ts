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
  async answer({ audit }) {
    const lines: string[] = [];
    for await (const line of audit.lines()) lines.push(`${line}\n`);
    return lines.join('');
  },
});
