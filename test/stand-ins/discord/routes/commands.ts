import type { Call } from '../call.ts';
import { param } from '../call.ts';
import {
  commandById,
  commandsIn,
  deleteCommand,
  overwriteCommands,
  patchCommand,
  upsertCommand,
} from '../commands.ts';
import type { Scope } from '../commands.ts';
import type { Context } from '../context.ts';
import { refusals } from '../refusal.ts';
import type { Route } from '../router.ts';

const globally = '/applications/:application/commands';
const inGuild = '/applications/:application/guilds/:guild/commands';

/** Application commands, global and of the guild. */
export const commandRoutes: readonly Route<Context>[] = [globally, inGuild].flatMap(
  (path): Route<Context>[] => [
    {
      method: 'GET',
      path,
      handle: (context, call) => ({ status: 200, body: commandsIn(context.world, scopeOf(context, call)) }),
    },
    {
      method: 'POST',
      path,
      handle(context, call) {
        const { command, isNew } = upsertCommand(context.world, scopeOf(context, call), call.body);
        return { status: isNew ? 201 : 200, body: command };
      },
    },
    {
      method: 'PUT',
      path,
      handle: (context, call) => ({
        status: 200,
        body: overwriteCommands(context.world, scopeOf(context, call), call.body),
      }),
    },
    {
      method: 'GET',
      path: `${path}/:command`,
      handle: (context, call) => ({
        status: 200,
        body: commandById(context.world, scopeOf(context, call), param(call, 'command')),
      }),
    },
    {
      method: 'PATCH',
      path: `${path}/:command`,
      handle: (context, call) => ({
        status: 200,
        body: patchCommand(context.world, scopeOf(context, call), param(call, 'command'), call.body),
      }),
    },
    {
      method: 'DELETE',
      path: `${path}/:command`,
      handle(context, call) {
        deleteCommand(context.world, scopeOf(context, call), param(call, 'command'));
        return { status: 204 };
      },
    },
  ],
);

function scopeOf({ world }: Context, call: Call): Scope {
  if (param(call, 'application') !== world.applicationId) throw refusals.unknownApplication();
  const { guild } = call.params;
  if (guild !== undefined && guild !== world.guildId) throw refusals.missingAccess();
  return guild;
}
