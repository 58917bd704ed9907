import { param } from './call.ts';
import type { Answer, Call } from './call.ts';
import { readMessageForm } from './message-form.ts';
import { toMessage } from './message-shape.ts';
import { createMessage } from './messages.ts';
import { refusals } from './refusal.ts';
import type { Webhook, World } from './world.ts';

/** https://discord.com/developers/docs/resources/webhook#execute-webhook; no names, avatars or threads. */
export function executeWebhook(world: World, webhook: Webhook, call: Call): Answer {
  const channel = world.channels.get(webhook.channelId);
  if (!channel || webhook.token !== param(call, 'token')) throw refusals.unknownWebhook();
  const form = readMessageForm(call.body, call.files);
  const message = createMessage(world, { channel, authorId: webhook.id }, form);
  if (call.query.get('wait') !== 'true') return { status: 204 };
  return { status: 200, body: toMessage(world, message) };
}
