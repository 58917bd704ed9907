import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import type { Snowflake } from 'discord-api-types/v10';
import { CannotDo } from './cannot-do.ts';
import { toAttachment } from './message-shape.ts';
import { toStored } from './messages.ts';
import { personOf, toChannel, toPartialMember, toPermissions, toRole, toUser } from './shapes.ts';
import type { SentOption } from './slash-options.ts';
import type { Channel, World } from './world.ts';

type Table = Record<Snowflake, object>;

/** The entities that values refer to, by kind; kinds without any are left out. */
export interface Resolving {
  user(id: Snowflake): void;
  role(id: Snowflake): void;
  channel(id: Snowflake): void;
  /** A role or a person. */
  mentionable(id: Snowflake): void;
  attachment(id: Snowflake, shape: object): void;
  toField(): { resolved?: Readonly<Record<string, Table>> };
}

export function createResolving(world: World, userId: Snowflake): Resolving {
  const tables: Record<string, Table> = {};
  const put = (kind: string, id: Snowflake, shape: object): void => {
    (tables[kind] ??= {})[id] = shape;
  };
  const user = (id: Snowflake): void => {
    if (!world.people.has(id)) throw new CannotDo(`Nobody has the id ${id}`);
    put('users', id, toUser(personOf(world, id)));
    const member = world.members.get(id);
    if (member) {
      const permissions = toPermissions(world, id, anyChannel(world));
      put('members', id, { ...toPartialMember(member), permissions });
    }
  };
  const role = (id: Snowflake): void => {
    const found = world.roles.get(id);
    if (!found) throw new CannotDo(`No role has the id ${id}`);
    put('roles', id, toRole(found, world));
  };
  return {
    user,
    role,
    channel(id) {
      const found = world.channels.get(id);
      if (!found) throw new CannotDo(`No channel has the id ${id}`);
      put('channels', id, { ...toChannel(world, found), permissions: toPermissions(world, userId, found) });
    },
    mentionable: (id) => (world.roles.has(id) ? role(id) : user(id)),
    attachment: (id, shape) => put('attachments', id, shape),
    toField: () => (Object.keys(tables).length > 0 ? { resolved: tables } : {}),
  };
}

/** The options with files replaced by their ids, and everything they refer to looked up. */
export function resolveOptions(
  world: World,
  into: { readonly channel: Channel; readonly resolving: Resolving },
  options: readonly SentOption[],
): SentOption[] {
  const { channel, resolving } = into;
  return options.map((option) => {
    if (option.options) return { ...option, options: resolveOptions(world, into, option.options) };
    const { type, value } = option;
    if (typeof value === 'object') {
      const contentType = value.contentType ?? 'application/octet-stream';
      const stored = toStored(world, channel, { ...value, contentType, key: '0' });
      resolving.attachment(stored.id, toAttachment(stored));
      return { ...option, value: stored.id };
    }
    const id = String(value);
    if (type === OptionType.User) resolving.user(id);
    if (type === OptionType.Role) resolving.role(id);
    if (type === OptionType.Channel) resolving.channel(id);
    if (type === OptionType.Mentionable) resolving.mentionable(id);
    return option;
  });
}

function anyChannel(world: World): Channel {
  const channel = world.channels.values().next().value;
  if (!channel) throw new CannotDo('There is no channel');
  return channel;
}
