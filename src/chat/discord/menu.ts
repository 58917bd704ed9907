import type { Action, Menu, Parameter } from '#src/domain/menu.ts';

// https://discord.com/developers/docs/interactions/application-commands
const CHAT_INPUT = 1;
const SUBCOMMAND = 1;
const STRING = 3;
const MOST_CHOICES = 25;
const MOST_SUMMARY = 100;

export interface CommandOption {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly required?: true;
  readonly autocomplete?: true;
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
  readonly options?: readonly CommandOption[];
}

/** A slash command as it is registered. */
export interface CommandForm {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly options: readonly CommandOption[];
  /** Where a global command can be used. */
  readonly contexts?: readonly number[];
}

/** Discord takes lower case only. */
export const optionName = (parameter: Parameter): string => parameter.name.toLowerCase();

/** Slash commands that show the menu. */
export const commandsOf = (menu: readonly Menu[]): readonly CommandForm[] =>
  menu.map(({ name, summary, parameters, actions }) => ({
    type: CHAT_INPUT,
    name,
    description: summaryOf(summary),
    options: actions.length > 0 ? actions.map(subcommand) : optionsOf(parameters),
  }));

const subcommand = ({ name, summary, parameters }: Action): CommandOption => ({
  type: SUBCOMMAND,
  name,
  description: summaryOf(summary),
  options: optionsOf(parameters),
});

/** Discord wants the required ones first. */
const optionsOf = (parameters: readonly Parameter[]): readonly CommandOption[] =>
  parameters
    .toSorted((one, other) => Number(other.required ?? false) - Number(one.required ?? false))
    .map(option);

function option(parameter: Parameter): CommandOption {
  const { summary, required, oneOf, suggest } = parameter;
  const chosen = oneOf !== undefined && oneOf.length <= MOST_CHOICES;
  return {
    type: STRING,
    name: optionName(parameter),
    description: summaryOf(summary),
    ...(required && { required }),
    ...(chosen && { choices: oneOf.map((value) => ({ name: value, value })) }),
    ...(!chosen && (oneOf || suggest) && { autocomplete: true }),
  };
}

const summaryOf = (summary: string): string =>
  summary.length > MOST_SUMMARY ? `${summary.slice(0, MOST_SUMMARY - 1)}…` : summary;
