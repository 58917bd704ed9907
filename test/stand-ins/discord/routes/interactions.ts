import { InteractionResponseType } from 'discord-api-types/v10';
import { param } from '../call.ts';
import type { Answer, Call } from '../call.ts';
import { fieldsOf } from '../complaints.ts';
import type { Context } from '../context.ts';
import { originalOf } from '../interaction-record.ts';
import type { InteractionRecord } from '../interaction-record.ts';
import { answeredRecord, noting } from '../interactions.ts';
import { readMessageForm } from '../message-form.ts';
import { toMessage } from '../message-shape.ts';
import { deleteMessage, editMessage } from '../messages.ts';
import { refusals } from '../refusal.ts';
import { followUp, respond } from '../responses.ts';
import type { Route } from '../router.ts';
import type { StoredMessage } from '../shelf.ts';
import { executeWebhook } from '../webhook.ts';

const open = { needsToken: false, isGlobal: false } as const;
const webhook = '/webhooks/:application/:token';

/** First responses and everything after them; tokens in the path, no global limit. */
export const interactionRoutes: readonly Route<Context>[] = [
  {
    ...open,
    hasBucket: false,
    method: 'POST',
    path: '/interactions/:interaction/:token/callback',
    handle: callback,
  },
  {
    ...open,
    method: 'POST',
    path: webhook,
    handle(context, call) {
      const incoming = context.world.webhooks.get(param(call, 'application'));
      if (incoming) return executeWebhook(context.world, incoming, call);
      return withRecord(context, call, (record) => {
        const form = readMessageForm(call.body, call.files);
        return shown(context, followUp(context.world, record, form));
      });
    },
  },
  {
    ...open,
    method: 'GET',
    path: `${webhook}/messages/:message`,
    handle: (context, call) =>
      withRecord(context, call, (record) => shown(context, messageOf(context, call, record))),
  },
  {
    ...open,
    method: 'PATCH',
    path: `${webhook}/messages/:message`,
    handle: (context, call) =>
      withRecord(context, call, (record) => {
        const message = messageOf(context, call, record);
        const form = readMessageForm(call.body, call.files);
        return shown(context, editMessage(context.world, message, form));
      }),
  },
  {
    ...open,
    method: 'DELETE',
    path: `${webhook}/messages/:message`,
    handle: (context, call) =>
      withRecord(context, call, (record) => {
        deleteMessage(context.world, messageOf(context, call, record));
        return { status: 204 };
      }),
  },
];

function callback({ world }: Context, call: Call): Answer {
  const record = respond(world, {
    id: param(call, 'interaction'),
    token: param(call, 'token'),
    body: call.body,
    files: call.files,
  });
  if (!['true', '1'].includes((call.query.get('with_response') ?? '').toLowerCase())) return { status: 204 };
  const type = fieldsOf(call.body)['type'] as InteractionResponseType;
  const message = originalOf(world, record);
  const withMessage = [
    InteractionResponseType.ChannelMessageWithSource,
    InteractionResponseType.UpdateMessage,
  ];
  return {
    status: 200,
    body: {
      interaction: {
        id: record.id,
        type: record.type,
        ...(message && {
          response_message_id: message.id,
          response_message_loading: message.loading,
          response_message_ephemeral: message.ephemeral,
        }),
      },
      resource: {
        type,
        ...(message && withMessage.includes(type) && { message: toMessage(world, message) }),
      },
    },
  };
}

function withRecord(context: Context, call: Call, handle: (record: InteractionRecord) => Answer): Answer {
  if (param(call, 'application') !== context.world.applicationId) throw refusals.unknownWebhook();
  const record = answeredRecord(context.world, context.windows, param(call, 'token'));
  return noting(context.world, record, () => handle(record));
}

/** @original, or a follow-up of this very interaction. */
function messageOf({ world }: Context, call: Call, record: InteractionRecord): StoredMessage {
  const id = param(call, 'message');
  const own = id === '@original' || id === record.originalId || record.followUpIds.includes(id);
  const message = id === '@original' ? originalOf(world, record) : world.messages.get(id);
  if (!own || !message || message.deletedAt) throw refusals.unknownMessage();
  return message;
}

function shown({ world }: Context, message: StoredMessage): Answer {
  return { status: 200, body: toMessage(world, message) };
}
