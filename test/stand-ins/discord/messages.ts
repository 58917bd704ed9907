import { MessageFlags, MessageType } from 'discord-api-types/v10';
import type { Snowflake } from 'discord-api-types/v10';
import { bits } from './bits.ts';
import type { UploadedFile } from './body.ts';
import { createComplaints } from './complaints.ts';
import { allowedByDefault, nobody, pingedBy } from './mentions.ts';
import { demandSubstance } from './message-form.ts';
import type { MessageForm } from './message-form.ts';
import { announceMessage } from './message-shape.ts';
import { refusals } from './refusal.ts';
import type { StoredAttachment, StoredMessage } from './shelf.ts';
import type { Channel, World } from './world.ts';

/** Where a message comes from and who may see it. */
export interface Origin {
  readonly channel: Channel;
  readonly authorId: Snowflake;
  readonly type?: MessageType;
  /** Set on everything an interaction brings forth. */
  readonly interactionId?: Snowflake;
  readonly seenBy?: Snowflake;
  readonly loading?: boolean;
  readonly replyTo?: Snowflake;
}

const keptFlags = MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications;

/** Writes a message down and announces it; a loading one may be empty. */
export function createMessage(world: World, origin: Origin, form: MessageForm): StoredMessage {
  const { channel, authorId } = origin;
  const id = world.snowflakes.next();
  const replied = repliedTo(world, channel, form);
  const replyTo = origin.replyTo ?? replied?.id;
  const content = form.content ?? '';
  const message: StoredMessage = {
    id,
    channelId: channel.id,
    ...(channel.recipientId === undefined && { guildId: world.guildId }),
    authorId,
    type: origin.type ?? (replyTo === undefined ? MessageType.Default : MessageType.Reply),
    content,
    embeds: form.embeds ?? [],
    components: form.components ?? [],
    attachments: form.files.map((file) => toStored(world, channel, file)),
    flags: bits((form.flags & keptFlags) | (origin.seenBy === undefined ? 0 : MessageFlags.Ephemeral)),
    tts: form.tts,
    ...(form.nonce !== undefined && { nonce: form.nonce }),
    createdAt: new Date(),
    edits: [],
    pinged: origin.loading
      ? nobody
      : pingedBy(world, {
          content,
          authorId,
          channel,
          allowed: form.allowedMentions,
          byDefault: defaultFor(origin.interactionId),
          ...(replied && { repliedTo: replied.authorId }),
        }),
    ephemeral: origin.seenBy !== undefined,
    loading: origin.loading ?? false,
    ...(origin.seenBy !== undefined && { seenBy: origin.seenBy }),
    ...(origin.interactionId !== undefined && { interactionId: origin.interactionId }),
    ...(replyTo !== undefined && { replyTo }),
  };
  if (!message.loading) demandSubstance(message);
  keep(world, 'MESSAGE_CREATE', message);
  return message;
}

/** Applies an edit. Mentions are read anew only when the content is part of it, as Discord does. */
export function editMessage(world: World, message: StoredMessage, form: MessageForm): StoredMessage {
  const channel = world.channels.get(message.channelId);
  if (!channel) throw refusals.unknownChannel();
  const at = new Date();
  const content = form.content ?? message.content;
  const kept = form.keep
    ? message.attachments.filter(({ id }) => form.keep?.some((one) => one.id === id))
    : message.attachments;
  const pinged =
    form.content === undefined && !message.loading
      ? message.pinged
      : pingedBy(world, {
          content,
          authorId: message.authorId,
          channel,
          allowed: form.allowedMentions,
          byDefault: defaultFor(message.interactionId),
        });
  const shown = {
    content,
    embeds: form.embeds ?? message.embeds,
    components: form.components ?? message.components,
  };
  const attachments = [...kept, ...form.files.map((file) => toStored(world, channel, file))];
  demandSubstance({ ...shown, attachments });
  const edited: StoredMessage = {
    ...message,
    ...shown,
    attachments,
    pinged,
    editedAt: at,
    loading: false,
    flags: bits(
      (message.flags & ~MessageFlags.SuppressEmbeds) |
        ((form.flags || message.flags) & MessageFlags.SuppressEmbeds),
    ),
    edits: [...message.edits, { at, ...shown, pinged }],
  };
  keep(world, 'MESSAGE_UPDATE', edited);
  return edited;
}

export function deleteMessage(world: World, message: StoredMessage): void {
  keep(world, 'MESSAGE_DELETE', { ...message, deletedAt: new Date() });
}

/** The message, unless it is unknown here, deleted, or only one person's. */
export function publicMessage(world: World, channelId: Snowflake, id: Snowflake): StoredMessage {
  const message = world.messages.get(id);
  if (!message || message.channelId !== channelId || message.deletedAt || message.ephemeral) {
    throw refusals.unknownMessage();
  }
  return message;
}

function keep(world: World, event: string, message: StoredMessage): void {
  world.messages.put(message);
  announceMessage(world, event, message);
  world.changes.tell();
}

function defaultFor(interactionId: Snowflake | undefined): readonly ('users' | 'roles' | 'everyone')[] {
  return interactionId === undefined ? allowedByDefault.message : allowedByDefault.interaction;
}

function repliedTo(world: World, channel: Channel, form: MessageForm): StoredMessage | undefined {
  if (!form.replyTo) return undefined;
  const message = world.messages.get(form.replyTo.id);
  if (message && message.channelId === channel.id && !message.deletedAt) return message;
  if (!form.replyTo.mustExist) return undefined;
  const complaints = createComplaints();
  complaints.at('message_reference').add('REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
  complaints.settle();
  return undefined;
}

export function toStored(world: World, channel: Channel, file: UploadedFile): StoredAttachment {
  const id = world.snowflakes.next();
  const stored: StoredAttachment = {
    id,
    filename: file.filename,
    contentType: file.contentType,
    size: file.bytes.length,
    url: `${world.host.origin}/attachments/${channel.id}/${id}/${encodeURIComponent(file.filename)}`,
    bytes: file.bytes,
    ...(file.description !== undefined && { description: file.description }),
  };
  world.attachments.set(id, stored);
  return stored;
}
