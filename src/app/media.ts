import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { type PlatformSettings, platforms } from '#src/chat/platforms.ts';
import type { Medium } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import type { Console } from '#src/domain/console.ts';
import type { ChatPlatform, Listener } from '#src/domain/platform.ts';
import type { Standing } from '#src/domain/standing.ts';
import { createAlone } from '#src/store/alone.ts';
import { createConsolePosts } from '#src/store/console-posts.ts';
import { createDirectChannels } from '#src/store/direct-channels.ts';

import type { Base } from './base.ts';
import type { FleetSource } from './fleet.ts';

/** The platforms that are configured, in the order in which they are tried. */
export interface Media {
  readonly all: ReadonlyMap<string, Medium>;
  /** The people's side of the trial page. */
  readonly console: Console | undefined;
  /** How each stands now. */
  standings(): readonly Standing[];
  /** Begins to connect: to send, and with listeners also to hear, until `over` aborts. */
  start(listenerOf?: (platform: string) => Listener, over?: AbortSignal): void;
  /** Says how it went, without waiting longer than 5 s. */
  tell(): Promise<void>;
}

const SETTLE_MS = 5_000;

export function openMedia(stack: AsyncDisposableStack, base: Base, source: FleetSource): Media {
  const { logger, say, warn } = base;
  const settings = settingsOf(base, source);
  const stopping = new AbortController();
  const sending = new Set<string>();
  const made = platforms.flatMap(({ id, name, create }) => {
    const platform = create(settings, logger);
    return platform ? [{ id, name, platform }] : [];
  });
  for (const { platform } of made) stack.use(platform);
  stack.defer(() => stopping.abort());

  const all = new Map(
    made.map(({ id, platform }) => [id, { platform, circuit: createCircuit(platform, Date.now) }]),
  );

  return {
    all,
    standings: () =>
      made.map(({ id, name, platform }) => ({
        id,
        name,
        condition: all.get(id)?.circuit.condition() ?? platform.condition(),
        reported: platform.reported?.(),
      })),
    console: made.map(({ platform }): ChatPlatform & Partial<Console> => platform).find(isConsole),
    start(listenerOf, over) {
      for (const { id, platform } of made) {
        const hears = listenerOf !== undefined && platform.can.hear;
        if (!hears && sending.has(id)) continue;
        sending.add(id);
        const signal = hears && over ? AbortSignal.any([over, stopping.signal]) : stopping.signal;
        platform.start(hears ? listenerOf(id) : undefined, signal).catch(warn);
      }
    },
    async tell() {
      const late = wait(SETTLE_MS, undefined, { ref: false });
      for (const { name, platform } of made) {
        const condition = (await Promise.race([platform.settled(), late])) ?? platform.condition();
        say(
          `${name}: ${condition.up ? 'connected' : `not connected yet (${condition.why}); goes on trying`}`,
        );
        for (const note of platform.notes?.() ?? []) say(`${name}: ${note}`);
      }
      const missing = platforms.filter(({ id }) => id !== 'console' && !made.some((one) => one.id === id));
      for (const { name } of missing) say(`${name}: not configured`);
    },
  };
}

const isConsole = (platform: ChatPlatform & Partial<Console>): platform is ChatPlatform & Console =>
  platform.follow !== undefined;

function settingsOf({ config, redis, stores }: Base, { fleets, trial }: FleetSource): PlatformSettings {
  const { discord, matrix, email, telegram, prefix, dataDir } = config;
  const roomsOn = (platform: string) => () =>
    fleets.current().rooms.flatMap((room) => room.addresses[platform] ?? []);
  const kept = redis.connect('steady');
  return {
    discord: discord && { ...discord, directs: createDirectChannels(kept, 'discord'), pace: stores.pace },
    matrix: matrix && {
      ...matrix,
      prefix,
      rooms: roomsOn('matrix'),
      storageDir: join(dataDir, 'matrix'),
      alone: createAlone(stores.leases, 'matrix'),
      limits: stores.pace,
    },
    // Nothing of the trial is real, and nothing of it leaves this machine.
    email: trial ? undefined : email,
    telegram: trial ? undefined : telegram && { ...telegram, pace: stores.pace },
    console: trial && { posts: createConsolePosts(kept), rooms: roomsOn('console') },
  };
}
