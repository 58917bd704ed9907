import type { MatrixEvent, Room, World } from './world.ts';

/** What /sync answers from a position on; without one, from the newest events on. */
export function syncedSince(world: World, since: number | undefined, limit: number): object {
  const { bot } = world;
  const join: Record<string, object> = {};
  const invite: Record<string, object> = {};
  for (const room of world.rooms.values()) {
    const membership = room.members.get(bot.userId);
    const fresh = room.events.filter(({ at }) => at > (since ?? 0));
    if (fresh.length === 0) continue;
    if (membership === 'join')
      join[room.id] = joined(
        world,
        room,
        fresh.map(({ event }) => event),
        limit,
      );
    if (membership === 'invite')
      invite[room.id] = { invite_state: { events: fresh.map(({ event }) => event) } };
  }
  const account = [...world.accountData].filter(([, { at }]) => at > (since ?? 0));
  return {
    next_batch: `s${world.position()}`,
    account_data: { events: account.map(([type, { content }]) => ({ type, content })) },
    rooms: { join, invite, leave: {} },
    device_one_time_keys_count: { signed_curve25519: 50 },
    device_unused_fallback_key_types: ['signed_curve25519'],
  };
}

function joined(world: World, room: Room, fresh: readonly MatrixEvent[], limit: number): object {
  const events = fresh.slice(-limit).map((event) => ({
    ...event,
    unsigned: { ...event.unsigned, age: Date.now() - event.origin_server_ts, membership: 'join' },
  }));
  return {
    timeline: { events, limited: fresh.length > limit, prev_batch: `s${world.position()}` },
    state: { events: [] },
    account_data: { events: [] },
    ephemeral: { events: [] },
  };
}

/** Resolves when something came after the position, when the time is over or when the connection ends. */
export function newsAfter(world: World, since: number, timeoutMs: number, gone: AbortSignal): Promise<void> {
  if (world.position() > since || timeoutMs <= 0 || gone.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (world.position() > since) resolve();
  };
  world.listeners.add(look);
  const late = setTimeout(resolve, timeoutMs);
  gone.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => {
    clearTimeout(late);
    world.listeners.delete(look);
  });
}
