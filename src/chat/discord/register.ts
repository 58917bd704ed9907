import type { Api } from './api.ts';
import type { CommandForm } from './menu.ts';

// https://discord.com/developers/docs/interactions/application-commands#interaction-contexts
const GUILD = 0;
const BOT_DM = 1;

/** What became of a registration. */
export interface Registered {
  /** The lists that were not as they should be, by path. */
  readonly written: readonly string[];
}

/**
 * Brings Discord's commands in line with ours, and writes nothing where they already are. In the guild they
 * are there at once; commands in direct messages can only be global. Without a guild all are global. Throws OutsideError.
 */
export async function registerCommands(
  api: Api,
  commands: readonly CommandForm[],
  place: { readonly applicationId: string; readonly guildId: string | undefined },
): Promise<Registered> {
  const { applicationId, guildId } = place;
  const written: string[] = [];
  const bring = async (path: `/${string}`, wanted: readonly CommandForm[]): Promise<void> => {
    if (sameCommands(await api.get(path), wanted)) return;
    // One request that replaces the list: Discord keeps the ids of those that stay, and nothing is half done.
    await api.put(path, wanted);
    written.push(path);
  };
  if (guildId !== undefined)
    await bring(`/applications/${applicationId}/guilds/${guildId}/commands`, commands);
  const contexts = guildId === undefined ? [GUILD, BOT_DM] : [BOT_DM];
  await bring(
    `/applications/${applicationId}/commands`,
    commands.map((command) => ({ ...command, contexts })),
  );
  return { written };
}

/** Whether what Discord holds is what we want, order and Discord's own additions aside. */
export const sameCommands = (held: unknown, wanted: readonly CommandForm[]): boolean =>
  Array.isArray(held) && canonical(held) === canonical(wanted);

const canonical = (commands: readonly unknown[]): string =>
  JSON.stringify(
    commands
      .map((command) => plain(command))
      .toSorted((one, other) => (nameIn(one) < nameIn(other) ? -1 : 1)),
  );

const KEPT = [
  'type',
  'name',
  'description',
  'required',
  'autocomplete',
  'choices',
  'options',
  'value',
  'contexts',
] as const;

/** Only what we set, in one order; what is absent, null, false or empty is the same to Discord. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const given = value as Partial<Record<(typeof KEPT)[number], unknown>>;
  const entries = KEPT.map((key) => [key, plain(given[key])] as const);
  return Object.fromEntries(entries.filter(([, kept]) => !isNothing(kept)));
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

const nameIn = (command: unknown): string => String((command as { readonly name?: unknown }).name);
