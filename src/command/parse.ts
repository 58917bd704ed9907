import { UserError } from '#src/domain/errors.ts';
import type { Parameter } from '#src/domain/menu.ts';

import type { Command, RunnableAction } from './define.ts';

export type RawArgs = Readonly<Record<string, string>>;

/** Words of a typed line: separated by blanks, kept together by quotes. Throws UserError. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of line) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word += character;
    } else if ((character === '"' || character === "'") && (word === undefined || word.endsWith('='))) {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) throw new UserError(`The quote ${quote} is not closed.`);
  if (word !== undefined) words.push(word);
  return words;
}

/** How it is typed: required in plain, optional in brackets. */
export function usageOf(name: string, parameters: readonly Parameter[]): string {
  const shown = parameters.map((parameter) => {
    if (isFlag(parameter)) return `[--${parameter.name}]`;
    const value = parameter.oneOf ? parameter.oneOf.join('|') : parameter.name.toUpperCase();
    const word = `${parameter.named ? `${parameter.name}=` : ''}${value}${parameter.rest ? '…' : ''}`;
    return parameter.required ? word : `[${word}]`;
  });
  return [name, ...shown].join(' ');
}

/** Named, with one value only: the name says it all. */
const isFlag = ({ named, oneOf }: Parameter): boolean => named === true && oneOf?.length === 1;

/** Typed words as named arguments: `name=value` or `--name value` anywhere, the others by place. Throws UserError. */
export function argumentsOf(
  name: string,
  parameters: readonly Parameter[],
  words: readonly string[],
): RawArgs {
  const args: Record<string, string> = {};
  const rest: string[] = [];
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const open = () =>
    parameters.find(({ name: key, rest: takesAll, named }) => args[key] === undefined && !takesAll && !named);
  const restParameter = parameters.find((parameter) => parameter.rest);
  const left = words[Symbol.iterator]();
  for (const word of left) {
    const asked = rest.length === 0 ? byName.get(/^--([a-z][a-z-]*)$/.exec(word)?.[1] ?? '') : undefined;
    if (asked) {
      const given = isFlag(asked) ? asked.oneOf?.[0] : left.next().value;
      if (given === undefined)
        throw new UserError(`${word} is followed by nothing. Usage: ${usageOf(name, parameters)}`);
      args[asked.name] = given;
      continue;
    }
    const [, key, value] = /^(?:--)?([a-z][a-z-]*)=(.*)$/s.exec(word) ?? [];
    if (key !== undefined && value !== undefined && byName.has(key) && rest.length === 0) args[key] = value;
    else if (open() && rest.length === 0 && !(key !== undefined && restParameter)) args[open()!.name] = word;
    else if (restParameter) rest.push(word);
    else throw new UserError(`"${word}" is too much. Usage: ${usageOf(name, parameters)}`);
  }
  if (restParameter && rest.length > 0) {
    args[restParameter.name] = [args[restParameter.name], ...rest]
      .filter((part) => part !== undefined)
      .join(' ');
  }
  return args;
}

/** Checks arguments against the parameters, all faults at once. Throws UserError. */
export function checkArguments(name: string, parameters: readonly Parameter[], args: RawArgs): RawArgs {
  const known = new Set(parameters.map((parameter) => parameter.name));
  const faults = [
    ...Object.keys(args)
      .filter((key) => !known.has(key))
      .map((key) => `"${key}" is not an argument of ${name}`),
    ...parameters.flatMap((parameter) => faultOf(parameter, args[parameter.name])),
  ];
  if (faults.length > 0) throw new UserError(`${faults.join('; ')}. Usage: ${usageOf(name, parameters)}`);
  return args;
}

function faultOf({ name, required, oneOf }: Parameter, value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return required ? [`${name} is missing`] : [];
  if (oneOf && !oneOf.includes(value)) return [`${name} must be one of ${oneOf.join(', ')}, not "${value}"`];
  return [];
}

export interface Call {
  readonly name: string;
  readonly who: RunnableAction['who'];
  readonly args: RawArgs;
  readonly run: RunnableAction['run'];
  readonly forStranger?: Command['forStranger'];
}

/** The subcommand or the plain command itself, with its arguments checked. Throws UserError. */
export function callOf(
  command: Command,
  action: string | undefined,
  given: readonly string[] | RawArgs,
): Call {
  const chosen = actionOf(command, action);
  const { run, who = 'observer' } = chosen;
  if (!run) throw new Error(`command ${command.name} has nothing to run`);
  const name = action === undefined ? command.name : `${command.name} ${action}`;
  const raw = Array.isArray(given)
    ? argumentsOf(name, chosen.parameters, given as readonly string[])
    : (given as RawArgs);
  const forStranger = chosen === command ? command.forStranger : undefined;
  return { name, who, run, forStranger, args: checkArguments(name, chosen.parameters, raw) };
}

function actionOf(command: Command, action: string | undefined): Command | RunnableAction {
  if (command.actions.length === 0) return command;
  const found = command.actions.find(({ name }) => name === action);
  if (found) return found;
  const names = command.actions.map(({ name }) => name).join(', ');
  throw new UserError(
    `${command.name} needs one of: ${names}. Example: ${command.examples[0] ?? command.name}`,
  );
}
