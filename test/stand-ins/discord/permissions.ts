import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { Snowflake } from 'discord-api-types/v10';
import { refusals } from './refusal.ts';
import type { Channel, World } from './world.ts';

const everything = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n);

/** What the member may do: in the guild, or in one channel of it. */
export function permissionsOf(world: World, userId: Snowflake, channel?: Channel): bigint {
  const member = world.members.get(userId);
  if (!member) return 0n;
  const granted = [world.guildId, ...member.roles].reduce(
    (sum, id) => sum | (world.roles.get(id)?.permissions ?? 0n),
    0n,
  );
  if (granted & PermissionFlagsBits.Administrator) return everything;
  return userId === world.botId && channel ? granted & ~channel.deny : granted;
}

/** Ends the request with 50001 or 50013 unless the bot may do all of it in the channel. */
export function demand(world: World, channel: Channel, needed: bigint): void {
  if (channel.recipientId !== undefined) return;
  const granted = permissionsOf(world, world.botId, channel);
  if (!(granted & PermissionFlagsBits.ViewChannel)) throw refusals.missingAccess();
  if ((granted & needed) !== needed) throw refusals.missingPermissions();
}
