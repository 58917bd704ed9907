import { InteractionResponseType, InteractionType, MessageFlags, MessageType } from 'discord-api-types/v10';
import type {
  APIApplicationCommandOptionChoice,
  APIModalInteractionResponseCallbackData,
  Snowflake,
} from 'discord-api-types/v10';
import type { UploadedFile } from './body.ts';
import { checkModal, checkResponseType, readChoices } from './callback-form.ts';
import { fieldsOf } from './complaints.ts';
import { originalOf, recordOfToken } from './interaction-record.ts';
import type { InteractionRecord, InteractionResponse } from './interaction-record.ts';
import { noting } from './interactions.ts';
import { readMessageForm } from './message-form.ts';
import type { MessageForm } from './message-form.ts';
import { createMessage, editMessage } from './messages.ts';
import { refusals } from './refusal.ts';
import type { StoredMessage } from './shelf.ts';
import type { World } from './world.ts';

interface Callback {
  readonly id: Snowflake;
  readonly token: string;
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

/** Takes the first response: 10062 when late or unknown, 40060 when there was one already. */
export function respond(world: World, callback: Callback): InteractionRecord {
  const record = recordOfToken(world, callback.token);
  if (!record || record.id !== callback.id) throw refusals.unknownInteraction();
  return noting(world, record, () => {
    if (record.response) throw refusals.alreadyAcknowledged();
    if (record.failed) throw refusals.unknownInteraction();
    const { type, data } = fieldsOf(callback.body);
    const fitting = checkResponseType(record, type);
    const outcome = carryOut(world, record, { type: fitting, data, files: callback.files });
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

/** A follow-up; right after a defer it fills the waiting original instead, as Discord does. */
export function followUp(world: World, record: InteractionRecord, form: MessageForm): StoredMessage {
  const original = originalOf(world, record);
  if (original?.loading && !original.deletedAt) return editMessage(world, original, form);
  const { originalId } = record;
  const message = write(world, record, { form, ...(originalId !== undefined && { replyTo: originalId }) });
  record.followUpIds.push(message.id);
  world.changes.tell();
  return message;
}

interface Wanted {
  readonly type: InteractionResponseType;
  readonly data: unknown;
  readonly files: readonly UploadedFile[];
}

type Outcome = Pick<InteractionResponse, 'kind'> & Partial<InteractionResponse>;

function carryOut(world: World, record: InteractionRecord, { type, data, files }: Wanted): Outcome {
  const readForm = (): MessageForm => readMessageForm(data, files, (root) => root.at('data'));
  switch (type) {
    case InteractionResponseType.DeferredChannelMessageWithSource:
      return { kind: 'defer', ...answerWith(world, record, { form: readDefer(data), loading: true }) };
    case InteractionResponseType.ChannelMessageWithSource:
      return { kind: 'message', ...answerWith(world, record, { form: readForm() }) };
    case InteractionResponseType.DeferredMessageUpdate:
      return { kind: 'defer-update', ...updateSource(world, record) };
    case InteractionResponseType.UpdateMessage:
      return { kind: 'update', ...updateSource(world, record, readForm()) };
    case InteractionResponseType.ApplicationCommandAutocompleteResult:
      return { kind: 'choices', choices: readChoices(data) as readonly APIApplicationCommandOptionChoice[] };
    case InteractionResponseType.Modal:
      checkModal(data);
      return { kind: 'modal', modal: data as APIModalInteractionResponseCallbackData };
    case InteractionResponseType.Pong:
    case InteractionResponseType.PremiumRequired:
    case InteractionResponseType.LaunchActivity:
    default:
      throw refusals.notImitated(`interaction response type ${type}`);
  }
}

interface Writing {
  readonly form: MessageForm;
  readonly loading?: boolean;
  readonly type?: MessageType;
  readonly replyTo?: Snowflake;
}

function answerWith(
  world: World,
  record: InteractionRecord,
  writing: Writing,
): { readonly ephemeral: boolean } {
  const isCommand = record.type === InteractionType.ApplicationCommand;
  const message = write(world, record, {
    ...writing,
    ...(isCommand && { type: MessageType.ChatInputCommand }),
    ...(record.source && { replyTo: record.source.messageId }),
  });
  record.originalId = message.id;
  return { ephemeral: message.ephemeral };
}

function updateSource(
  world: World,
  record: InteractionRecord,
  form?: MessageForm,
): { readonly ephemeral: boolean } {
  const source = world.messages.get(record.source?.messageId ?? '');
  if (!source || source.deletedAt) throw refusals.unknownMessage();
  if (form) editMessage(world, source, form);
  record.originalId = source.id;
  return { ephemeral: source.ephemeral };
}

function write(world: World, record: InteractionRecord, { form, ...rest }: Writing): StoredMessage {
  const channel = world.channels.get(record.channelId);
  if (!channel) throw refusals.unknownChannel();
  const seenBy = (form.flags & MessageFlags.Ephemeral) !== 0 ? { seenBy: record.userId } : {};
  const origin = { channel, authorId: world.botId, interactionId: record.id, ...rest, ...seenBy };
  return createMessage(world, origin, form);
}

function readDefer(data: unknown): MessageForm {
  const { flags } = fieldsOf(data);
  return { flags: typeof flags === 'number' ? flags : 0, tts: false, enforceNonce: false, files: [] };
}
