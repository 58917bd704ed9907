import { setTimeout as delay } from 'node:timers/promises';

import type { Client, SimpleShardingStrategy } from 'discord.js';

const CLOSE_MS = 1_000;
/** A shard that was about to connect has its socket by then. */
const LATE_SOCKET_MS = 50;

/**
 * Ends a client for good. `destroy()` alone leaves a shard that is reconnecting to go on for ever, drops
 * the error listener of a socket that is still connecting (whose failure then ends the process), and waits
 * up to 30 s for a peer that does not answer the closing frame (discord.js 14.28, @discordjs/ws 1.2).
 */
export async function leave(client: Client, strategy: SimpleShardingStrategy | undefined): Promise<void> {
  const shards = strategy ? [...strategy['shards'].values()] : [];
  for (const shard of shards) Object.assign(shard, { internalConnect: async () => undefined });
  const cut = (): void => {
    for (const shard of shards) {
      shard['connection']?.on('error', () => undefined);
      shard['connection']?.terminate();
    }
  };
  const destroyed = client.destroy().catch(() => undefined);
  await Promise.race([destroyed, delay(CLOSE_MS)]);
  cut();
  await delay(LATE_SOCKET_MS);
  cut();
}
