import { GatewayIntentBits } from 'discord-api-types/v10';
import type { Fields } from './complaints.ts';
import type { Context, PrivilegedIntent } from './context.ts';
import { gatewayOf } from './routes/application.ts';
import { personOf, toArrivingGuild, toUser } from './shapes.ts';

const privileged: Readonly<Record<PrivilegedIntent, number>> = {
  GuildMembers: GatewayIntentBits.GuildMembers,
  GuildPresences: GatewayIntentBits.GuildPresences,
  MessageContent: GatewayIntentBits.MessageContent,
};
const knownIntents = Object.values(GatewayIntentBits).reduce<number>(
  (all, bit) => (typeof bit === 'number' ? all | bit : all),
  0,
);

/** Discord's words for its close codes. */
export const closeReasons: Readonly<Record<number, string>> = {
  4000: 'Unknown error.',
  4001: 'Unknown opcode.',
  4002: 'Error while decoding payload.',
  4003: 'Not authenticated.',
  4004: 'Authentication failed.',
  4005: 'Already authenticated.',
  4007: 'Invalid seq.',
  4008: 'Rate limited.',
  4009: 'Session timed out.',
  4010: 'Invalid shard.',
  4012: 'Invalid API version.',
  4013: 'Invalid intent(s).',
  4014: 'Disallowed intent(s).',
};

/** The close code an IDENTIFY deserves, if any. */
export function identifyRefusal({ world, intents }: Context, fields: Fields): number | undefined {
  const asked = fields['intents'];
  const shard = fields['shard'];
  if (!isToken(world.token, fields)) return 4004;
  if (Array.isArray(shard) && Number(shard[0]) >= Number(shard[1])) return 4010;
  if (typeof asked !== 'number' || !Number.isInteger(asked) || (asked & ~knownIntents) !== 0) return 4013;
  const disallowed = Object.entries(privileged).some(
    ([name, bit]) => (asked & bit) !== 0 && !intents.includes(name as PrivilegedIntent),
  );
  return disallowed ? 4014 : undefined;
}

/** The gateway takes the token with or without its prefix. */
export function isToken(token: string, fields: Fields): boolean {
  return fields['token'] === token || fields['token'] === `Bot ${token}`;
}

export function toReady({ world }: Context, sessionId: string): object {
  return {
    v: 10,
    user: {
      ...toUser(personOf(world, world.botId)),
      verified: true,
      mfa_enabled: false,
      email: null,
      flags: 0,
    },
    guilds: [{ id: world.guildId, unavailable: true }],
    session_id: sessionId,
    resume_gateway_url: gatewayOf(world.host.origin),
    session_type: 'normal',
    shard: [0, 1],
    application: { id: world.applicationId, flags: 0 },
    private_channels: [],
    relationships: [],
    presences: [],
    user_settings: {},
    geo_ordered_rtc_regions: [],
    _trace: [],
  };
}

/** GUILD_CREATE, or GUILD_DELETE for a guild that is out; nothing without the GUILDS intent. */
export function toGuildEvent({ world }: Context, intents: number, arrives: boolean): object | undefined {
  if ((intents & GatewayIntentBits.Guilds) === 0) return undefined;
  if (!arrives) return { id: world.guildId, unavailable: true };
  return toArrivingGuild(world, (intents & GatewayIntentBits.GuildMembers) !== 0);
}
