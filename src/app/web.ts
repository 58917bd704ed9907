import type { Leadership } from '#src/gateway/leadership.ts';
import { boundedIntake } from '#src/alerting/intake.ts';
import { createHttpApp } from '#src/http/app.ts';
import { runbookRoutes } from '#src/http/dashboard/runbook-routes.ts';
import { mayReadApi, statusRoutes } from '#src/http/dashboard/status-routes.ts';
import { trialRoutes } from '#src/http/dashboard/trial-routes.ts';
import { type HttpServer, listen } from '#src/http/server.ts';
import type { Metrics } from '#src/metrics.ts';
import { createHealthMetrics } from '#src/metrics/health.ts';
import { KEEP } from '#src/store/stores.ts';

import type { Base } from './base.ts';
import type { Desks } from './desks.ts';
import type { FleetSource } from './fleet.ts';
import type { Media } from './media.ts';

/** Jobs that may wait in a queue, and deliveries for a platform's return, before producers are asked to slow down. */
const MOST_WAITING = 50_000;
const RETRY_AFTER_MS = 5_000;
const MEASURE_MS = 1_000;

/** Answers over HTTP: ingress, API, probes, and the page. Throws UserError. */
export async function openWeb(
  stack: AsyncDisposableStack,
  {
    base,
    source,
    media,
    desks,
    metrics,
    gateway,
  }: {
    base: Base;
    source: FleetSource;
    media: Media;
    desks: Desks;
    metrics: Metrics;
    gateway: Leadership | undefined;
  },
): Promise<HttpServer> {
  const { config, logger, now, producer, stores, warn } = base;
  const { fleets, trial } = source;
  const { alerting, audit, broadcast, examiner, heartbeats, intake, publications, remediation } = desks;
  const { console } = media;

  let pressed = false;
  let isFull = false;
  const measure = async (): Promise<void> => {
    const waiting = Object.values(await producer.waiting());
    pressed = [...waiting, await stores.ledger.unsettled()].some((count) => count > MOST_WAITING);
    isFull = (await stores.alerts.held()) >= KEEP.alerts;
  };
  const timer = setInterval(() => void measure().catch(warn), MEASURE_MS);
  stack.defer(() => clearInterval(timer));

  const sources = { alerting, broadcast, deliveries: stores.ledger, fleets, examiner, remediation, audit };
  const { standings } = media;
  const pageParts = { ...sources, standings, sessions: stores.sessions, publicUrl: config.http.publicUrl };
  // Where an address is given, the page is reached through a published port: a container's.
  const reach = config.http.publicUrl === undefined ? 'loopback' : 'published';
  const page =
    trial && console ? trialRoutes({ ...sources, trial, console, logger, reach }) : statusRoutes(pageParts);
  const app = createHttpApp({
    logger,
    metrics: metrics.registry,
    healthMetrics: createHealthMetrics({ fleets, latest: stores.patrolMemory.latest, now }),
    ingress: {
      token: config.ingressToken,
      githubSecret: config.githubWebhookSecret,
      alerts: boundedIntake(intake, () => isFull),
      notices: broadcast,
      publications,
      heartbeats,
      pressure: () => (pressed ? { retryAfterMs: RETRY_AFTER_MS } : undefined),
    },
    api: { token: config.apiToken, signedIn: mayReadApi(pageParts), ...sources },
    ready: async () => ({
      redis: await base.redisAnswers(),
      fleet: true,
      ingress: true,
      platforms: media.standings(),
      ...(gateway && { gateway: gateway.leads() ? 'leader' : 'standby' }),
    }),
    pages: [page, runbookRoutes(base.runbooks)],
  });
  return stack.use(await listen(app, config.http));
}
