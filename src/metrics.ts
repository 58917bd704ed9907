import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { Delivery } from '#src/domain/delivery.ts';

export interface Metrics {
  readonly registry: Registry;
  /** Counts a delivery that ended. */
  delivered(delivery: Pick<Delivery, 'platform' | 'state'>): void;
  jobLost(queue: string): void;
  /** From now on it is told whether this process hears people (1) or stands by (0). */
  leads(leads: () => boolean): void;
}

interface Sources {
  /** Jobs that wait, by queue. */
  waiting(): Promise<Readonly<Record<string, number>>>;
  /** Platform → whether it takes messages. */
  up(): ReadonlyMap<string, boolean>;
}

/** The figures of this process and of the queues, for Prometheus. */
export function createMetrics({ waiting, up }: Sources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'tocsin_' });
  const deliveries = new Counter({
    name: 'tocsin_deliveries_total',
    help: 'Deliveries that ended, by platform and state.',
    labelNames: ['platform', 'state'],
    registers: [registry],
  });
  const lost = new Counter({
    name: 'tocsin_jobs_failed_total',
    help: 'Jobs that will not be tried again, by queue.',
    labelNames: ['queue'],
    registers: [registry],
  });
  const jobs = new Gauge({
    name: 'tocsin_jobs_waiting',
    help: 'Jobs that wait, by queue.',
    labelNames: ['queue'],
    registers: [],
    async collect() {
      // Redis being away must not take the other figures with it.
      const counts = await waiting().catch(() => ({}));
      for (const [queue, count] of Object.entries(counts)) this.set({ queue }, count);
    },
  });
  const platforms = new Gauge({
    name: 'tocsin_platform_up',
    help: 'Whether a chat platform takes messages (1) or not (0).',
    labelNames: ['platform'],
    registers: [],
    collect() {
      for (const [platform, isUp] of up()) this.set({ platform }, isUp ? 1 : 0);
    },
  });
  registry.registerMetric(jobs);
  registry.registerMetric(platforms);
  return {
    registry,
    delivered: ({ platform, state }) => deliveries.inc({ platform, state }),
    jobLost: (queue) => lost.inc({ queue }),
    leads(leads) {
      const leader = new Gauge({
        name: 'tocsin_gateway_leader',
        help: 'Whether this process hears people (1) or stands by for the one that does (0).',
        registers: [],
        collect() {
          this.set(leads() ? 1 : 0);
        },
      });
      registry.registerMetric(leader);
    },
  };
}
