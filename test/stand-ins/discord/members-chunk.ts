import { listOf } from './complaints.ts';
import type { Fields } from './complaints.ts';
import { personOf, toMember } from './shapes.ts';
import type { World } from './world.ts';

/** The answer to REQUEST_GUILD_MEMBERS (op 8), always in one chunk. */
export function membersChunk(world: World, request: Fields): object {
  const wanted = [request['user_ids']].flat().filter((id): id is string => typeof id === 'string');
  const query = typeof request['query'] === 'string' ? request['query'].toLowerCase() : '';
  const limit = Number(request['limit'] ?? 0);
  const members = [...world.members.values()].filter(({ userId }) =>
    wanted.length > 0
      ? wanted.includes(userId)
      : personOf(world, userId).name.toLowerCase().startsWith(query),
  );
  const missing = wanted.filter((id) => !world.members.has(id));
  return {
    guild_id: world.guildId,
    members: members.slice(0, limit || members.length).map((member) => toMember(world, member)),
    chunk_index: 0,
    chunk_count: 1,
    ...(missing.length > 0 && { not_found: listOf(missing) }),
    ...(request['nonce'] !== undefined && { nonce: request['nonce'] }),
  };
}
