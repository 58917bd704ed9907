import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { bears, unauthorized } from './bearer.ts';
import type { ApiParts } from './parts.ts';
import { parsed, Refusal } from './refusal.ts';

export const MOST_ROWS = 1_000;

/** How many rows, newest first. */
export const limit = z.coerce
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(MOST_ROWS, `must be at most ${MOST_ROWS}`);

type Shape = Readonly<Record<string, z.ZodType>>;

/** Something that /api shows: as JSON, unless it names another type, in which it then answers text, or a stream of it. */
export interface Listing {
  /** Under /api; a parameter is written `:name`. */
  readonly path: string;
  readonly type?: string | undefined;
  /** Undefined: there is no such thing. */
  answer(parts: ApiParts, asked: { readonly query: unknown; readonly id: string }): Promise<unknown>;
}

/** A listing whose query is checked first; a name it does not have is a fault. */
export const defineListing = <S extends Shape>(listing: {
  readonly path: string;
  readonly type?: string;
  readonly query: S;
  answer(parts: ApiParts, query: z.infer<z.ZodObject<S, z.core.$strict>>, id: string): Promise<unknown>;
}): Listing => ({
  path: listing.path,
  type: listing.type,
  answer: async (parts, { query, id }) =>
    listing.answer(parts, parsed(z.strictObject(listing.query), query), id),
});

/** Answers the listings, to whoever bears the token or is signed in. */
export const apiRoutes = (listings: readonly Listing[], parts: ApiParts) => async (app: FastifyInstance) => {
  app.addHook('onRequest', async (request: FastifyRequest) => {
    if (bears(request, parts.token) || (await parts.signedIn?.(request))) return;
    throw unauthorized('Send the API token: authorization: Bearer …');
  });
  for (const listing of listings) {
    app.get<{ Params: { id?: string } }>(listing.path, async (request, reply) => {
      const found = await listing.answer(parts, { query: request.query, id: request.params.id ?? '' });
      if (found === undefined) throw new Refusal(404, 'There is no such thing.');
      return (listing.type === undefined ? reply : reply.type(listing.type)).send(found);
    });
  }
};
