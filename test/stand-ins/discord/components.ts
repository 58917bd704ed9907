import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import { CannotDo } from './cannot-do.ts';
import { fieldsOf, listOf } from './complaints.ts';
import type { Fields } from './complaints.ts';
import type { Resolving } from './resolved.ts';
import type { StoredMessage } from './shelf.ts';

/** The button by custom id or label; one that is disabled or only a link cannot be pressed. */
export function buttonOf(message: StoredMessage, customIdOrLabel: string): Fields {
  const buttons = insideOf(message).filter(({ type }) => type === ComponentType.Button);
  const button = buttons.find(
    ({ custom_id: id, label }) => id === customIdOrLabel || label === customIdOrLabel,
  );
  const labels = buttons.map(({ label, custom_id: id }) => String(label ?? id)).join(', ');
  if (!button) throw new CannotDo(`There is no button "${customIdOrLabel}" (there are: ${labels || 'none'})`);
  if (button['disabled'] === true) throw new CannotDo(`The button "${customIdOrLabel}" is disabled`);
  if (button['style'] === ButtonStyle.Link) throw new CannotDo(`The button "${customIdOrLabel}" is a link`);
  return button;
}

/** The select menu by custom id or placeholder, with the values a person may choose in it. */
export function selectOf(
  message: StoredMessage,
  customIdOrPlaceholder: string,
  values: readonly string[],
): Fields {
  const select = insideOf(message).find(
    ({ type, custom_id: id, placeholder }) =>
      type !== ComponentType.Button &&
      (id === customIdOrPlaceholder || placeholder === customIdOrPlaceholder),
  );
  if (!select) throw new CannotDo(`There is no menu "${customIdOrPlaceholder}"`);
  if (select['disabled'] === true) throw new CannotDo(`The menu "${customIdOrPlaceholder}" is disabled`);
  checkChosen(select, values);
  return select;
}

/** Refuses values the menu does not offer, or too few or too many of them. */
export function checkChosen(select: Fields, values: readonly string[]): void {
  const min = Number(select['min_values'] ?? 1);
  const max = Number(select['max_values'] ?? 1);
  if (values.length < min || values.length > max)
    throw new CannotDo(`Choose ${min} to ${max}, not ${values.length}`);
  if (select['type'] !== ComponentType.StringSelect) return;
  const offered = listOf(select['options']).map((option) => fieldsOf(option)['value']);
  const strange = values.find((value) => !offered.includes(value));
  if (strange !== undefined)
    throw new CannotDo(`The menu does not offer "${strange}" (${offered.join(', ')})`);
}

/** Looks up what the values of a user, role, channel or mentionable menu refer to. */
export function resolveChosen(select: Fields, values: readonly string[], resolving: Resolving): void {
  for (const value of values) {
    if (select['type'] === ComponentType.UserSelect) resolving.user(value);
    if (select['type'] === ComponentType.RoleSelect) resolving.role(value);
    if (select['type'] === ComponentType.ChannelSelect) resolving.channel(value);
    if (select['type'] === ComponentType.MentionableSelect) resolving.mentionable(value);
  }
}

function insideOf(message: StoredMessage): Fields[] {
  return message.components.flatMap((row) => listOf(fieldsOf(row)['components']).map(fieldsOf));
}
