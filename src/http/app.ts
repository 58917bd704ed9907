import { randomUUID } from 'node:crypto';

import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { Counter } from 'prom-client';

import { LISTINGS } from './api/index.ts';
import { ingressRoute } from './ingress.ts';
import { INGRESSES } from './ingress/index.ts';
import { apiRoutes } from './listing.ts';
import type { HttpParts } from './parts.ts';
import { probeRoutes } from './probes.ts';
import { refusalOf, refuse } from './refusal.ts';

const BODY_BYTES = 1_048_576;
/** For a whole request to arrive. */
const REQUEST_MS = 30_000;

/** For answers that are data; a page sets its own. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Everything that is answered over HTTP; does not listen. */
export function createHttpApp(parts: HttpParts): FastifyInstance {
  const { logger, metrics, ingress, api, pages = [] } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      answer(error, reply.headers(HEADERS), (bug, incident) =>
        logger.error({ err: bug, incident }, 'bug in the HTTP framework'),
      );
    },
  });

  const calls = new Counter({
    name: 'tocsin_http_requests_total',
    help: 'Answered HTTP requests by route and status.',
    labelNames: ['route', 'status'],
    registers: [metrics],
  });
  app.addHook('onResponse', async (request, reply) => {
    calls.inc({ route: request.routeOptions.url ?? 'none', status: reply.statusCode });
  });
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS))
      if (!reply.hasHeader(name)) reply.header(name, value);
  });

  app.setErrorHandler((error, request: FastifyRequest, reply) => {
    answer(error, reply, (bug, incident) => {
      const route = `${request.method} ${request.routeOptions.url ?? ''}`;
      logger.error({ err: bug, incident, route }, 'bug while answering a request');
    });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));

  app.register(probeRoutes(parts));
  for (const way of INGRESSES) {
    const log = logger.child({ ingress: way.name });
    app.register(ingressRoute(way, ingress, log), { prefix: '/ingress' });
  }
  app.register(apiRoutes(LISTINGS, api), { prefix: '/api' });
  for (const page of pages) app.register(page);
  return app;
}

/** Words to the caller; a bug goes to the log under the id that the caller is given. */
function answer(
  error: unknown,
  reply: FastifyReply,
  log: (bug: unknown, incident: string) => void,
): FastifyReply {
  const refusal = refusalOf(error);
  if (refusal) return refuse(reply, refusal);
  const incident = randomUUID();
  log(error, incident);
  return reply.code(500).send({ error: 'Something went wrong here; it is in the log.', incident });
}
