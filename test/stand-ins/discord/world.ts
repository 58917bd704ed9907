import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { APIApplicationCommand, Snowflake } from 'discord-api-types/v10';
import { createChanges } from './changes.ts';
import type { Changes } from './changes.ts';
import type { InteractionRecord } from './interaction-record.ts';
import { createShelf } from './shelf.ts';
import type { Shelf, StoredAttachment } from './shelf.ts';
import { createSnowflakes } from './snowflake.ts';
import type { Snowflakes } from './snowflake.ts';

export interface Person {
  readonly id: Snowflake;
  readonly name: string;
  readonly bot: boolean;
  readonly locale: string;
  readonly closedDms: boolean;
}

export interface Member {
  readonly userId: Snowflake;
  readonly roles: readonly Snowflake[];
  readonly joinedAt: string;
}

export interface Role {
  readonly id: Snowflake;
  readonly name: string;
  readonly permissions: bigint;
  readonly mentionable: boolean;
  readonly managed: boolean;
}

export interface Channel {
  readonly id: Snowflake;
  readonly name: string;
  /** The person on the other side, for a direct-message channel. */
  readonly recipientId?: Snowflake;
  /** Permission bits taken from the bot here. */
  readonly deny: bigint;
}

/** An incoming webhook: whoever knows its token may write to the channel. */
export interface Webhook {
  readonly id: Snowflake;
  readonly token: string;
  readonly channelId: Snowflake;
}

/** One event on its way to the gateway; `view` gives what a session with these intents may see. */
export interface Announcement {
  readonly name: string;
  view(intents: number): unknown;
}

/** Passes an announcement on; returns how many connected sessions it reached. */
export type Listener = (announcement: Announcement) => number;

/** Everything Discord remembers: outlives the server that serves it. */
export interface World {
  readonly token: string;
  /** Where it is served from at the moment; each server that serves it says so. */
  readonly host: { origin: string };
  readonly applicationId: Snowflake;
  readonly botId: Snowflake;
  readonly guildId: Snowflake;
  readonly botRoleId: Snowflake;
  readonly ownerId: Snowflake;
  readonly snowflakes: Snowflakes;
  readonly changes: Changes;
  readonly people: Map<Snowflake, Person>;
  readonly members: Map<Snowflake, Member>;
  readonly roles: Map<Snowflake, Role>;
  readonly channels: Map<Snowflake, Channel>;
  readonly webhooks: Map<Snowflake, Webhook>;
  readonly messages: Shelf;
  /** Every file ever attached, as the CDN would serve it. */
  readonly attachments: Map<Snowflake, StoredAttachment>;
  readonly commands: Map<Snowflake, APIApplicationCommand>;
  readonly interactions: Map<Snowflake, InteractionRecord>;
  readonly nonces: Map<string, { readonly messageId: Snowflake; readonly atMs: number }>;
  readonly typing: { readonly channelId: Snowflake; readonly at: Date }[];
  readonly directMessageOpens: { count: number; refused: number; readonly users: Snowflake[] };
  readonly listeners: Set<Listener>;
  /** Tells every listener; returns how many connected sessions it reached. */
  announce(announcement: Announcement): number;
}

export interface Founding {
  readonly token?: string;
  readonly applicationId?: Snowflake;
  readonly guildId?: Snowflake;
  readonly botPermissions?: bigint;
}

const everyonePermissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands;

/** A new world: the application, its bot and one guild with one text channel, nobody else. */
export function createWorld(founding: Founding): World {
  const snowflakes = createSnowflakes();
  const applicationId = founding.applicationId ?? snowflakes.next();
  const guildId = founding.guildId ?? snowflakes.next();
  const botRoleId = snowflakes.next();
  const listeners = new Set<Listener>();
  const world: World = {
    token: founding.token ?? `${Buffer.from(applicationId).toString('base64url')}.stand-in.token`,
    host: { origin: 'http://127.0.0.1' },
    applicationId,
    botId: applicationId,
    guildId,
    botRoleId,
    ownerId: snowflakes.next(),
    snowflakes,
    changes: createChanges(),
    people: new Map(),
    members: new Map(),
    roles: new Map(),
    channels: new Map(),
    webhooks: new Map(),
    messages: createShelf(),
    attachments: new Map(),
    commands: new Map(),
    interactions: new Map(),
    nonces: new Map(),
    typing: [],
    directMessageOpens: { count: 0, refused: 0, users: [] },
    listeners,
    announce: (announcement) =>
      [...listeners].reduce((reached, listener) => reached + listener(announcement), 0),
  };
  found(world, founding.botPermissions ?? everyonePermissions | PermissionFlagsBits.MentionEveryone);
  return world;
}

function found(world: World, botPermissions: bigint): void {
  const { botId, botRoleId, guildId } = world;
  const role = { mentionable: false, managed: false };
  world.roles.set(guildId, { ...role, id: guildId, name: '@everyone', permissions: everyonePermissions });
  world.roles.set(botRoleId, {
    ...role,
    id: botRoleId,
    name: 'tocsin',
    permissions: botPermissions,
    managed: true,
  });
  world.people.set(botId, { id: botId, name: 'tocsin', bot: true, locale: 'en-US', closedDms: false });
  world.members.set(botId, { userId: botId, roles: [botRoleId], joinedAt: new Date().toISOString() });
  const id = world.snowflakes.next();
  world.channels.set(id, { id, name: 'general', deny: 0n });
}

/** The DM channel with this person, whoever opened it. */
export function directChannel(world: World, userId: Snowflake): Channel | undefined {
  return world.channels.values().find((channel) => channel.recipientId === userId);
}

export function openDirectChannel(world: World, userId: Snowflake): Channel {
  const open = directChannel(world, userId);
  if (open) return open;
  const channel: Channel = { id: world.snowflakes.next(), name: '', recipientId: userId, deny: 0n };
  world.channels.set(channel.id, channel);
  return channel;
}
