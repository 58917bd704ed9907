import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import type {
  APIApplicationCommand,
  APIApplicationCommandBasicOption,
  APIApplicationCommandOption,
} from 'discord-api-types/v10';
import type { UploadedFile } from './body.ts';
import { CannotDo } from './cannot-do.ts';
import { checkOptionValue } from './option-value.ts';

/** A file chosen for an attachment option. */
export type OptionFile = Pick<UploadedFile, 'filename' | 'bytes'> & { readonly contentType?: string };
export type OptionValue = string | number | boolean | OptionFile;
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** One option as an interaction carries it. */
export interface SentOption {
  readonly name: string;
  readonly type: OptionType;
  readonly value?: OptionValue;
  readonly options?: readonly SentOption[];
  readonly focused?: boolean;
}

interface Leaf {
  /** The words after the command's name, outermost first, with their types. */
  readonly path: readonly { readonly name: string; readonly type: OptionType }[];
  readonly options: readonly APIApplicationCommandBasicOption[];
}

export interface Filling {
  readonly words: readonly string[];
  readonly values: OptionValues;
  /** The option being typed, for autocomplete: nothing is required then. */
  readonly focused?: string;
}

/** The options as Discord's client would send them; refuses what it would not let a person send. */
export function fillOptions(command: APIApplicationCommand, filling: Filling): SentOption[] {
  const leaf = findLeaf(command, filling.words);
  const known = leaf.options.map(({ name }) => name);
  for (const name of Object.keys(filling.values)) {
    if (!known.includes(name))
      throw new CannotDo(`/${command.name} has no option "${name}" (${known.join(', ')})`);
  }
  const filled = leaf.options.flatMap((option) => fill(command, option, filling));
  return leaf.path.reduceRight<SentOption[]>((options, { name, type }) => [{ name, type, options }], filled);
}

/** The option of that name, which must offer autocomplete. */
export function autocompleteOption(
  command: APIApplicationCommand,
  words: readonly string[],
  name: string,
): void {
  const option = findLeaf(command, words).options.find((one) => one.name === name);
  if (!option) throw new CannotDo(`/${command.name} has no option "${name}"`);
  if (!('autocomplete' in option) || !option.autocomplete) {
    throw new CannotDo(`Option "${name}" of /${command.name} offers no autocomplete`);
  }
}

function findLeaf(command: APIApplicationCommand, words: readonly string[]): Leaf {
  let options: readonly APIApplicationCommandOption[] = command.options ?? [];
  const path: { name: string; type: OptionType }[] = [];
  for (const word of words) {
    const next = options.find((option) => option.name === word && isNesting(option));
    if (!next) throw new CannotDo(`/${command.name} has no sub-command "${word}"`);
    path.push({ name: next.name, type: next.type });
    options = 'options' in next ? (next.options ?? []) : [];
  }
  if (options.some(isNesting)) {
    const names = options.map(({ name }) => name).join(', ');
    throw new CannotDo(`/${[command.name, ...words].join(' ')} needs a sub-command: ${names}`);
  }
  return { path, options: options as readonly APIApplicationCommandBasicOption[] };
}

function isNesting({ type }: APIApplicationCommandOption): boolean {
  return type === OptionType.Subcommand || type === OptionType.SubcommandGroup;
}

function fill(
  command: APIApplicationCommand,
  option: APIApplicationCommandBasicOption,
  { values, focused }: Filling,
): SentOption[] {
  const value = values[option.name];
  const { name, type } = option;
  if (focused === name) return [{ name, type, value: value ?? '', focused: true }];
  if (value === undefined) {
    if (option.required && focused === undefined) {
      throw new CannotDo(`Option "${name}" of /${command.name} is required`);
    }
    return [];
  }
  return [{ name, type, value: checkOptionValue(option, value) }];
}
