import type { Logger } from 'pino';

import type { Config } from '#src/config/load.ts';
import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { Runbooks } from '#src/domain/runbook.ts';
import type { Pictures } from '#src/domain/picture.ts';
import { createPictures } from '#src/picture/png.ts';
import { createProducer, type Producer } from '#src/queue/producer.ts';
import { readRunbooks } from '#src/runbooks/pages.ts';
import { type OpenRedis, openRedis } from '#src/store/open.ts';
import { createStores, type Stores } from '#src/store/stores.ts';

/** What everything else stands on. */
export interface Base {
  readonly config: Config;
  readonly logger: Logger;
  /** A calm line for whoever started Tocsin. */
  readonly say: (line: string) => void;
  readonly now: () => Date;
  readonly redis: OpenRedis;
  readonly stores: Stores;
  readonly producer: Producer;
  readonly pictures: Pictures;
  readonly runbooks: Runbooks;
  /** Whether Redis answers now. */
  redisAnswers(): Promise<boolean>;
  /** Logs what went wrong in the background, the same words once a minute. */
  readonly warn: (error: unknown) => void;
}

const SAME_WORDS_MS = 60_000;
const PING_MS = 1_000;

/** Connects to Redis, its records and its queues. Throws UserError. */
export async function openBase(
  stack: AsyncDisposableStack,
  { config, logger, say }: Pick<Base, 'config' | 'logger' | 'say'>,
): Promise<Base> {
  const now = (): Date => new Date();
  const warn = warnOnce(logger);
  const redis = stack.use(await openRedis({ place: config.redis, dataDir: config.dataDir, onError: warn }));
  say(`Redis: ${redis.name}`);
  const prompt = redis.connect('prompt');
  await new Promise<void>((resolve) =>
    prompt.status === 'ready' ? resolve() : prompt.once('ready', () => resolve()),
  );
  const producer = stack.use(createProducer(prompt));
  const redisAnswers = (): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const late = setTimeout(() => resolve(false), PING_MS);
    prompt.ping().then(
      () => resolve(true),
      () => resolve(false),
    );
    return promise.finally(() => clearTimeout(late));
  };
  return {
    config,
    logger,
    say,
    now,
    redis,
    stores: createStores(redis.connect('steady'), now),
    producer,
    pictures: stack.use(createPictures(logger)),
    runbooks: readRunbooks(),
    redisAnswers,
    warn,
  };
}

function warnOnce(logger: Logger): (error: unknown) => void {
  const said = new Map<string, number>();
  return (error) => {
    const why = wordsOf(error);
    if (Date.now() - (said.get(why) ?? 0) < SAME_WORDS_MS) return;
    if (said.size > 100) said.clear();
    said.set(why, Date.now());
    const system = error instanceof OutsideError ? error.system : undefined;
    logger.warn(
      { why, system, stack: error instanceof Error ? error.stack : undefined },
      'trouble in the background',
    );
  };
}
