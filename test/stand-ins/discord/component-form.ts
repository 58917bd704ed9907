import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import { checkCount, checkText, fieldsOf, listOf } from './complaints.ts';
import type { Complaints, Fields } from './complaints.ts';

const selects: readonly unknown[] = [
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
];

/** The rows of a message: at most 5, each of at most 5 buttons or of one select. */
export function checkComponents(at: Complaints, value: unknown): void {
  checkCount(at, value, 0, 5);
  const seen = new Set<unknown>();
  listOf(value).forEach((row, index) => {
    const here = at.at(index);
    const fields = fieldsOf(row);
    if (fields['type'] !== ComponentType.ActionRow) {
      here.at('type').add('BASE_TYPE_CHOICES', 'Value must be one of (1,).');
      return;
    }
    const inside = listOf(fields['components']);
    checkCount(here.at('components'), inside, 1, 5);
    const width = inside.reduce<number>(
      (sum, one) => sum + (selects.includes(fieldsOf(one)['type']) ? 5 : 1),
      0,
    );
    if (width > 5 && inside.length <= 5) {
      here.add('COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'The specified component exceeds the maximum width');
    }
    inside.forEach((one, position) => {
      checkComponent(here.at('components', position), fieldsOf(one), seen);
    });
  });
}

function checkComponent(at: Complaints, fields: Fields, seen: Set<unknown>): void {
  if (fields['type'] === ComponentType.Button) checkButton(at, fields);
  else if (selects.includes(fields['type'])) checkSelect(at, fields);
  else at.at('type').add('BASE_TYPE_CHOICES', 'Value must be one of (2, 3, 5, 6, 7, 8).');
  const id = fields['custom_id'];
  if (id === undefined) return;
  if (seen.has(id)) {
    at.at('custom_id').add('COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  }
  seen.add(id);
}

function checkButton(at: Complaints, fields: Fields): void {
  const { style, label, emoji, url } = fields;
  if (typeof style !== 'number' || !(style in ButtonStyle)) {
    at.at('style').add('BASE_TYPE_CHOICES', 'Value must be one of (1, 2, 3, 4, 5, 6).');
  }
  checkText(at.at('label'), label, { max: 80 });
  if (style === ButtonStyle.Premium) return;
  if (label === undefined && emoji === undefined) {
    at.at('label').add('BUTTON_COMPONENT_MISSING_LABEL', 'A label or an emoji is required');
  }
  if (style === ButtonStyle.Link) {
    checkText(at.at('url'), url, { min: 1, max: 512, required: true });
    if (fields['custom_id'] !== undefined) {
      at.at('custom_id').add(
        'BUTTON_COMPONENT_CUSTOM_ID_URL',
        'A custom id and url cannot both be specified',
      );
    }
  } else {
    checkText(at.at('custom_id'), fields['custom_id'], { min: 1, max: 100, required: true });
  }
}

export function checkSelect(at: Complaints, fields: Fields): void {
  checkText(at.at('custom_id'), fields['custom_id'], { min: 1, max: 100, required: true });
  checkText(at.at('placeholder'), fields['placeholder'], { max: 150 });
  if (fields['type'] !== ComponentType.StringSelect) return;
  const options = listOf(fields['options']);
  checkCount(at.at('options'), options, 1, 25);
  const values = new Set<unknown>();
  options.forEach((option, index) => {
    const here = at.at('options', index);
    const { label, value, description } = fieldsOf(option);
    checkText(here.at('label'), label, { min: 1, max: 100, required: true });
    checkText(here.at('value'), value, { min: 1, max: 100, required: true });
    checkText(here.at('description'), description, { max: 100 });
    if (values.has(value)) {
      here
        .at('value')
        .add('SELECT_COMPONENT_OPTION_VALUE_DUPLICATED', 'The specified option value is already used');
    }
    values.add(value);
  });
}
