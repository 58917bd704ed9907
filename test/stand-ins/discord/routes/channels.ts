import { PermissionFlagsBits } from 'discord-api-types/v10';
import { param } from '../call.ts';
import type { Call } from '../call.ts';
import { createComplaints, fieldsOf } from '../complaints.ts';
import type { Context } from '../context.ts';
import { demand } from '../permissions.ts';
import { refusals } from '../refusal.ts';
import type { Route } from '../router.ts';
import { toChannel } from '../shapes.ts';
import { isSnowflake } from '../snowflake.ts';
import { directChannel, openDirectChannel } from '../world.ts';
import type { Channel, World } from '../world.ts';

/** Channels, opening direct messages, and the typing sign. */
export const channelRoutes: readonly Route<Context>[] = [
  {
    method: 'GET',
    path: '/channels/:channel',
    handle({ world }, call) {
      const channel = channelOf(world, call);
      demand(world, channel, 0n);
      return { status: 200, body: toChannel(world, channel) };
    },
  },
  {
    method: 'POST',
    path: '/channels/:channel/typing',
    handle({ world }, call) {
      const channel = channelOf(world, call);
      demand(world, channel, PermissionFlagsBits.SendMessages);
      world.typing.push({ channelId: channel.id, at: new Date() });
      world.changes.tell();
      return { status: 204 };
    },
  },
  {
    method: 'POST',
    path: '/users/@me/channels',
    handle: (context, call) => ({ status: 200, body: openByBot(context, call) }),
  },
];

export function channelOf(world: World, call: Call): Channel {
  const channel = world.channels.get(param(call, 'channel'));
  if (!channel) throw refusals.unknownChannel();
  return channel;
}

/** Opening is never refused for closed DMs, only for opening too many; sending is what fails. */
function openByBot({ world, limits }: Context, call: Call): object {
  const userId = fieldsOf(call.body)['recipient_id'];
  const complaints = createComplaints();
  if (!isSnowflake(userId)) {
    complaints.at('recipient_id').add('NUMBER_TYPE_COERCE', `Value "${String(userId)}" is not snowflake.`);
    complaints.settle();
    throw refusals.invalidRecipient();
  }
  if (!world.people.has(userId) || userId === world.botId) throw refusals.invalidRecipient();
  const opens = world.directMessageOpens;
  if (!directChannel(world, userId)) {
    if (!limits.admitDirectMessage()) {
      opens.refused += 1;
      world.changes.tell();
      throw refusals.directMessagesTooFast();
    }
    opens.count += 1;
    opens.users.push(userId);
  }
  const channel = openDirectChannel(world, userId);
  world.changes.tell();
  return toChannel(world, channel);
}
