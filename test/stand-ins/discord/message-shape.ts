import { ChannelType, GatewayIntentBits, MessageFlags, MessageReferenceType } from 'discord-api-types/v10';
import type { APIAttachment, APIMessage, APIUser, Snowflake } from 'discord-api-types/v10';
import { bits } from './bits.ts';
import { toInteractionMetadata } from './interaction-record.ts';
import { personOf, toPartialMember, toUser } from './shapes.ts';
import type { StoredAttachment, StoredMessage } from './shelf.ts';
import type { World } from './world.ts';

/** A message as Discord's API gives it. */
export function toMessage(world: World, message: StoredMessage): APIMessage {
  const record = world.interactions.get(message.interactionId ?? '');
  const replied = message.replyTo === undefined ? undefined : world.messages.get(message.replyTo);
  return {
    id: message.id,
    channel_id: message.channelId,
    author: toUser(personOf(world, message.authorId)),
    type: message.type,
    content: message.content,
    timestamp: message.createdAt.toISOString(),
    edited_timestamp: message.editedAt?.toISOString() ?? null,
    tts: message.tts,
    mention_everyone: message.pinged.everyone,
    mentions: mentioned(world, message),
    mention_roles: [...message.pinged.roles],
    attachments: message.attachments.map(toAttachment),
    embeds: [...message.embeds],
    components: [...message.components],
    pinned: false,
    flags: bits<MessageFlags>(message.flags | (message.loading ? MessageFlags.Loading : 0)),
    ...(message.nonce !== undefined && { nonce: message.nonce }),
    ...(record && {
      application_id: world.applicationId,
      webhook_id: world.applicationId,
      interaction_metadata: toInteractionMetadata(world, record),
    }),
    ...(message.replyTo !== undefined && {
      message_reference: {
        type: MessageReferenceType.Default,
        message_id: message.replyTo,
        channel_id: message.channelId,
        ...(message.guildId !== undefined && { guild_id: message.guildId }),
      },
      referenced_message:
        replied && !replied.deletedAt ? toMessage(world, { ...replied, replyTo: undefined as never }) : null,
    }),
  };
}

export function toAttachment(attachment: StoredAttachment): APIAttachment {
  return {
    id: attachment.id,
    filename: attachment.filename,
    size: attachment.size,
    url: attachment.url,
    proxy_url: attachment.url,
    content_type: attachment.contentType,
    ...(attachment.description !== undefined && { description: attachment.description }),
  };
}

/** The message as somebody with these intents sees it; the text of others needs MESSAGE_CONTENT. */
export function toVisibleMessage(world: World, message: StoredMessage, intents: number): APIMessage {
  const shape = toMessage(world, message);
  const open =
    (intents & GatewayIntentBits.MessageContent) !== 0 ||
    message.authorId === world.botId ||
    message.guildId === undefined ||
    message.pinged.users.includes(world.botId);
  return open ? shape : { ...shape, content: '', embeds: [], attachments: [], components: [] };
}

/** Tells the gateway, to the sessions whose intents cover the channel; ephemeral ones stay untold. */
export function announceMessage(world: World, name: string, message: StoredMessage): void {
  if (message.ephemeral) return;
  const { guildId } = message;
  const needed = guildId === undefined ? GatewayIntentBits.DirectMessages : GatewayIntentBits.GuildMessages;
  const where = guildId === undefined ? {} : { guild_id: guildId };
  world.announce({
    name,
    view(intents) {
      if ((intents & needed) === 0) return undefined;
      if (message.deletedAt) return { id: message.id, channel_id: message.channelId, ...where };
      return { ...toVisibleMessage(world, message, intents), ...where, ...eventFields(world, message) };
    },
  });
}

/** What message events have beyond the message: the channel's type, and members in a guild. */
function eventFields(world: World, message: StoredMessage): object {
  if (message.guildId === undefined) return { channel_type: ChannelType.DM };
  const memberOf = (userId: Snowflake): object => {
    const member = world.members.get(userId);
    return member ? { member: toPartialMember(member) } : {};
  };
  return {
    channel_type: ChannelType.GuildText,
    ...memberOf(message.authorId),
    mentions: mentioned(world, message).map((user) => ({ ...user, ...memberOf(user.id) })),
  };
}

function mentioned(world: World, message: StoredMessage): APIUser[] {
  return message.pinged.users.flatMap((id: Snowflake) => {
    const person = world.people.get(id);
    return person ? [toUser(person)] : [];
  });
}
