import { InteractionContextType, InteractionType, Locale } from 'discord-api-types/v10';
import type { Snowflake } from 'discord-api-types/v10';
import { ownersOf } from './interaction-record.ts';
import type { InteractionRecord } from './interaction-record.ts';
import { toMessage } from './message-shape.ts';
import { personOf, toChannel, toMember, toPermissions, toUser } from './shapes.ts';
import type { Channel, World } from './world.ts';

const ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024;

/** INTERACTION_CREATE as the gateway carries it; what does not apply is left out, never null. */
export function toInteractionCreate(
  world: World,
  record: InteractionRecord,
  { channel, data }: { readonly channel: Channel; readonly data: object },
): object {
  const person = personOf(world, record.userId);
  const message = record.source && world.messages.get(record.source.messageId);
  return {
    id: record.id,
    application_id: world.applicationId,
    type: record.type,
    token: record.token,
    version: 1,
    data,
    channel_id: channel.id,
    channel: {
      ...toChannel(world, channel),
      ...(channel.recipientId === undefined && {
        permissions: toPermissions(world, record.userId, channel),
      }),
    },
    ...whereAndWho(world, record.userId, channel),
    ...(message && { message: toMessage(world, message) }),
    app_permissions: toPermissions(world, world.botId, channel),
    locale: person.locale,
    entitlements: [],
    authorizing_integration_owners: ownersOf(world, channel.id),
    attachment_size_limit: ATTACHMENT_LIMIT_BYTES,
  };
}

function whereAndWho(world: World, userId: Snowflake, channel: Channel): object {
  const member = world.members.get(userId);
  if (channel.recipientId !== undefined || !member) {
    return { context: InteractionContextType.BotDM, user: toUser(personOf(world, userId)) };
  }
  return {
    context: InteractionContextType.Guild,
    guild_id: world.guildId,
    guild: { id: world.guildId, locale: Locale.EnglishUS, features: [] },
    guild_locale: Locale.EnglishUS,
    member: { ...toMember(world, member), permissions: toPermissions(world, userId, channel) },
  };
}

export type InteractionKind = 'command' | 'component' | 'autocomplete' | 'modal';

const kinds = new Map<InteractionType, InteractionKind>([
  [InteractionType.ApplicationCommand, 'command'],
  [InteractionType.MessageComponent, 'component'],
  [InteractionType.ApplicationCommandAutocomplete, 'autocomplete'],
  [InteractionType.ModalSubmit, 'modal'],
]);

/** What the interaction is called in the control interface. */
export function kindOf(type: InteractionType): InteractionKind {
  const kind = kinds.get(type);
  if (!kind) throw new Error(`No such interaction: ${type}`);
  return kind;
}
