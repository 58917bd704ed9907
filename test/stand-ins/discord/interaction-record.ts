import type {
  APIApplicationCommandOptionChoice,
  APIMessageInteractionMetadata,
  APIModalInteractionResponseCallbackData,
  InteractionType,
  Snowflake,
} from 'discord-api-types/v10';
import { personOf, toUser } from './shapes.ts';
import type { StoredMessage } from './shelf.ts';
import type { World } from './world.ts';

export type ResponseKind = 'message' | 'defer' | 'defer-update' | 'update' | 'choices' | 'modal';

/** The first response to an interaction. */
export interface InteractionResponse {
  readonly kind: ResponseKind;
  readonly at: Date;
  readonly afterMs: number;
  readonly ephemeral: boolean;
  readonly choices?: readonly APIApplicationCommandOptionChoice[];
  readonly modal?: APIModalInteractionResponseCallbackData;
}

/** A callback or follow-up that was turned down. */
export interface RefusedResponse {
  readonly code: number;
  readonly at: Date;
}

/** Why the person was shown "The application did not respond". */
export type InteractionFailure = 'nobody-connected' | 'no-response';

export interface InteractionRecord {
  readonly id: Snowflake;
  readonly token: string;
  readonly type: InteractionType;
  readonly userId: Snowflake;
  readonly channelId: Snowflake;
  readonly createdAt: Date;
  /** The command as typed, without the slash; only for commands. */
  readonly commandName?: string;
  /** The message whose component was used, and how often it had been edited then. */
  readonly source?: { readonly messageId: Snowflake; readonly edits: number };
  readonly followUpIds: Snowflake[];
  readonly refusals: RefusedResponse[];
  response?: InteractionResponse;
  originalId?: Snowflake;
  failed?: InteractionFailure;
  deadline?: NodeJS.Timeout;
}

/** The token names its interaction, so that it can be looked up without a second index. */
export function tokenFor(id: Snowflake): string {
  return Buffer.from(`interaction:${id}:${crypto.randomUUID()}`).toString('base64url');
}

export function recordOfToken(world: World, token: string): InteractionRecord | undefined {
  const [, id] = Buffer.from(token, 'base64url').toString().split(':');
  const record = world.interactions.get(id ?? '');
  return record?.token === token ? record : undefined;
}

/** The message the person sees as the answer, as it is now. */
export function originalOf(world: World, record: InteractionRecord): StoredMessage | undefined {
  return world.messages.get(record.originalId ?? '');
}

export function toInteractionMetadata(
  world: World,
  record: InteractionRecord,
): APIMessageInteractionMetadata {
  return {
    id: record.id,
    type: record.type,
    user: toUser(personOf(world, record.userId)),
    authorizing_integration_owners: ownersOf(world, record.channelId),
    ...(record.commandName !== undefined && { name: record.commandName }),
    ...(record.source && { interacted_message_id: record.source.messageId }),
  } as APIMessageInteractionMetadata;
}

/** Installed in the guild; used in a DM, Discord puts "0" in the guild's place. */
export function ownersOf(world: World, channelId: Snowflake): { '0': Snowflake } {
  return { '0': world.channels.get(channelId)?.recipientId === undefined ? world.guildId : '0' };
}
