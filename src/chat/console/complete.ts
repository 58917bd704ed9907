import type { Menu, Parameter, Suggest } from '#src/domain/menu.ts';

const MOST = 15;

/** Asks for values of a parameter that fit what has been typed of it. */
export type Values = (suggest: Suggest, typed: string) => Promise<readonly string[]>;

/** Whole lines that a typed one may become: commands, subcommands, then the values of each parameter. */
export async function completions(
  menu: readonly Menu[],
  line: string,
  values: Values,
): Promise<readonly string[]> {
  const words = line.trimStart().split(/\s+/u);
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const ends = await endings(menu, before, typed, values);
  return ends.slice(0, MOST).map((end) => [...before, end].join(' '));
}

async function endings(
  menu: readonly Menu[],
  [name, ...rest]: readonly string[],
  typed: string,
  values: Values,
): Promise<readonly string[]> {
  if (name === undefined) return beginning(namesOf(menu), typed);
  const command = menu.find((candidate) => candidate.name === name);
  if (command === undefined) return [];
  if (command.actions.length === 0) return valuesOf(command.parameters, rest, typed, values);
  const [actionName, ...args] = rest;
  if (actionName === undefined) return beginning(namesOf(command.actions), typed);
  const action = command.actions.find((candidate) => candidate.name === actionName);
  return action ? valuesOf(action.parameters, args, typed, values) : [];
}

async function valuesOf(
  parameters: readonly Parameter[],
  before: readonly string[],
  typed: string,
  values: Values,
): Promise<readonly string[]> {
  const isNamed = (word: string) => parameters.some(({ name }) => word.startsWith(`${name}=`));
  const named = parameters.find(({ name }) => typed.startsWith(`${name}=`));
  if (named) {
    const found = await valuesFor(named, typed.slice(named.name.length + 1), values);
    return found.map((value) => `${named.name}=${value}`);
  }
  const place = before.filter((word) => !isNamed(word)).length;
  const parameter = parameters.filter((one) => !one.named && !one.rest)[place];
  if (parameter) return valuesFor(parameter, typed, values);
  const open = parameters.filter(
    ({ name, named: byName }) => byName && !before.some((word) => word.startsWith(`${name}=`)),
  );
  return beginning(
    open.map(({ name }) => `${name}=`),
    typed,
  );
}

async function valuesFor(parameter: Parameter, typed: string, values: Values): Promise<readonly string[]> {
  if (parameter.oneOf) return beginning(parameter.oneOf, typed);
  return parameter.suggest ? values(parameter.suggest, typed) : [];
}

const namesOf = (list: readonly { readonly name: string }[]): readonly string[] =>
  list.map(({ name }) => name);

const beginning = (words: readonly string[], typed: string): readonly string[] =>
  words.filter((word) => word.startsWith(typed));
