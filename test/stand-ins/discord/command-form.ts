import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord-api-types/v10';
import { checkCount, checkText, fieldsOf, lengthOf, listOf } from './complaints.ts';
import type { Complaints, Fields } from './complaints.ts';

const commandName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const withChoices: readonly unknown[] = [
  ApplicationCommandOptionType.String,
  ApplicationCommandOptionType.Integer,
  ApplicationCommandOptionType.Number,
];
const { Subcommand, SubcommandGroup } = ApplicationCommandOptionType;
const nesting: readonly unknown[] = [Subcommand, SubcommandGroup];

/** Which kinds of nesting each level may hold. */
const mayHold = {
  command: [Subcommand, SubcommandGroup],
  group: [Subcommand],
  subcommand: [],
} as const satisfies Record<string, readonly ApplicationCommandOptionType[]>;
type Level = keyof typeof mayHold;

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object */
export function checkCommand(at: Complaints, value: unknown): void {
  const fields = fieldsOf(value);
  const type = fields['type'] ?? ApplicationCommandType.ChatInput;
  if (type === ApplicationCommandType.ChatInput) {
    checkName(at.at('name'), fields['name']);
    checkText(at.at('description'), fields['description'], { min: 1, max: 100, required: true });
    checkOptions(at.at('options'), fields['options'], 'command');
  } else if (type === ApplicationCommandType.User || type === ApplicationCommandType.Message) {
    checkText(at.at('name'), fields['name'], { min: 1, max: 32, required: true });
    if (lengthOf(fields['description']) > 0) {
      at.at('description').add(
        'APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED',
        'Context menu commands cannot have description',
      );
    }
  } else {
    at.at('type').add('BASE_TYPE_CHOICES', 'Value must be one of (1, 2, 3, 4).');
  }
  if (sizeOf(fields) > 8000) at.add('APPLICATION_COMMAND_TOO_LARGE', 'Command exceeds maximum size (8000)');
}

function checkName(at: Complaints, name: unknown): void {
  if (typeof name !== 'string' || name === '') {
    at.add('BASE_TYPE_REQUIRED', 'This field is required');
  } else if (lengthOf(name) > 32) {
    at.add('BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 32 in length.');
  } else if (!commandName.test(name)) {
    at.add('STRING_TYPE_REGEX', 'String value did not match validation regex.');
  } else if (name !== name.toLowerCase()) {
    at.add('APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
}

function checkOptions(at: Complaints, value: unknown, level: Level): void {
  checkCount(at, value, 0, 25);
  const options = listOf(value).map(fieldsOf);
  const names = new Set<unknown>();
  let optionalSeen = false;
  options.forEach((option, index) => {
    const here = at.at(index);
    checkName(here.at('name'), option['name']);
    checkText(here.at('description'), option['description'], { min: 1, max: 100, required: true });
    checkOption(here, option, level);
    if (names.has(option['name'])) {
      here.at('name').add('APPLICATION_COMMAND_OPTIONS_NAME_INVALID', 'Option name must be unique');
    }
    names.add(option['name']);
    if (nesting.includes(option['type'])) return;
    if (option['required'] === true && optionalSeen) {
      here.add(
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    }
    optionalSeen ||= option['required'] !== true;
  });
  const nested = options.filter(({ type }) => nesting.includes(type));
  if (nested.length > 0 && nested.length < options.length) {
    at.add(
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
}

function checkOption(at: Complaints, option: Fields, level: Level): void {
  const type = option['type'] as ApplicationCommandOptionType;
  if (typeof type !== 'number' || !(type in ApplicationCommandOptionType)) {
    at.at('type').add('BASE_TYPE_CHOICES', 'Value must be one of (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).');
  } else if (!nesting.includes(type)) {
    checkChoices(at, option);
  } else if (!mayHold[level].some((held) => held === type)) {
    at.at('type').add('APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'Sub-commands and groups cannot nest here');
  } else {
    checkOptions(at.at('options'), option['options'], type === Subcommand ? 'subcommand' : 'group');
  }
}

function checkChoices(at: Complaints, option: Fields): void {
  const { choices, autocomplete, type } = option;
  const given = listOf(choices).map(fieldsOf);
  if ((given.length > 0 || autocomplete === true) && !withChoices.includes(type)) {
    at.at('choices').add(
      'APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID',
      'Choices are not available for this option type',
    );
  }
  if (given.length > 0 && autocomplete === true) {
    at.at('autocomplete').add(
      'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID',
      'Choices cannot be specified with autocomplete',
    );
  }
  checkCount(at.at('choices'), choices, 0, 25);
  given.forEach(({ name, value }, index) => {
    const here = at.at('choices', index);
    checkText(here.at('name'), name, { min: 1, max: 100, required: true });
    if (type === ApplicationCommandOptionType.String) {
      checkText(here.at('value'), value, { min: 1, max: 100, required: true });
    } else if (typeof value !== 'number') {
      here.at('value').add('NUMBER_TYPE_COERCE', `Value "${String(value)}" is not a number.`);
    }
  });
}

/** Names, descriptions and choice values together may not pass 8000 characters. */
function sizeOf(fields: Fields): number {
  const own = lengthOf(fields['name']) + lengthOf(fields['description']) + lengthOf(fields['value']);
  const inside = [...listOf(fields['options']), ...listOf(fields['choices'])].map(fieldsOf);
  return inside.reduce((sum, one) => sum + sizeOf(one), own);
}
