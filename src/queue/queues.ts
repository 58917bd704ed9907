/** How a queue treats its jobs. */
export interface QueueRules {
  /** Jobs a process works on at once. */
  readonly concurrency: number;
  /** Tries after which a job stays as failed; `again` answers of a worker do not count. */
  readonly attempts: number;
  /** A killed worker's job is taken up again after this. */
  readonly lockMs: number;
  /** Jobs a queue may start in a second, over all processes. */
  readonly perSecond?: number;
}

const delivery = (perSecond?: number): QueueRules => ({
  concurrency: 24,
  attempts: 5,
  lockMs: 4_500,
  ...(perSecond !== undefined && { perSecond }),
});

/**
 * Every queue there is. Producers outside may add to `alerts` and `notices`: the job's data is what
 * the ingress of that name takes. Delivery queues are named after their platform.
 */
export const QUEUES = {
  // A signal taken twice is one alert: a killed worker's are taken up soon.
  alerts: { concurrency: 16, attempts: 20, lockMs: 4_500 },
  notices: { concurrency: 2, attempts: 20, lockMs: 15_000 },
  // Mostly waiting: a flag day waits for hours, and must not keep the others from beginning.
  remediations: { concurrency: 32, attempts: 20, lockMs: 15_000 },
  // Discord's platform keeps the pace itself, call by call, over all processes.
  'deliver-discord': delivery(),
  'deliver-matrix': delivery(40),
  // What mail servers take from one sender without suspicion.
  'deliver-email': delivery(5),
  // Telegram allows 30 a second; the pace of all processes, and one a second per person, is kept by the platform itself.
  'deliver-telegram': delivery(25),
  'deliver-console': delivery(500),
} as const satisfies Record<string, QueueRules>;

export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** The delivery queue of a platform. */
export const deliveryQueue = (platform: string): QueueName => {
  const name = `deliver-${platform}`;
  if (!(name in QUEUES))
    throw new Error(`no delivery queue for platform ${platform}: add it to the table of queues`);
  return name as QueueName;
};

/** BullMQ's prefix; the braces keep a queue on one node of a Redis Cluster. */
export const QUEUE_PREFIX = '{tocsin}';
