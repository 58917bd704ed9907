import { setTimeout as delay } from 'node:timers/promises';

import type * as Discord from 'discord.js';
import type { Logger } from 'pino';

import { OutsideError } from '#src/domain/errors.ts';

import { REFUSED_MS } from '../watch.ts';
import { restOptions } from './api.ts';
import { gatewayError } from './errors.ts';
import { leave } from './leave.ts';

export type DiscordJs = typeof Discord;

const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;

/** What happens on the gateway. */
export interface GatewayEvents {
  /** Connected, again or for the first time. */
  up(applicationId: string): void;
  /** The connection broke; discord.js tries to resume it. */
  lost(): void;
  /** The attempt or the connection ended; another attempt follows. */
  failed(error: Error): void;
  /** An interaction as Discord sent it. */
  interaction(raw: unknown): void;
}

interface GatewayOptions {
  readonly discord: DiscordJs;
  readonly token: string;
  readonly apiUrl: string;
  readonly logger: Logger;
}

/** Stays connected until the signal aborts, and resolves when everything is closed; never rejects. */
export async function stayConnected(
  options: GatewayOptions,
  events: GatewayEvents,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  const watched: GatewayEvents = {
    ...events,
    up(applicationId) {
      failures = 0;
      events.up(applicationId);
    },
  };
  while (!signal.aborted) {
    const error = await oneSession(options, watched, signal);
    if (signal.aborted) return;
    events.failed(error);
    await delay(retryMs(error, failures++), undefined, { signal }).catch(() => undefined);
  }
}

function retryMs(error: Error, failures: number): number {
  const backoffMs = Math.min(MOST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
  if (!(error instanceof OutsideError) || !error.retryable) return REFUSED_MS;
  return Math.max(error.retryAfterMs ?? 0, backoffMs * (0.75 + Math.random() / 2));
}

/** One login and all its reconnections; resolves with what ended it. */
async function oneSession(
  { discord, token, apiUrl, logger }: GatewayOptions,
  events: GatewayEvents,
  signal: AbortSignal,
): Promise<Error> {
  const ended = Promise.withResolvers<Error>();
  let strategy: Discord.SimpleShardingStrategy | undefined;
  const client = new discord.Client({
    intents: ['Guilds'],
    rest: restOptions(apiUrl),
    // Interactions must not wait for a guild that never arrives.
    waitGuildTimeout: 0,
    ws: {
      buildStrategy: (manager) => (strategy = new discord.SimpleShardingStrategy(manager)),
    },
  });
  const up = (): void => events.up(client.application?.id ?? '');
  client
    .on('clientReady', up)
    .on('shardReady', () => client.isReady() && up())
    .on('shardResume', up)
    .on('shardReconnecting', () => events.lost())
    .on('shardDisconnect', ({ code }) => ended.resolve(gatewayError(undefined, code)))
    .on('invalidated', () =>
      ended.resolve(new OutsideError('discord', 'unavailable', 'Discord ended the session')),
    )
    .on('shardError', (error) => logger.debug({ err: error }, 'discord gateway error'))
    .on('error', (error) => logger.error({ err: error }, 'discord client error'));
  client.ws.on(discord.GatewayDispatchEvents.InteractionCreate, (raw: unknown) => events.interaction(raw));
  const stop = (): void => ended.resolve(new Error('stopped'));
  signal.addEventListener('abort', stop, { once: true });
  client.login(token).catch((error: unknown) => ended.resolve(gatewayError(error)));
  const error = await ended.promise;
  signal.removeEventListener('abort', stop);
  client.removeAllListeners().on('error', () => undefined);
  await leave(client, strategy);
  return error;
}
