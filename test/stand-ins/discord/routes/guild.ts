import { param } from '../call.ts';
import type { Call } from '../call.ts';
import type { Context } from '../context.ts';
import { refusals } from '../refusal.ts';
import type { Route } from '../router.ts';
import { guildChannels, toChannel, toGuild, toMember, toRole } from '../shapes.ts';
import type { World } from '../world.ts';

/** The guild, its channels, roles and members. */
export const guildRoutes: readonly Route<Context>[] = [
  {
    method: 'GET',
    path: '/guilds/:guild',
    handle: ({ world }, call) => ({ status: 200, body: toGuild(ours(world, call)) }),
  },
  {
    method: 'GET',
    path: '/guilds/:guild/channels',
    handle: ({ world }, call) => ({
      status: 200,
      body: guildChannels(ours(world, call)).map((channel) => toChannel(world, channel)),
    }),
  },
  {
    method: 'GET',
    path: '/guilds/:guild/roles',
    handle: ({ world }, call) => ({
      status: 200,
      body: [...ours(world, call).roles.values()].map((role) => toRole(role, world)),
    }),
  },
  {
    method: 'GET',
    path: '/guilds/:guild/members',
    handle({ world, intents }, call) {
      ours(world, call);
      if (!intents.includes('GuildMembers')) throw refusals.missingAccess();
      const limit = Number(call.query.get('limit') ?? 1);
      const after = BigInt(call.query.get('after') ?? 0);
      const members = [...world.members.values()]
        .filter(({ userId }) => BigInt(userId) > after)
        .toSorted((one, other) => (BigInt(one.userId) < BigInt(other.userId) ? -1 : 1));
      return { status: 200, body: members.slice(0, limit).map((member) => toMember(world, member)) };
    },
  },
  {
    method: 'GET',
    path: '/guilds/:guild/members/:user',
    handle({ world }, call) {
      const member = ours(world, call).members.get(param(call, 'user'));
      if (!member)
        throw world.people.has(param(call, 'user')) ? refusals.unknownMember() : refusals.unknownUser();
      return { status: 200, body: toMember(world, member) };
    },
  },
];

function ours(world: World, call: Call): World {
  if (param(call, 'guild') !== world.guildId) throw refusals.unknownGuild();
  return world;
}
