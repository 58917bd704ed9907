import { GatewayIntentBits, PermissionFlagsBits } from 'discord-api-types/v10';
import type { APIMessage } from 'discord-api-types/v10';
import { param } from '../call.ts';
import type { Answer, Call } from '../call.ts';
import { createComplaints } from '../complaints.ts';
import type { Context } from '../context.ts';
import { readMessageForm } from '../message-form.ts';
import type { MessageForm } from '../message-form.ts';
import { toVisibleMessage } from '../message-shape.ts';
import { createMessage, deleteMessage, editMessage, publicMessage } from '../messages.ts';
import { onceByNonce } from '../nonces.ts';
import { demand } from '../permissions.ts';
import { refusals } from '../refusal.ts';
import type { Route } from '../router.ts';
import type { StoredMessage } from '../shelf.ts';
import type { Channel, World } from '../world.ts';
import { channelOf } from './channels.ts';

/** Messages of a channel. */
export const messageRoutes: readonly Route<Context>[] = [
  {
    method: 'GET',
    path: '/channels/:channel/messages',
    handle(context, call) {
      const channel = readable(context.world, call);
      return { status: 200, body: page(context.world, channel, call).map((one) => seen(context, one)) };
    },
  },
  { method: 'POST', path: '/channels/:channel/messages', handle: post },
  {
    method: 'GET',
    path: '/channels/:channel/messages/:message',
    handle(context, call) {
      const channel = readable(context.world, call);
      return {
        status: 200,
        body: seen(context, publicMessage(context.world, channel.id, param(call, 'message'))),
      };
    },
  },
  {
    method: 'PATCH',
    path: '/channels/:channel/messages/:message',
    handle(context, call) {
      const { world } = context;
      const channel = channelOf(world, call);
      demand(world, channel, 0n);
      const message = publicMessage(world, channel.id, param(call, 'message'));
      if (message.authorId !== world.botId) throw refusals.notTheAuthor();
      const form = readMessageForm(call.body, call.files);
      return { status: 200, body: seen(context, editMessage(world, message, form)) };
    },
  },
  {
    method: 'DELETE',
    path: '/channels/:channel/messages/:message',
    handle({ world }, call) {
      const channel = channelOf(world, call);
      demand(world, channel, 0n);
      const message = publicMessage(world, channel.id, param(call, 'message'));
      if (message.authorId !== world.botId) {
        if (channel.recipientId !== undefined) throw refusals.missingPermissions();
        demand(world, channel, PermissionFlagsBits.ManageMessages);
      }
      deleteMessage(world, message);
      return { status: 204 };
    },
  },
];

function post(context: Context, call: Call): Answer {
  const { world, windows } = context;
  const channel = channelOf(world, call);
  const form = readMessageForm(call.body, call.files);
  if (channel.recipientId === undefined) demand(world, channel, neededFor(form));
  else demandReachable(world, channel.recipientId);
  const message = onceByNonce(world, channel, form, {
    withinMs: windows.nonceMs,
    write: () => createMessage(world, { channel, authorId: world.botId }, form),
  });
  return { status: 200, body: seen(context, message) };
}

function neededFor(form: MessageForm): bigint {
  return (
    PermissionFlagsBits.SendMessages |
    ((form.embeds ?? []).length > 0 ? PermissionFlagsBits.EmbedLinks : 0n) |
    (form.files.length > 0 ? PermissionFlagsBits.AttachFiles : 0n) |
    (form.replyTo ? PermissionFlagsBits.ReadMessageHistory : 0n)
  );
}

function demandReachable(world: World, userId: string): void {
  if (!world.members.has(userId)) throw refusals.noMutualGuild();
  if (world.people.get(userId)?.closedDms || world.people.get(userId)?.bot)
    throw refusals.closedDirectMessages();
}

function readable(world: World, call: Call): Channel {
  const channel = channelOf(world, call);
  demand(world, channel, PermissionFlagsBits.ReadMessageHistory);
  return channel;
}

/** Newest first, as Discord lists them. */
function page(world: World, channel: Channel, call: Call): StoredMessage[] {
  const { query } = call;
  const limit = Number(query.get('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    const complaints = createComplaints();
    complaints
      .at('limit')
      .add(limit > 100 ? 'NUMBER_TYPE_MAX' : 'NUMBER_TYPE_MIN', 'int value should be between 1 and 100.');
    complaints.settle();
  }
  const all = world.messages.inChannel(channel.id).filter((one) => !one.deletedAt && !one.ephemeral);
  const [around, before, after] = ['around', 'before', 'after'].map((name) => query.get(name));
  if (around) {
    const place = all.findIndex(({ id }) => BigInt(id) >= BigInt(around));
    const start = Math.max(0, (place < 0 ? all.length : place) - Math.floor(limit / 2));
    return all.slice(start, start + limit).toReversed();
  }
  if (before)
    return all
      .filter(({ id }) => BigInt(id) < BigInt(before))
      .slice(-limit)
      .toReversed();
  if (after)
    return all
      .filter(({ id }) => BigInt(id) > BigInt(after))
      .slice(0, limit)
      .toReversed();
  return all.slice(-limit).toReversed();
}

function seen({ world, intents }: Context, message: StoredMessage): APIMessage {
  return toVisibleMessage(
    world,
    message,
    intents.includes('MessageContent') ? GatewayIntentBits.MessageContent : 0,
  );
}
