import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';

import { bears, unauthorized } from './bearer.ts';
import type { IngressParts } from './parts.ts';
import { parsed, Refusal, retryAfter } from './refusal.ts';
import { jsonOf } from './json.ts';

/** One call, its caller let in. */
export interface IngressCall {
  readonly raw: Buffer;
  readonly logger: Logger;
  header(name: string): string | undefined;
  param(name: string): string;
  /** The body by a schema. Throws a Refusal with every fault. */
  body<Schema extends z.ZodType>(schema: Schema): z.infer<Schema>;
}

export interface Taken {
  readonly status: 200 | 202;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A way in for what happens outside. */
export interface Ingress {
  readonly name: string;
  /** Under /ingress; a parameter is written `:name`. */
  readonly path: string;
  /** `signature`: `take` checks the raw body itself. */
  readonly guard: 'bearer' | 'signature';
  readonly content: 'json' | 'nothing';
  /** Whether it is turned away while there is too much to do. */
  readonly yields: boolean;
  /** Resolves once it is on record. Throws Refusal, UserError, OutsideError. */
  take(call: IngressCall, parts: IngressParts): Promise<Taken>;
}

const TOO_MUCH = 'There is more to do than can be done now: send it again later.';

/** Opens one way in, in a scope of its own. */
export const ingressRoute =
  (ingress: Ingress, parts: IngressParts, logger: Logger) => async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers();
    const types = ingress.content === 'json' ? 'application/json' : '*';
    app.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    app.addHook('onRequest', async (request: FastifyRequest) => {
      if (ingress.guard === 'bearer' && !bears(request, parts.token)) {
        throw unauthorized('Send the ingress token: authorization: Bearer …');
      }
      const pressure = ingress.yields ? parts.pressure() : undefined;
      if (pressure) throw new Refusal(429, TOO_MUCH, { headers: retryAfter(pressure.retryAfterMs) });
      if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
        throw new Refusal(415, 'The body must not be compressed.');
      }
    });

    app.post<{ Params: Record<string, string> }>(ingress.path, async (request, reply) => {
      const { status, body } = await ingress.take(callOf(request, logger), parts).catch((error: unknown) => {
        if (error instanceof OutsideError)
          logger.warn({ err: error }, 'cannot take it in; the producer is told to retry');
        throw error;
      });
      return reply.code(status).send(body);
    });
  };

function callOf(request: FastifyRequest<{ Params: Record<string, string> }>, logger: Logger): IngressCall {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return {
    raw,
    logger,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    param: (name) => request.params[name] ?? '',
    body: (schema) => parsed(schema, jsonOf(raw)),
  };
}
