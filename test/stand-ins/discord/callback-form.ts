import { ComponentType, InteractionResponseType, InteractionType } from 'discord-api-types/v10';
import { checkCount, checkText, createComplaints, fieldsOf, listOf } from './complaints.ts';
import type { Complaints, Fields } from './complaints.ts';
import { checkSelect } from './component-form.ts';
import type { InteractionRecord } from './interaction-record.ts';

const withMessage = [
  InteractionResponseType.ChannelMessageWithSource,
  InteractionResponseType.DeferredChannelMessageWithSource,
];
const withUpdate = [InteractionResponseType.DeferredMessageUpdate, InteractionResponseType.UpdateMessage];

/** The response type, unless this kind of interaction cannot be answered so (50035). */
export function checkResponseType(record: InteractionRecord, type: unknown): InteractionResponseType {
  const fitting = fittingTypes(record);
  if (fitting.includes(type as InteractionResponseType)) return type as InteractionResponseType;
  const complaints = createComplaints();
  if (type === undefined) complaints.at('type').add('BASE_TYPE_REQUIRED', 'This field is required');
  else complaints.at('type').add('BASE_TYPE_CHOICES', `Value must be one of (${fitting.join(', ')}).`);
  complaints.settle();
  throw new Error('unreachable');
}

function fittingTypes({ type, source }: InteractionRecord): readonly InteractionResponseType[] {
  if (type === InteractionType.ApplicationCommandAutocomplete) {
    return [InteractionResponseType.ApplicationCommandAutocompleteResult];
  }
  if (type === InteractionType.ModalSubmit) return source ? [...withMessage, ...withUpdate] : withMessage;
  const updates = type === InteractionType.MessageComponent ? withUpdate : [];
  return [...withMessage, ...updates, InteractionResponseType.Modal];
}

/** At most 25 choices, names of 1–100 characters. */
export function readChoices(data: unknown): readonly unknown[] {
  const root = createComplaints();
  const at = root.at('data', 'choices');
  const { choices } = fieldsOf(data);
  if (!Array.isArray(choices)) at.add('BASE_TYPE_REQUIRED', 'This field is required');
  checkCount(at, choices, 0, 25);
  listOf(choices).forEach((choice, index) => {
    const { name, value } = fieldsOf(choice);
    checkText(at.at(index, 'name'), name, { min: 1, max: 100, required: true });
    if (typeof value === 'string') checkText(at.at(index, 'value'), value, { min: 1, max: 100 });
    else if (typeof value !== 'number')
      at.at(index, 'value').add('BASE_TYPE_REQUIRED', 'This field is required');
  });
  root.settle();
  return listOf(choices);
}

/** A modal: custom id, title, 1–5 rows or labels, each with one input. */
export function checkModal(data: unknown): void {
  const root = createComplaints();
  const at = root.at('data');
  const fields = fieldsOf(data);
  checkText(at.at('custom_id'), fields['custom_id'], { min: 1, max: 100, required: true });
  checkText(at.at('title'), fields['title'], { min: 1, max: 45, required: true });
  checkCount(at.at('components'), fields['components'] ?? [], 1, 5);
  for (const { at: here, input, labelled } of inputsOf(at.at('components'), fields)) {
    checkInput(here, input, labelled);
  }
  root.settle();
}

interface PlacedInput {
  readonly at: Complaints;
  readonly input: Fields;
  readonly labelled: boolean;
}

function inputsOf(at: Complaints, fields: Fields): PlacedInput[] {
  return listOf(fields['components'])
    .map(fieldsOf)
    .flatMap((part, index): PlacedInput[] => {
      if (part['type'] === ComponentType.TextDisplay) return [];
      if (part['type'] === ComponentType.Label) {
        checkText(at.at(index, 'label'), part['label'], { min: 1, max: 45, required: true });
        return [{ at: at.at(index, 'component'), input: fieldsOf(part['component']), labelled: true }];
      }
      checkCount(at.at(index, 'components'), part['components'] ?? [], 1, 1);
      return listOf(part['components']).map((input, place) => ({
        at: at.at(index, 'components', place),
        input: fieldsOf(input),
        labelled: false,
      }));
    });
}

function checkInput(at: Complaints, input: Fields, labelled: boolean): void {
  if (input['type'] !== ComponentType.TextInput) {
    if (labelled) checkSelect(at, input);
    else at.at('type').add('BASE_TYPE_CHOICES', 'Value must be one of (4,).');
    return;
  }
  checkText(at.at('custom_id'), input['custom_id'], { min: 1, max: 100, required: true });
  if (!labelled) checkText(at.at('label'), input['label'], { min: 1, max: 45, required: true });
  checkText(at.at('placeholder'), input['placeholder'], { max: 100 });
  checkText(at.at('value'), input['value'], { max: 4000 });
  if (input['style'] !== 1 && input['style'] !== 2) {
    at.at('style').add('BASE_TYPE_CHOICES', 'Value must be one of (1, 2).');
  }
}
