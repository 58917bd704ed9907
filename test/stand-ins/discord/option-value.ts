import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import type { APIApplicationCommandBasicOption } from 'discord-api-types/v10';
import { CannotDo } from './cannot-do.ts';
import { lengthOf } from './complaints.ts';
import { isSnowflake } from './snowflake.ts';
import type { OptionValue } from './slash-options.ts';

/** The value as it is sent, or the reason why a person could not enter it. */
export function checkOptionValue(option: APIApplicationCommandBasicOption, value: OptionValue): OptionValue {
  const chosen = chosenValue(option, value);
  const fits = fitsType(option.type, chosen);
  if (!fits) throw cannot(option, `takes ${OptionType[option.type]}, not ${JSON.stringify(chosen)}`);
  checkBounds(option, chosen);
  return chosen;
}

/** People pick choices by name; tests may also give the value. */
function chosenValue(option: APIApplicationCommandBasicOption, value: OptionValue): OptionValue {
  const choices = 'choices' in option ? (option.choices ?? []) : [];
  if (choices.length === 0) return value;
  const choice = choices.find((one) => one.name === value || one.value === value);
  if (!choice)
    throw cannot(
      option,
      `offers ${choices.map(({ name }) => name).join(', ')}, not ${JSON.stringify(value)}`,
    );
  return choice.value;
}

const types = new Map<OptionType, (value: OptionValue) => boolean>([
  [OptionType.String, (value) => typeof value === 'string'],
  [OptionType.Integer, (value) => Number.isSafeInteger(value)],
  [OptionType.Number, (value) => typeof value === 'number' && Number.isFinite(value)],
  [OptionType.Boolean, (value) => typeof value === 'boolean'],
  [OptionType.Attachment, (value) => typeof value === 'object'],
]);

/** Everything else is picked from a list: a person, a role, a channel. */
function fitsType(type: OptionType, value: OptionValue): boolean {
  return (types.get(type) ?? isSnowflake)(value);
}

function checkBounds(option: APIApplicationCommandBasicOption, value: OptionValue): void {
  if (option.type === OptionType.String) {
    const { min_length: min = 0, max_length: max = 6000 } = option;
    const length = lengthOf(value);
    if (length < min || length > max)
      throw cannot(option, `takes ${min} to ${max} characters, not ${length}`);
  }
  if (option.type === OptionType.Integer || option.type === OptionType.Number) {
    const { min_value: min, max_value: max } = option;
    const number = Number(value);
    if (number < (min ?? -Infinity) || number > (max ?? Infinity)) {
      throw cannot(option, `takes ${min ?? '…'} to ${max ?? '…'}, not ${number}`);
    }
  }
}

function cannot({ name }: APIApplicationCommandBasicOption, why: string): CannotDo {
  return new CannotDo(`Option "${name}" ${why}`);
}
