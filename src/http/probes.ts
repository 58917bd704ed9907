import type { FastifyInstance } from 'fastify';

import type { Standing } from '#src/domain/standing.ts';

import type { HttpParts, Readiness } from './parts.ts';

/** Whether it lives, whether it can do its work, and its figures. */
export const probeRoutes =
  (parts: HttpParts) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get('/healthz', async () => ({ alive: true }));

    app.get('/readyz', async (_request, reply) => {
      const state = await parts.ready().catch((error: unknown): Readiness => {
        parts.logger.warn({ err: error }, 'cannot tell whether Tocsin is ready');
        return { redis: false, fleet: false, ingress: false };
      });
      const { redis, fleet, ingress, gateway, platforms } = state;
      const missing = Object.entries({ redis, fleet, ingress }).flatMap(([part, there]) =>
        there ? [] : [part],
      );
      const isReady = missing.length === 0;
      return reply.code(isReady ? 200 : 503).send({
        ready: isReady,
        redis,
        fleet,
        ingress,
        gateway,
        platforms: platforms && Object.fromEntries(platforms.map(shown)),
        missing,
      });
    });

    app.get('/metrics', async (_request, reply) => {
      const { metrics, healthMetrics } = parts;
      const [own, watched = ''] = await Promise.all([metrics.metrics(), healthMetrics?.()]);
      return reply.type(metrics.contentType).send(own + watched);
    });
  };

const shown = ({ id, condition, reported }: Standing) => [id, { ...condition, reported: reported?.words }];
