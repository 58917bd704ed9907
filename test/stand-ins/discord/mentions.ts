import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { Snowflake } from 'discord-api-types/v10';
import { fieldsOf, listOf } from './complaints.ts';
import type { Complaints } from './complaints.ts';
import { permissionsOf } from './permissions.ts';
import { isSnowflake } from './snowflake.ts';
import type { Pinged } from './shelf.ts';
import type { Channel, World } from './world.ts';

type Kind = 'users' | 'roles' | 'everyone';
const kinds: readonly Kind[] = ['users', 'roles', 'everyone'];

/** What Discord assumes without allowed_mentions: interactions and webhooks ping people only. */
export const allowedByDefault = {
  message: kinds,
  interaction: ['users'],
} as const satisfies Record<string, readonly Kind[]>;

export const nobody: Pinged = { everyone: false, users: [], roles: [] };

/** https://discord.com/developers/docs/resources/message#allowed-mentions-object */
export function checkAllowedMentions(at: Complaints, value: unknown): void {
  if (value === undefined || value === null) return;
  const fields = fieldsOf(value);
  const parse = listOf(fields['parse']);
  parse.forEach((kind, index) => {
    if (!kinds.includes(kind as Kind)) {
      at.at('parse', index).add('BASE_TYPE_CHOICES', `Value must be one of ('users', 'roles', 'everyone').`);
    }
  });
  for (const kind of ['users', 'roles'] as const) {
    const ids = listOf(fields[kind]);
    if (ids.length > 100) at.at(kind).add('BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
    ids.forEach((id, index) => {
      if (!isSnowflake(id)) {
        at.at(kind, index).add('NUMBER_TYPE_COERCE', `Value "${String(id)}" is not snowflake.`);
      }
    });
    if (ids.length > 0 && parse.includes(kind)) {
      at.add(
        'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
      );
    }
  }
}

export interface MentionSource {
  readonly content: string;
  readonly authorId: Snowflake;
  readonly channel: Channel;
  readonly allowed: unknown;
  readonly byDefault: readonly Kind[];
  /** The author of the message replied to. */
  readonly repliedTo?: Snowflake;
}

/** Whom the message really pings. Text inside code counts too: nobody should rely on back-ticks. */
export function pingedBy(world: World, source: MentionSource): Pinged {
  const explicit = source.allowed !== undefined && source.allowed !== null;
  const fields = fieldsOf(source.allowed);
  const parse = explicit ? listOf(fields['parse']) : source.byDefault;
  const { content, channel } = source;
  const rights = permissionsOf(world, source.authorId, channel);
  const mayPingAll = (rights & PermissionFlagsBits.MentionEveryone) !== 0n;
  const inGuild = channel.recipientId === undefined;

  const users = idsIn(content, /<@!?(\d{17,19})>/g).filter(
    (id) => (parse.includes('users') || listOf(fields['users']).includes(id)) && isHere(world, channel, id),
  );
  const roles = idsIn(content, /<@&(\d{17,19})>/g).filter((id) => {
    const role = world.roles.get(id);
    const allowed = parse.includes('roles') || listOf(fields['roles']).includes(id);
    return inGuild && role && allowed && (role.mentionable || mayPingAll);
  });
  const replied =
    source.repliedTo !== undefined && (explicit ? fields['replied_user'] === true : true)
      ? [source.repliedTo]
      : [];
  return {
    everyone: inGuild && mayPingAll && parse.includes('everyone') && /@(everyone|here)/.test(content),
    users: [...new Set([...users, ...replied])],
    roles,
  };
}

function idsIn(content: string, pattern: RegExp): Snowflake[] {
  return [...new Set([...content.matchAll(pattern)].flatMap(([, id]) => (id === undefined ? [] : [id])))];
}

function isHere(world: World, channel: Channel, userId: Snowflake): boolean {
  if (channel.recipientId !== undefined) return userId === channel.recipientId || userId === world.botId;
  return world.members.has(userId);
}
