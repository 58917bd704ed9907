import { InteractionResponseType, InteractionType, MessageFlags, MessageType } from 'discord-api-types/v10';
import type {
  APIApplicationCommandOptionChoice,
  APIModalInteractionResponseCallbackData,
  Snowflake,
} from 'discord-api-types/v10';
import type { UploadedFile } from './body.ts';
import { checkModal, checkResponseType, readChoices } from './callback-form.ts';
import { fieldsOf } from './complaints.ts';
import { recordOfToken, originalOf, tokenFor } from './interaction-record.ts';
import type { InteractionRecord, InteractionResponse, ResponseKind } from './interaction-record.ts';
import { toInteractionCreate } from './interaction-payload.ts';
import { readMessageForm } from './message-form.ts';
import type { MessageForm } from './message-form.ts';
import { createMessage, editMessage } from './messages.ts';
import type { Host } from './messages.ts';
import { Refusal, refusals } from './refusal.ts';
import type { StoredMessage } from './shelf.ts';
import type { Channel, World } from './world.ts';

/** How long Discord waits, in milliseconds. */
export interface InteractionWindows {
  readonly firstResponseMs: number;
  readonly tokenMs: number;
}

export interface Begun {
  readonly type: InteractionType;
  readonly userId: Snowflake;
  readonly channel: Channel;
  readonly data: object;
  readonly commandName?: string;
  readonly source?: StoredMessage;
}

/** Starts an interaction: it goes to every session, and fails unless answered in time. */
export function beginInteraction(world: World, windows: InteractionWindows, begun: Begun): InteractionRecord {
  const id = world.snowflakes.next();
  const record: InteractionRecord = {
    id,
    token: tokenFor(id),
    type: begun.type,
    userId: begun.userId,
    channelId: begun.channel.id,
    createdAt: new Date(),
    followUpIds: [],
    refusals: [],
    ...(begun.commandName !== undefined && { commandName: begun.commandName }),
    ...(begun.source && { source: { messageId: begun.source.id, edits: begun.source.edits.length } }),
  };
  world.interactions.set(id, record);
  const payload = toInteractionCreate(world, record, begun.channel, begun.data);
  const heard = world.announce({ name: 'INTERACTION_CREATE', view: () => payload });
  record.deadline = setTimeout(() => {
    record.failed = heard > 0 ? 'no-response' : 'nobody-connected';
    world.changes.tell();
  }, windows.firstResponseMs).unref();
  world.changes.tell();
  return record;
}

interface Callback {
  readonly id: Snowflake;
  readonly token: string;
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

/** Takes the first response: 10062 when late or unknown, 40060 when there was one already. */
export function respond(world: World, host: Host, callback: Callback): InteractionRecord {
  const record = recordOfToken(world, callback.token);
  if (!record || record.id !== callback.id) throw refusals.unknownInteraction();
  return noting(world, record, () => {
    if (record.response) throw refusals.alreadyAcknowledged();
    if (record.failed) throw refusals.unknownInteraction();
    const fields = fieldsOf(callback.body);
    const type = checkResponseType(record, fields['type']);
    const outcome = carryOut(world, host, record, type, fields['data'], callback.files);
    clearTimeout(record.deadline);
    record.response = {
      at: new Date(),
      afterMs: Date.now() - record.createdAt.getTime(),
      ephemeral: false,
      ...outcome,
    };
    world.changes.tell();
    return record;
  });
}

type Outcome = Pick<InteractionResponse, 'kind'> & Partial<InteractionResponse>;

function carryOut(
  world: World,
  host: Host,
  record: InteractionRecord,
  type: InteractionResponseType,
  data: unknown,
  files: readonly UploadedFile[],
): Outcome {
  const form = (): MessageForm => readMessageForm(data, files, (root) => root.at('data'));
  const loading = type === InteractionResponseType.DeferredChannelMessageWithSource;
  if (loading || type === InteractionResponseType.ChannelMessageWithSource) {
    return answerWith(world, host, record, loading ? deferred(data) : form(), loading);
  }
  if (type === InteractionResponseType.ApplicationCommandAutocompleteResult) {
    return { kind: 'choices', choices: readChoices(data) as readonly APIApplicationCommandOptionChoice[] };
  }
  if (type === InteractionResponseType.Modal) {
    checkModal(data);
    return { kind: 'modal', modal: data as APIModalInteractionResponseCallbackData };
  }
  const source = world.messages.get(record.source?.messageId ?? '');
  if (!source || source.deletedAt) throw refusals.unknownMessage();
  const updates = type === InteractionResponseType.UpdateMessage;
  if (updates) editMessage(world, host, source, form());
  record.originalId = source.id;
  return { kind: updates ? 'update' : 'defer-update', ephemeral: source.ephemeral };
}

function answerWith(
  world: World,
  host: Host,
  record: InteractionRecord,
  form: MessageForm,
  loading: boolean,
): Outcome {
  const ephemeral = (form.flags & MessageFlags.Ephemeral) !== 0;
  const type = record.type === InteractionType.ApplicationCommand ? MessageType.ChatInputCommand : undefined;
  const message = write(world, host, record, form, {
    ephemeral,
    loading,
    ...(type !== undefined && { type }),
    ...(record.source && { replyTo: record.source.messageId }),
  });
  record.originalId = message.id;
  const kind: ResponseKind = loading ? 'defer' : 'message';
  return { kind, ephemeral };
}

/** A follow-up; right after a defer it fills the waiting original instead, as Discord does. */
export function followUp(
  world: World,
  host: Host,
  record: InteractionRecord,
  form: MessageForm,
): StoredMessage {
  const original = originalOf(world, record);
  if (original?.loading && !original.deletedAt) return editMessage(world, host, original, form);
  const message = write(world, host, record, form, {
    ephemeral: (form.flags & MessageFlags.Ephemeral) !== 0,
    ...(record.originalId !== undefined && { replyTo: record.originalId }),
  });
  record.followUpIds.push(message.id);
  world.changes.tell();
  return message;
}

/** The interaction behind a webhook token: 10015 before it was answered, 50027 after 15 minutes. */
export function answeredRecord(world: World, windows: InteractionWindows, token: string): InteractionRecord {
  const record = recordOfToken(world, token);
  if (!record) throw refusals.unknownWebhook();
  return noting(world, record, () => {
    if (Date.now() - record.createdAt.getTime() > windows.tokenMs) throw refusals.invalidWebhookToken();
    if (!record.response) throw refusals.unknownWebhook();
    return record;
  });
}

/** Runs it, and writes a refusal into the interaction's record on its way out. */
export function noting<T>(world: World, record: InteractionRecord, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) {
      record.refusals.push({ code: error.code, at: new Date() });
      world.changes.tell();
    }
    throw error;
  }
}

interface Writing {
  readonly ephemeral: boolean;
  readonly loading?: boolean;
  readonly type?: MessageType;
  readonly replyTo?: Snowflake;
}

function write(
  world: World,
  host: Host,
  record: InteractionRecord,
  form: MessageForm,
  { ephemeral, ...rest }: Writing,
): StoredMessage {
  const channel = world.channels.get(record.channelId);
  if (!channel) throw refusals.unknownChannel();
  const origin = { channel, authorId: world.botId, interactionId: record.id, ...rest };
  return createMessage(world, host, { ...origin, ...(ephemeral && { seenBy: record.userId }) }, form);
}

function deferred(data: unknown): MessageForm {
  const flags = fieldsOf(data)['flags'];
  return { flags: typeof flags === 'number' ? flags : 0, tts: false, enforceNonce: false, files: [] };
}
