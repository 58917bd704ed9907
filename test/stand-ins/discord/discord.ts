import type { APIApplicationCommand, Snowflake } from 'discord-api-types/v10';
import { createActor } from './actor.ts';
import type { Actor } from './actor.ts';
import type { RequestRecord } from './call.ts';
import type { Truthy } from './changes.ts';
import { commandsIn } from './commands.ts';
import type { Context, PrivilegedIntent, Windows } from './context.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { createLimits, defaultLimits } from './limits.ts';
import type { LimitFigures, Limits } from './limits.ts';
import { createPeople } from './people.ts';
import type { People } from './people.ts';
import { createRest } from './rest.ts';
import { createServer } from './server.ts';
import { guildChannels } from './shapes.ts';
import type { StoredMessage } from './shelf.ts';
import { createWorld, directChannel } from './world.ts';
import type { Founding, World } from './world.ts';

export type { PrivilegedIntent, Windows } from './context.ts';
export type { NewChannel, NewPerson, NewRole } from './people.ts';
export type { Channel, Person } from './world.ts';
export { CannotDo } from './cannot-do.ts';
export type { Actor, Place } from './actor.ts';
export type { RequestRecord } from './call.ts';
export type { Fault, FaultMatch, FaultPlan } from './faults.ts';
export type { Gateway, GatewayClose, SessionView } from './gateway.ts';
export type { Interaction } from './interaction.ts';
export type { InteractionResponse } from './interaction-record.ts';
export type { LimitFigures, RouteLimit } from './limits.ts';
export type { Edit, Pinged, StoredAttachment, StoredMessage } from './shelf.ts';

export interface DiscordOptions extends Founding {
  readonly port?: number;
  /** The state of an earlier one, to go on from. */
  readonly state?: World;
  /** Privileged intents switched on for the application. */
  readonly intents?: readonly PrivilegedIntent[];
  readonly guildArrives?: boolean;
  readonly limits?: false | Partial<LimitFigures>;
  readonly windows?: Partial<Windows>;
}

/** A Discord of our own; see the README beside this file. */
export interface Discord extends AsyncDisposable, People {
  /** What discord.js takes as `rest.api`. */
  readonly api: string;
  readonly port: number;
  readonly token: string;
  readonly applicationId: Snowflake;
  readonly botId: Snowflake;
  readonly guildId: Snowflake;
  /** The first text channel. */
  readonly channelId: Snowflake;
  readonly state: World;
  readonly faults: Pick<Faults, 'add' | 'clear'>;
  readonly gateway: Gateway;
  readonly limits: Pick<Limits, 'given' | 'invalid'>;
  /** The newest requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  readonly typing: readonly { readonly channelId: Snowflake; readonly at: Date }[];
  readonly directMessageOpens: {
    readonly count: number;
    readonly refused: number;
    readonly users: readonly Snowflake[];
  };
  as(userId: Snowflake): Actor;
  /** Oldest first; ephemeral and deleted ones only when asked for. */
  messages(
    channelId: Snowflake,
    also?: { readonly ephemeral?: boolean; readonly deleted?: boolean },
  ): StoredMessage[];
  directMessages(userId: Snowflake): StoredMessage[];
  message(messageId: Snowflake): StoredMessage | undefined;
  commands(): { readonly global: APIApplicationCommand[]; readonly guild: APIApplicationCommand[] };
  /** Waits for the predicate's first truthy value, looking again after every change. */
  until<T>(look: () => T, timeoutMs?: number, what?: string): Promise<Truthy<T>>;
  /** An outage: REST and gateway cut and refused, until `restore`. */
  refuse(): Promise<void>;
  restore(): Promise<void>;
}

const discordWindows: Windows = {
  firstResponseMs: 3000,
  tokenMs: 900_000,
  nonceMs: 180_000,
  resumeMs: 120_000,
  heartbeatMs: 41_250,
};

/** Starts a Discord on 127.0.0.1 and resolves once it listens. */
export async function startDiscord(options: DiscordOptions = {}): Promise<Discord> {
  const world = options.state ?? createWorld(options);
  const faults = createFaults(world.changes);
  const limits = createLimits(options.limits === false ? false : { ...defaultLimits, ...options.limits });
  const context: Context = {
    world,
    limits,
    windows: { ...discordWindows, ...options.windows },
    intents: options.intents ?? [],
  };
  const gateway = createGateway(context, options.guildArrives ?? true);
  const rest = createRest(context, faults);
  const server = await createServer(options.port ?? 0, {
    handle: (request, response) => rest.handle(request, response),
    accept: (socket, request) => gateway.accept(socket, request),
  });
  world.host.origin = `http://127.0.0.1:${server.port}`;
  return {
    ...createPeople(world),
    api: `${world.host.origin}/api`,
    port: server.port,
    token: world.token,
    applicationId: world.applicationId,
    botId: world.botId,
    guildId: world.guildId,
    get channelId() {
      return guildChannels(world)[0]?.id ?? '';
    },
    state: world,
    faults,
    gateway: gateway.control,
    limits,
    requests: rest.requests,
    typing: world.typing,
    directMessageOpens: world.directMessageOpens,
    as: (userId) => createActor(context, userId),
    ...readings(world),
    until: (look, timeoutMs = 5000, what = 'something to happen') =>
      world.changes.until(look, timeoutMs, what),
    refuse() {
      gateway.control.drop();
      return server.shut();
    },
    restore: () => server.open(),
    async [Symbol.asyncDispose]() {
      gateway.stop();
      await server.shut();
      faults.clear();
    },
  };
}

function readings(world: World): Pick<Discord, 'messages' | 'directMessages' | 'message' | 'commands'> {
  const messages: Discord['messages'] = (channelId, also = {}) =>
    world.messages
      .inChannel(channelId)
      .filter(({ ephemeral, deletedAt }) => (also.ephemeral || !ephemeral) && (also.deleted || !deletedAt));
  return {
    messages,
    directMessages(userId) {
      const channel = directChannel(world, userId);
      return channel ? messages(channel.id) : [];
    },
    message: (messageId) => world.messages.get(messageId),
    commands: () => ({ global: commandsIn(world, undefined), guild: commandsIn(world, world.guildId) }),
  };
}
