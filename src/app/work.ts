import { z } from 'zod';

import { createCarry } from '#src/delivery/carry.ts';
import { createRecovery } from '#src/delivery/recovery.ts';
import { Signals } from '#src/domain/alert.ts';
import type { Delivery } from '#src/domain/delivery.ts';
import { text } from '#src/domain/message.ts';
import { Announcement } from '#src/domain/notice.ts';
import { createBeat } from '#src/health/beat.ts';
import type { Metrics } from '#src/metrics.ts';
import { parseJob } from '#src/queue/parse.ts';
import { deliveryQueue, type QueueName } from '#src/queue/queues.ts';
import { createWorker, type Handler } from '#src/queue/worker.ts';
import { faultLine } from '#src/registry/fault.ts';

import type { Base } from './base.ts';
import type { Desks } from './desks.ts';
import type { FleetSource } from './fleet.ts';
import type { Media } from './media.ts';

const RequestJob = z.object({ request: z.string() });
const DeliveryJob = z.object({ delivery: z.string() });

/** How often interrupted work, overdue requests and silent hearts are looked for. */
const SWEEP_MS = 15_000;
/** A remedy is taken up again after this while another has its node. */
const BUSY_MS = 2_000;
/** How often it is looked whether a platform is back. */
const TICK_MS = 1_000;

/** Works on the queues, keeps the patrols going, and completes what a crash interrupted. */
export async function openWork(
  stack: AsyncDisposableStack,
  {
    base,
    source,
    media,
    desks,
    metrics,
  }: { base: Base; source: FleetSource; media: Media; desks: Desks; metrics: Metrics },
): Promise<void> {
  const { config, logger, now, redis, stores, warn } = base;
  const { fleets } = source;
  const { alerting, broadcast, notes, patrol, people, remediation } = desks;
  const stopping = new AbortController();

  const tell = (key: readonly string[], title: string, words: string): void => {
    notes.tell(key, { tone: 'warning', title, blocks: [text(words)] }).catch(warn);
  };
  const onLost = (queue: QueueName, job: string, why: string): void => {
    metrics.jobLost(queue);
    tell(
      ['job', queue, job],
      `A job of queue ${queue} could not be used`,
      `Job ${job} stays readable there: ${why}`,
    );
  };
  // The last to end: what the last patrols saw is written as well.
  stack.use(desks.record);
  const workers: AsyncDisposable[] = [];
  // All at once: none takes up new work while another is waited for.
  stack.defer(async () => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  });
  const work = (queue: QueueName, handle: Handler): void => {
    workers.push(createWorker(queue, handle, { redis: redis.connect('patient'), logger, onLost }));
  };

  const arrived = async (delivery: Delivery): Promise<void> => {
    metrics.delivered(delivery);
    await broadcast.arrived(delivery);
  };
  const { ledger } = stores;
  const { compose, enqueue } = desks;
  const carry = createCarry({
    media: media.all,
    ledger,
    fleets,
    missed: stores.outages,
    pace: stores.pace,
    staleMs: config.staleMs,
    compose,
    enqueue,
    arrived,
    logger,
    now,
  });
  for (const id of media.all.keys()) {
    work(deliveryQueue(id), (data) => carry(parseJob(DeliveryJob, data).delivery));
  }
  work('alerts', async (data) => {
    await alerting.take(...parseJob(Signals, data));
  });
  work('notices', async (data) => {
    await broadcast.draft(parseJob(Announcement, data), 'queue');
  });
  work('remediations', async (data) => {
    const outcome = await desks.carryOut(parseJob(RequestJob, data).request, stopping.signal);
    return outcome === 'busy' ? { againMs: BUSY_MS } : undefined;
  });
  stack.defer(() => stopping.abort());

  const recovery = createRecovery({
    media: media.all,
    ledger,
    outages: stores.outages,
    post: desks.post,
    fleets,
    enqueue,
    now,
  });
  const beat = createBeat({ turns: stores.turns, patrol, fleets, warn });
  const schedule = async (): Promise<void> => {
    await beat.follow();
    await patrol.retire();
  };
  const sweep = async (): Promise<void> => {
    await Promise.all([
      alerting.sweep(),
      broadcast.sweep(),
      remediation.sweep(),
      desks.proposals.sweep(),
      desks.heartbeats.sweep(),
      recovery.sweep(),
      people.sweep(),
    ]);
  };
  await schedule();
  await people.begin();
  beat.start();
  stack.use(beat);
  await sweep();
  const timer = setInterval(() => void sweep().catch(warn), SWEEP_MS);
  stack.defer(() => clearInterval(timer));
  let ticking = false;
  const tick = setInterval(() => {
    if (ticking) return;
    ticking = true;
    void recovery
      .tick()
      .catch(warn)
      .finally(() => (ticking = false));
  }, TICK_MS);
  stack.defer(() => clearInterval(tick));

  fleets.onChange(() => void Promise.all([schedule(), people.follow()]).catch(warn));
  source.onFaults(({ faults }) => {
    const lines = faults.map((fault) => faultLine(config.fleetFile, fault));
    tell(['fleet', ...lines], 'The fleet file has faults; the running fleet stays', lines.join('\n'));
  });
}
