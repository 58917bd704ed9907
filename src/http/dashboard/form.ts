import type { FastifyInstance, FastifyRequest } from 'fastify';

const MOST_BYTES = 16 * 1024;

export type Form = Readonly<Record<string, string>>;

/** Lets this scope read what a browser's form sends. */
export function readForms(app: FastifyInstance): void {
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MOST_BYTES },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
}
