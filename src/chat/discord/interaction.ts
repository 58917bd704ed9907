import { z } from 'zod';

import type { Menu, Parameter } from '#src/domain/menu.ts';
import type { Said } from '#src/domain/platform.ts';

import { optionName } from './menu.ts';

// https://discord.com/developers/docs/interactions/receiving-and-responding
export const COMMAND = 2;
export const COMPONENT = 3;
export const AUTOCOMPLETE = 4;
const SUBCOMMAND = 1;
const DIRECT_CHANNEL = 1;

const User = z.object({ id: z.string(), username: z.string(), global_name: z.string().nullish() });
const Option = z.object({
  type: z.number(),
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
  focused: z.boolean().optional(),
});

/** What Discord tells of somebody using a command or a button. */
export const Interaction = z
  .object({
    id: z.string(),
    application_id: z.string(),
    type: z.number(),
    token: z.string(),
    guild_id: z.string().optional(),
    channel_id: z.string().optional(),
    channel: z.object({ type: z.number() }).optional(),
    member: z.object({ user: User, nick: z.string().nullish() }).optional(),
    user: User.optional(),
    data: z
      .object({
        name: z.string().optional(),
        custom_id: z.string().optional(),
        options: z.array(Option.extend({ options: z.array(Option).optional() })).optional(),
      })
      .optional(),
  })
  .refine((interaction) => interaction.member ?? interaction.user, 'nobody did it');
export type Interaction = z.infer<typeof Interaction>;

export function personOf({ member, user }: Interaction): { readonly handle: string; readonly name: string } {
  const person = member?.user ?? user;
  return { handle: person?.id ?? '', name: member?.nick ?? person?.global_name ?? person?.username ?? '' };
}

/** The channel in which the bot and this person write to each other, when it was said there. */
export const directChannelOf = ({ channel, channel_id }: Interaction): string | undefined =>
  channel?.type === DIRECT_CHANNEL ? channel_id : undefined;

interface Chosen {
  readonly command: Menu;
  readonly action: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly options: readonly z.infer<typeof Option>[];
}

/** The command and its options; undefined when the menu does not have it (any more). */
export function chosenOf({ data }: Interaction, menu: readonly Menu[]): Chosen | undefined {
  const command = menu.find(({ name }) => name === data?.name);
  if (!command) return undefined;
  const first = data?.options?.[0];
  if (first?.type !== SUBCOMMAND) {
    return { command, action: undefined, parameters: command.parameters, options: data?.options ?? [] };
  }
  const action = command.actions.find(({ name }) => name === first.name);
  return (
    action && { command, action: action.name, parameters: action.parameters, options: first.options ?? [] }
  );
}

export function saidOf({ command, action, parameters, options }: Chosen): Said {
  const args = options.flatMap(({ name, value }) => {
    const parameter = parameters.find((one) => optionName(one) === name);
    return parameter && value !== undefined ? [[parameter.name, String(value)] as const] : [];
  });
  return { command: command.name, ...(action !== undefined && { action }), args: Object.fromEntries(args) };
}

/** The parameter that is being typed, and what there is of it. */
export function typedOf({
  parameters,
  options,
}: Chosen): { readonly parameter: Parameter; readonly typed: string } | undefined {
  const focused = options.find((option) => option.focused);
  const parameter = parameters.find((one) => optionName(one) === focused?.name);
  return parameter && { parameter, typed: String(focused?.value ?? '') };
}
