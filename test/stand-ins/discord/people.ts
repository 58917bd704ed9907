import { GatewayIntentBits } from 'discord-api-types/v10';
import type { Snowflake } from 'discord-api-types/v10';
import { toChannel, toMember, toRole } from './shapes.ts';
import type { Channel, Member, Person, Webhook, World } from './world.ts';

export interface NewPerson {
  readonly name: string;
  readonly id?: Snowflake;
  readonly closedDms?: boolean;
  readonly roles?: readonly Snowflake[];
  readonly inGuild?: boolean;
  readonly bot?: boolean;
  readonly locale?: string;
}

export interface NewRole {
  readonly name: string;
  readonly permissions?: bigint;
  readonly mentionable?: boolean;
}

export interface NewChannel {
  readonly name: string;
  readonly id?: Snowflake;
  /** Permission bits taken from the bot there. */
  readonly deny?: bigint;
}

/** Who and what there is besides the bot, and how it changes. */
export interface People {
  user(person: NewPerson): Person;
  role(role: NewRole): Snowflake;
  channel(channel: NewChannel): Channel;
  /** An incoming webhook of the channel; its address is `${api}/v10/webhooks/${id}/${token}`. */
  webhook(channelId: Snowflake): Webhook;
  removeChannel(channelId: Snowflake): void;
  closeDms(userId: Snowflake, closed?: boolean): void;
  join(userId: Snowflake): void;
  leave(userId: Snowflake): void;
  giveRole(userId: Snowflake, roleId: Snowflake): void;
  takeRole(userId: Snowflake, roleId: Snowflake): void;
}

export function createPeople(world: World): People {
  const { guildId } = world;
  const tell = (name: string, needed: number, view: () => object): void => {
    world.announce({ name, view: (intents) => ((intents & needed) === 0 ? undefined : view()) });
    world.changes.tell();
  };
  const setRoles = (
    userId: Snowflake,
    change: (roles: readonly Snowflake[]) => readonly Snowflake[],
  ): void => {
    const member = memberOf(world, userId);
    const changed: Member = { ...member, roles: change(member.roles) };
    world.members.set(userId, changed);
    tell('GUILD_MEMBER_UPDATE', GatewayIntentBits.GuildMembers, () => ({
      ...toMember(world, changed),
      guild_id: guildId,
    }));
  };
  const enter = (userId: Snowflake, roles: readonly Snowflake[]): void => {
    const member: Member = { userId, roles, joinedAt: new Date().toISOString() };
    world.members.set(userId, member);
    tell('GUILD_MEMBER_ADD', GatewayIntentBits.GuildMembers, () => ({
      ...toMember(world, member),
      guild_id: guildId,
    }));
  };
  return {
    user({
      name,
      id = world.snowflakes.next(),
      closedDms = false,
      roles = [],
      inGuild = true,
      bot = false,
      locale = 'en-US',
    }) {
      const person: Person = { id, name, bot, locale, closedDms };
      world.people.set(id, person);
      if (inGuild) enter(id, roles);
      return person;
    },
    role({ name, permissions = 0n, mentionable = false }) {
      const role = { id: world.snowflakes.next(), name, permissions, mentionable, managed: false };
      world.roles.set(role.id, role);
      tell('GUILD_ROLE_CREATE', GatewayIntentBits.Guilds, () => ({
        guild_id: guildId,
        role: toRole(role, world),
      }));
      return role.id;
    },
    channel({ name, id = world.snowflakes.next(), deny = 0n }) {
      const known = world.channels.has(id);
      const channel: Channel = { id, name, deny };
      world.channels.set(id, channel);
      tell(known ? 'CHANNEL_UPDATE' : 'CHANNEL_CREATE', GatewayIntentBits.Guilds, () =>
        toChannel(world, channel),
      );
      return channel;
    },
    webhook(channelId) {
      const id = world.snowflakes.next();
      const webhook = { id, token: crypto.randomUUID(), channelId };
      world.people.set(id, { id, name: 'webhook', bot: true, locale: 'en-US', closedDms: true });
      world.webhooks.set(id, webhook);
      return webhook;
    },
    removeChannel(channelId) {
      const channel = world.channels.get(channelId);
      if (!channel) return;
      const shape = toChannel(world, channel);
      world.channels.delete(channelId);
      tell('CHANNEL_DELETE', GatewayIntentBits.Guilds, () => shape);
    },
    closeDms(userId, closed = true) {
      const person = world.people.get(userId);
      if (person) world.people.set(userId, { ...person, closedDms: closed });
    },
    join: (userId) => enter(userId, []),
    leave(userId) {
      const { user } = toMember(world, memberOf(world, userId));
      world.members.delete(userId);
      tell('GUILD_MEMBER_REMOVE', GatewayIntentBits.GuildMembers, () => ({ guild_id: guildId, user }));
    },
    giveRole: (userId, roleId) => setRoles(userId, (roles) => [...new Set([...roles, roleId])]),
    takeRole: (userId, roleId) => setRoles(userId, (roles) => roles.filter((id) => id !== roleId)),
  };
}

function memberOf(world: World, userId: Snowflake): Member {
  const member = world.members.get(userId);
  if (!member) throw new Error(`${userId} is not in the guild`);
  return member;
}
