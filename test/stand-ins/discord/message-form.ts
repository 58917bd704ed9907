import { EmbedType, MessageFlags } from 'discord-api-types/v10';
import type { APIEmbed, APIMessageTopLevelComponent, Snowflake } from 'discord-api-types/v10';
import type { UploadedFile } from './body.ts';
import { checkCount, checkText, createComplaints, fieldsOf, lengthOf, listOf } from './complaints.ts';
import type { Complaints, Fields } from './complaints.ts';
import { checkComponents } from './component-form.ts';
import { checkAllowedMentions } from './mentions.ts';
import { refusals } from './refusal.ts';
import type { StoredMessage } from './shelf.ts';

/** What a request may set on a message; absent means untouched, null was read as empty. */
export interface MessageForm {
  readonly content?: string;
  readonly embeds?: readonly APIEmbed[];
  readonly components?: readonly APIMessageTopLevelComponent[];
  readonly allowedMentions?: unknown;
  readonly flags: number;
  readonly tts: boolean;
  readonly nonce?: string | number;
  readonly enforceNonce: boolean;
  readonly replyTo?: { readonly id: Snowflake; readonly mustExist: boolean };
  /** Attachments to keep on an edit; absent keeps all. */
  readonly keep?: readonly { readonly id: Snowflake; readonly description?: string }[];
  readonly files: readonly UploadedFile[];
}

const MAX_FILES_BYTES = 10 * 1024 * 1024;

/** Reads a message body, refusing what Discord refuses. `at` is where complaints are put. */
export function readMessageForm(
  body: unknown,
  files: readonly UploadedFile[],
  under: (root: Complaints) => Complaints = (root) => root,
): MessageForm {
  const root = createComplaints();
  const at = under(root);
  const fields = fieldsOf(body);
  const flags = typeof fields['flags'] === 'number' ? fields['flags'] : 0;
  if (flags & MessageFlags.IsComponentsV2) throw refusals.notImitated('Components V2');
  if (files.reduce((sum, file) => sum + file.bytes.length, 0) > MAX_FILES_BYTES) throw refusals.tooLarge();
  checkText(at.at('content'), fields['content'], { max: 2000 });
  checkEmbeds(at.at('embeds'), fields['embeds']);
  checkComponents(at.at('components'), fields['components']);
  checkAllowedMentions(at.at('allowed_mentions'), fields['allowed_mentions']);
  checkNonce(at.at('nonce'), fields['nonce']);
  checkCount(at.at('files'), files, 0, 10);
  root.settle();
  return toForm(fields, flags, files);
}

function toForm(fields: Fields, flags: number, files: readonly UploadedFile[]): MessageForm {
  const attachments = listOf(fields['attachments']).map(fieldsOf);
  const reference = fieldsOf(fields['message_reference']);
  const nonce = fields['nonce'];
  return {
    flags,
    tts: fields['tts'] === true,
    enforceNonce: fields['enforce_nonce'] === true,
    files: files.map((file) => described(file, attachments)),
    ...('content' in fields && { content: trimmed(fields['content']) }),
    ...('embeds' in fields && { embeds: listOf(fields['embeds']).map(toRichEmbed) }),
    ...('components' in fields && {
      components: numbered(listOf(fields['components']) as readonly APIMessageTopLevelComponent[]),
    }),
    ...('allowed_mentions' in fields && { allowedMentions: fields['allowed_mentions'] }),
    ...((typeof nonce === 'string' || typeof nonce === 'number') && { nonce }),
    ...(typeof reference['message_id'] === 'string' && {
      replyTo: { id: reference['message_id'], mustExist: reference['fail_if_not_exists'] !== false },
    }),
    ...('attachments' in fields && {
      keep: attachments.flatMap(({ id, description }) => ({
        id: String(id),
        ...(typeof description === 'string' && { description }),
      })),
    }),
  };
}

/** Ends the request with 50006 when the message would show nothing. */
export function demandSubstance(
  message: Pick<StoredMessage, 'content' | 'embeds' | 'components' | 'attachments'>,
): void {
  const { content, embeds, components, attachments } = message;
  if (content === '' && embeds.length + components.length + attachments.length === 0) {
    throw refusals.emptyMessage();
  }
}

