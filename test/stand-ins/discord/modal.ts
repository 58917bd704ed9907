import { ComponentType } from 'discord-api-types/v10';
import { CannotDo } from './cannot-do.ts';
import { fieldsOf, lengthOf, listOf } from './complaints.ts';
import type { Fields } from './complaints.ts';
import { checkChosen, resolveChosen } from './components.ts';
import type { Resolving } from './resolved.ts';

export type ModalValues = Readonly<Record<string, string | readonly string[]>>;

/** What submitting the modal sends: its layout with the values in place of the inputs. */
export function submitted(modal: unknown, values: ModalValues, resolving: Resolving): object {
  const fields = fieldsOf(modal);
  const used = new Set<string>();
  let id = 0;
  const fill = (input: Fields): object => {
    const customId = String(input['custom_id']);
    used.add(customId);
    id += 1;
    const shared = { type: input['type'], id, custom_id: customId };
    if (input['type'] === ComponentType.TextInput) return { ...shared, value: text(input, values[customId]) };
    const chosen = [values[customId] ?? []].flat();
    checkChosen(input, chosen);
    resolveChosen(input, chosen, resolving);
    return { ...shared, values: chosen };
  };
  const components = listOf(fields['components'])
    .map(fieldsOf)
    .map((part) => {
      id += 1;
      const own = { type: part['type'], id };
      if (part['component'] !== undefined) return { ...own, component: fill(fieldsOf(part['component'])) };
      if (!Array.isArray(part['components'])) return own;
      return { ...own, components: listOf(part['components']).map((input) => fill(fieldsOf(input))) };
    });
  const strange = Object.keys(values).find((name) => !used.has(name));
  if (strange !== undefined)
    throw new CannotDo(`The modal has no input "${strange}" (${[...used].join(', ')})`);
  return { custom_id: fields['custom_id'], components };
}

function text(input: Fields, given: string | readonly string[] | undefined): string {
  const name = String(input['custom_id']);
  const value = given ?? input['value'] ?? '';
  if (typeof value !== 'string') throw new CannotDo(`The input "${name}" takes text`);
  if (value === '' && input['required'] !== false) throw new CannotDo(`The input "${name}" is required`);
  const min = value === '' ? 0 : Number(input['min_length'] ?? 0);
  const max = Number(input['max_length'] ?? 4000);
  if (lengthOf(value) < min || lengthOf(value) > max) {
    throw new CannotDo(`The input "${name}" takes ${min} to ${max} characters`);
  }
  return value;
}
