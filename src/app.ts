import type { Logger } from 'pino';

import { openBase } from '#src/app/base.ts';
import { openDesks } from '#src/app/desks.ts';
import { openFleet } from '#src/app/fleet.ts';
import { openGateway } from '#src/app/gateway.ts';
import { openMedia } from '#src/app/media.ts';
import { openWeb } from '#src/app/web.ts';
import { openWork } from '#src/app/work.ts';
import type { Config } from '#src/config/load.ts';
import { createMetrics } from '#src/metrics.ts';

export interface App extends AsyncDisposable {
  /** Where the page and the ingress answer; undefined without the role web. */
  readonly url: string | undefined;
}

interface AppNeeds {
  readonly config: Config;
  readonly logger: Logger;
  /** A calm line for whoever starts it. */
  readonly say: (line: string) => void;
}

/**
 * Starts everything in order; disposal ends it in reverse. Throws ConfigError, FleetError, UserError or
 * OutsideError with words for whoever starts it.
 */
export async function startApp({ config, logger, say }: AppNeeds): Promise<App> {
  await using stack = new AsyncDisposableStack();
  const base = await openBase(stack, { config, logger, say });
  const source = await openFleet(stack, base);
  const media = openMedia(stack, base, source);
  const desks = openDesks(stack, base, source, media);
  const metrics = createMetrics({
    waiting: () => base.producer.waiting(),
    up: () => new Map([...media.all].map(([id, { circuit }]) => [id, circuit.condition().up])),
  });
  const parts = { base, source, media, desks, metrics };
  const gateway = config.roles.has('gateway') ? await openGateway(stack, parts) : undefined;
  if (!gateway) media.start();
  else metrics.leads(() => gateway.leads());
  await media.tell();
  if (config.roles.has('worker')) await openWork(stack, parts);
  const server = config.roles.has('web') ? await openWeb(stack, { ...parts, gateway }) : undefined;
  // First of all: another process hears at once, while this one works off what it has begun.
  if (gateway) stack.defer(() => gateway[Symbol.asyncDispose]());
  const running = stack.move();
  return { url: config.http.publicUrl ?? server?.url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