function checkNonce(at: Complaints, nonce: unknown): void {
  if (nonce === undefined || nonce === null) return;
  if (typeof nonce !== 'string' && !Number.isInteger(nonce)) {
    at.add('NONCE_TYPE_CONVERT', 'Value must be an integer or a string.');
  } else if (`${nonce as string | number}`.length > 25) {
    at.add('NONCE_TYPE_TOO_LONG', 'Nonce must be 25 or fewer in length.');
  }
}

function checkEmbeds(at: Complaints, value: unknown): void {
  checkCount(at, value, 0, 10);
  const embeds = listOf(value).map(fieldsOf);
  embeds.forEach((embed, index) => checkEmbed(at.at(index), embed));
  if (embeds.reduce((sum, embed) => sum + sizeOf(embed), 0) > 6000) {
    at.add('MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000');
  }
}

function checkEmbed(at: Complaints, embed: Fields): void {
  checkText(at.at('title'), embed['title'], { max: 256 });
  checkText(at.at('description'), embed['description'], { max: 4096 });
  checkText(at.at('footer', 'text'), fieldsOf(embed['footer'])['text'], { max: 2048 });
  checkText(at.at('author', 'name'), fieldsOf(embed['author'])['name'], { max: 256 });
  checkCount(at.at('fields'), embed['fields'], 0, 25);
  listOf(embed['fields'])
    .map(fieldsOf)
    .forEach(({ name, value }, index) => {
      checkText(at.at('fields', index, 'name'), name, { min: 1, max: 256, required: true });
      checkText(at.at('fields', index, 'value'), value, { min: 1, max: 1024, required: true });
    });
  const { color, timestamp } = embed;
  if (typeof color === 'number' && (color < 0 || color > 0xffffff)) {
    at.at('color').add('NUMBER_TYPE_MAX', 'int value should be less than or equal to 16777215.');
  }
  if (typeof timestamp === 'string' && Number.isNaN(Date.parse(timestamp))) {
    at.at('timestamp').add('DATE_TIME_TYPE_PARSE', `Could not parse ${timestamp}. Should be ISO8601.`);
  }
  const { url } = embed;
  if (typeof url === 'string' && !/^(https?|attachment):\/\//.test(url)) {
    at.at('url').add('URL_TYPE_INVALID_URL', 'Not a well formed URL.');
  }
}

/** What counts towards the 6000: title, description, field names and values, footer, author. */
function sizeOf(embed: Fields): number {
  const fields = listOf(embed['fields']).map(fieldsOf);
  return [
    embed['title'],
    embed['description'],
    fieldsOf(embed['footer'])['text'],
    fieldsOf(embed['author'])['name'],
    ...fields.flatMap(({ name, value }) => [name, value]),
  ].reduce<number>((sum, text) => sum + lengthOf(text), 0);
}

function toRichEmbed(embed: unknown): APIEmbed {
  const given = Object.entries(fieldsOf(embed)).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(given), type: EmbedType.Rich };
}

/** Components are given an id each, as Discord does, counted through the message. */
function numbered(rows: readonly APIMessageTopLevelComponent[]): APIMessageTopLevelComponent[] {
  let next = 1;
  return rows.map((row) => {
    const withId = { ...row, id: next++ };
    const inside: unknown = 'components' in row ? row.components : undefined;
    if (!Array.isArray(inside)) return withId;
    return { ...withId, components: inside.map((one: object) => ({ ...one, id: next++ })) } as typeof row;
  });
}

function described(file: UploadedFile, attachments: readonly Fields[]): UploadedFile {
  const request = attachments.find(({ id }) => String(id) === file.key);
  if (!request) return file;
  const { filename, description } = request;
  return {
    ...file,
    ...(typeof filename === 'string' && { filename }),
    ...(typeof description === 'string' && { description }),
  };
}

function trimmed(content: unknown): string {
  return typeof content === 'string' ? content.trim() : '';
}
