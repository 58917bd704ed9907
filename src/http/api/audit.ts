import { defineListing, limit } from '#src/http/listing.ts';

export const audit = defineListing({
  path: '/audit',
  query: { limit: limit.default(100) },
  answer: async ({ audit }, { limit }) => audit.list(limit),
});
