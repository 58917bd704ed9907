import { ApplicationCommandType, InteractionContextType } from 'discord-api-types/v10';
import type { APIApplicationCommand, Snowflake } from 'discord-api-types/v10';
import { checkCommand } from './command-form.ts';
import { createComplaints, fieldsOf } from './complaints.ts';
import type { Fields } from './complaints.ts';
import { refusals } from './refusal.ts';
import type { World } from './world.ts';

/** Commands live globally or in a guild; undefined means globally. */
export type Scope = Snowflake | undefined;

const MAX_SLASH_COMMANDS = 100;
const MAX_CONTEXT_COMMANDS = 15;

export function commandsIn(world: World, scope: Scope): APIApplicationCommand[] {
  return [...world.commands.values()].filter(({ guild_id: guild }) => guild === scope);
}

export function commandById(world: World, scope: Scope, id: string): APIApplicationCommand {
  const command = world.commands.get(id);
  if (!command || command.guild_id !== scope) throw refusals.unknownCommand();
  return command;
}

/** POST: a command of the same name and type is replaced, and keeps its id. */
export function upsertCommand(
  world: World,
  scope: Scope,
  body: unknown,
): { readonly command: APIApplicationCommand; readonly isNew: boolean } {
  check(body);
  const fields = fieldsOf(body);
  const old = namesake(world, scope, fields);
  if (!old) demandRoom(commandsIn(world, scope), fields);
  return { command: keep(world, toCommand(world, scope, fields, old?.id)), isNew: !old };
}

/** PATCH: only what is given changes. */
export function patchCommand(world: World, scope: Scope, id: string, body: unknown): APIApplicationCommand {
  const old = commandById(world, scope, id);
  const fields: Fields = { ...old, ...fieldsOf(body), type: old.type };
  check(fields);
  return keep(world, toCommand(world, scope, fields, id));
}

/** PUT: the list becomes all there is; those of the same name keep their ids. */
export function overwriteCommands(world: World, scope: Scope, body: unknown): APIApplicationCommand[] {
  const given = Array.isArray(body) ? (body as unknown[]).map(fieldsOf) : [];
  const complaints = createComplaints();
  if (!Array.isArray(body)) complaints.add('LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  given.forEach((fields, index) => {
    checkCommand(complaints.at(index), fields);
    const twin = given.findIndex((other) => isNamesake(other, fields));
    if (twin < index) {
      complaints
        .at(index)
        .add('APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    }
  });
  complaints.settle();
  given.reduce<Fields[]>((kept, fields) => {
    demandRoom(kept, fields);
    return [...kept, fields];
  }, []);
  const commands = given.map((fields) => toCommand(world, scope, fields, namesake(world, scope, fields)?.id));
  for (const { id } of commandsIn(world, scope)) world.commands.delete(id);
  for (const command of commands) world.commands.set(command.id, command);
  world.changes.tell();
  return commands;
}

export function deleteCommand(world: World, scope: Scope, id: string): void {
  world.commands.delete(commandById(world, scope, id).id);
  world.changes.tell();
}

/** The slash command a person would get for this name there: the guild's own before a global one. */
export function commandNamed(
  world: World,
  name: string,
  inGuild: boolean,
): APIApplicationCommand | undefined {
  const named = [...world.commands.values()].filter(
    (command) => command.name === name && command.type === ApplicationCommandType.ChatInput,
  );
  const own = inGuild ? named.find(({ guild_id: guild }) => guild === world.guildId) : undefined;
  return own ?? named.find((command) => command.guild_id === undefined && isOfferedIn(command, inGuild));
}

function isOfferedIn(command: APIApplicationCommand, inGuild: boolean): boolean {
  const wanted = inGuild ? InteractionContextType.Guild : InteractionContextType.BotDM;
  if (command.contexts) return command.contexts.includes(wanted);
  return inGuild || command.dm_permission !== false;
}

function check(body: unknown): void {
  const complaints = createComplaints();
  checkCommand(complaints, body);
  complaints.settle();
}

function isNamesake(one: Fields, other: Fields): boolean {
  return one['name'] === other['name'] && typeOf(one) === typeOf(other);
}

function namesake(world: World, scope: Scope, fields: Fields): APIApplicationCommand | undefined {
  return commandsIn(world, scope).find((command) => isNamesake({ ...command }, fields));
}

function typeOf(fields: Fields): unknown {
  return fields['type'] ?? ApplicationCommandType.ChatInput;
}

function demandRoom(there: readonly object[], fields: Fields): void {
  const type = typeOf(fields);
  const limit = type === ApplicationCommandType.ChatInput ? MAX_SLASH_COMMANDS : MAX_CONTEXT_COMMANDS;
  const same = there.filter((one) => typeOf({ ...one }) === type);
  if (same.length >= limit) throw refusals.tooManyCommands(limit);
}

function keep(world: World, command: APIApplicationCommand): APIApplicationCommand {
  world.commands.set(command.id, command);
  world.changes.tell();
  return command;
}

function toCommand(world: World, scope: Scope, fields: Fields, id?: Snowflake): APIApplicationCommand {
  const command = {
    default_member_permissions: null,
    nsfw: false,
    description: '',
    dm_permission: true,
    contexts: null,
    integration_types: [0],
    name_localizations: null,
    description_localizations: null,
    ...fields,
    id: id ?? world.snowflakes.next(),
    type: typeOf(fields),
    application_id: world.applicationId,
    version: world.snowflakes.next(),
    ...(scope !== undefined && { guild_id: scope }),
  };
  if (scope === undefined) return command as unknown as APIApplicationCommand;
  const { dm_permission: _dm, contexts: _contexts, ...ofGuild } = command;
  return ofGuild as unknown as APIApplicationCommand;
}
