import {
  ApplicationFlags,
  ChannelType,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  GuildVerificationLevel,
  Locale,
  OverwriteType,
} from 'discord-api-types/v10';
import type {
  ChannelFlags,
  GuildMemberFlags,
  GuildSystemChannelFlags,
  RoleFlags,
  UserFlags,
  APIApplication,
  APIDMChannel,
  APIGuild,
  APIGuildMember,
  APIRole,
  APITextChannel,
  APIUser,
  Snowflake,
} from 'discord-api-types/v10';
import { bits } from './bits.ts';
import { permissionsOf } from './permissions.ts';
import { refusals } from './refusal.ts';
import type { Channel, Member, Person, Role, World } from './world.ts';

export function personOf(world: World, id: Snowflake): Person {
  const person = world.people.get(id);
  if (!person) throw refusals.unknownUser();
  return person;
}

export function toUser(person: Person): APIUser {
  return {
    id: person.id,
    username: person.name,
    discriminator: person.bot ? '0001' : '0',
    global_name: person.bot ? null : person.name,
    avatar: null,
    public_flags: bits<UserFlags>(0),
    ...(person.bot && { bot: true }),
  };
}

type PartialMember = Omit<APIGuildMember, 'user' | 'deaf' | 'mute'>;

/** A member as `resolved` and message events have it: without the user. */
export function toPartialMember(member: Member): PartialMember {
  return {
    roles: [...member.roles],
    joined_at: member.joinedAt,
    nick: null,
    avatar: null,
    banner: null,
    premium_since: null,
    pending: false,
    communication_disabled_until: null,
    flags: bits<GuildMemberFlags>(0),
  };
}

export function toMember(world: World, member: Member): APIGuildMember {
  return {
    ...toPartialMember(member),
    user: toUser(personOf(world, member.userId)),
    deaf: false,
    mute: false,
  };
}

export function toRole(role: Role, world: World): APIRole {
  return {
    id: role.id,
    name: role.name,
    permissions: String(role.permissions),
    mentionable: role.mentionable,
    managed: role.managed,
    position: role.id === world.guildId ? 0 : 1,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    flags: bits<RoleFlags>(0),
    ...(role.id === world.botRoleId && { tags: { bot_id: world.botId } }),
  };
}

export function toChannel(world: World, channel: Channel): APITextChannel | APIDMChannel {
  const last = world.messages.inChannel(channel.id).at(-1)?.id ?? null;
  if (channel.recipientId !== undefined) {
    return {
      id: channel.id,
      type: ChannelType.DM,
      name: null,
      flags: bits<ChannelFlags>(0),
      last_message_id: last,
      recipients: [toUser(personOf(world, channel.recipientId))],
    };
  }
  return {
    id: channel.id,
    type: ChannelType.GuildText,
    guild_id: world.guildId,
    name: channel.name,
    position: 0,
    permission_overwrites:
      channel.deny === 0n
        ? []
        : [{ id: world.botId, type: OverwriteType.Member, allow: '0', deny: String(channel.deny) }],
    nsfw: false,
    topic: null,
    parent_id: null,
    rate_limit_per_user: 0,
    flags: bits<ChannelFlags>(0),
    last_message_id: last,
  };
}

export function guildChannels(world: World): Channel[] {
  return [...world.channels.values()].filter((channel) => channel.recipientId === undefined);
}

export function toGuild(world: World): APIGuild {
  return {
    id: world.guildId,
    name: 'Notary nodes',
    icon: null,
    splash: null,
    discovery_splash: null,
    owner_id: world.ownerId,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: GuildVerificationLevel.None,
    default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
    explicit_content_filter: GuildExplicitContentFilter.Disabled,
    roles: [...world.roles.values()].map((role) => toRole(role, world)),
    emojis: [],
    features: [],
    mfa_level: GuildMFALevel.None,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: bits<GuildSystemChannelFlags>(0),
    rules_channel_id: null,
    vanity_url_code: null,
    description: null,
    banner: null,
    premium_tier: GuildPremiumTier.None,
    preferred_locale: Locale.EnglishUS,
    public_updates_channel_id: null,
    nsfw_level: GuildNSFWLevel.Default,
    stickers: [],
    premium_progress_bar_enabled: false,
    hub_type: null,
    safety_alerts_channel_id: null,
    incidents_data: null,
    region: '',
    max_presences: null,
    max_members: 500_000,
  };
}

/** The guild as GUILD_CREATE has it. Members come along only for those who may see them. */
export function toArrivingGuild(world: World, withMembers: boolean): object {
  const members = [...world.members.values()].filter((m) => withMembers || m.userId === world.botId);
  return {
    ...toGuild(world),
    joined_at: world.members.get(world.botId)?.joinedAt,
    large: false,
    member_count: world.members.size,
    voice_states: [],
    members: members.map((member) => toMember(world, member)),
    channels: guildChannels(world).map((channel) => toChannel(world, channel)),
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

export function toApplication(world: World, privileged: readonly string[]): Partial<APIApplication> {
  const flags =
    (privileged.includes('GuildPresences') ? ApplicationFlags.GatewayPresenceLimited : 0) |
    (privileged.includes('GuildMembers') ? ApplicationFlags.GatewayGuildMembersLimited : 0) |
    (privileged.includes('MessageContent') ? ApplicationFlags.GatewayMessageContentLimited : 0);
  return {
    id: world.applicationId,
    name: 'tocsin',
    icon: null,
    description: '',
    bot_public: false,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: bits<ApplicationFlags>(flags),
    team: null,
    bot: toUser(personOf(world, world.botId)),
  };
}

/** The permission bits of a member in a channel, as interactions carry them. */
export function toPermissions(world: World, userId: Snowflake, channel: Channel): string {
  return String(permissionsOf(world, userId, channel));
}
