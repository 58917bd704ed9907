import type {
  APIEmbed,
  APIMessageTopLevelComponent,
  MessageFlags,
  MessageType,
  Snowflake,
} from 'discord-api-types/v10';

export interface StoredAttachment {
  readonly id: Snowflake;
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly url: string;
  readonly bytes: Buffer;
  readonly description?: string;
}

/** Who was really pinged, after allowed_mentions and permissions. */
export interface Pinged {
  readonly everyone: boolean;
  readonly users: readonly Snowflake[];
  readonly roles: readonly Snowflake[];
}

/** What one edit made of a message. */
export interface Edit {
  readonly at: Date;
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly pinged: Pinged;
}

/** A message as it was when it was looked up; a later edit makes a new one under the same id. */
export interface StoredMessage {
  readonly id: Snowflake;
  readonly channelId: Snowflake;
  readonly guildId?: Snowflake;
  readonly authorId: Snowflake;
  readonly type: MessageType;
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly attachments: readonly StoredAttachment[];
  readonly flags: MessageFlags;
  readonly tts: boolean;
  readonly nonce?: string | number;
  readonly createdAt: Date;
  readonly editedAt?: Date;
  readonly deletedAt?: Date;
  readonly edits: readonly Edit[];
  readonly pinged: Pinged;
  readonly ephemeral: boolean;
  readonly loading: boolean;
  /** The only person who sees it, when it is ephemeral. */
  readonly seenBy?: Snowflake;
  readonly interactionId?: Snowflake;
  readonly replyTo?: Snowflake;
}

/** Where messages are kept: by id, and by channel in the order of their ids. */
export interface Shelf {
  get(id: Snowflake): StoredMessage | undefined;
  put(message: StoredMessage): void;
  inChannel(channelId: Snowflake): StoredMessage[];
}

export function createShelf(): Shelf {
  const all = new Map<Snowflake, StoredMessage>();
  const channels = new Map<Snowflake, Set<Snowflake>>();
  return {
    get: (id) => all.get(id),
    put(message) {
      all.set(message.id, message);
      const ids = channels.get(message.channelId) ?? new Set();
      channels.set(message.channelId, ids.add(message.id));
    },
    inChannel: (channelId) =>
      [...(channels.get(channelId) ?? [])].flatMap((id) => {
        const message = all.get(id);
        return message ? [message] : [];
      }),
  };
}
