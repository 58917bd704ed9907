import { InteractionType, PermissionFlagsBits } from 'discord-api-types/v10';
import type { APIApplicationCommand, Snowflake } from 'discord-api-types/v10';
import { CannotDo } from './cannot-do.ts';
import { commandNamed } from './commands.ts';
import { buttonOf, resolveChosen, selectOf } from './components.ts';
import type { Context } from './context.ts';
import { toInteraction } from './interaction.ts';
import type { Interaction } from './interaction.ts';
import { beginInteraction } from './interactions.ts';
import type { Begun } from './interactions.ts';
import { readMessageForm } from './message-form.ts';
import { createMessage, deleteMessage, editMessage } from './messages.ts';
import { submitted } from './modal.ts';
import type { ModalValues } from './modal.ts';
import { permissionsOf } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { createResolving, resolveOptions } from './resolved.ts';
import type { StoredMessage } from './shelf.ts';
import { autocompleteOption, fillOptions } from './slash-options.ts';
import type { Filling, OptionFile, OptionValues } from './slash-options.ts';
import { openDirectChannel } from './world.ts';
import type { Channel } from './world.ts';

/** Where a person does something: a channel by id, or the direct messages with the bot. */
export type Place = Snowflake | { readonly channel: Snowflake } | { readonly dm: true };

/** A person at the keyboard. Everything rejects with `CannotDo` when Discord's client would not allow it. */
export interface Actor {
  slash(line: string, options?: OptionValues, place?: Place): Promise<Interaction>;
  autocomplete(
    line: string,
    option: string,
    partial: string,
    rest?: { readonly options?: OptionValues; readonly place?: Place },
  ): Promise<Interaction>;
  press(messageId: Snowflake, customIdOrLabel: string): Promise<Interaction>;
  choose(
    messageId: Snowflake,
    customIdOrPlaceholder: string,
    values: readonly string[],
  ): Promise<Interaction>;
  submitModal(opened: Interaction, values: ModalValues): Promise<Interaction>;
  say(
    place: Place,
    text: string,
    rest?: { readonly replyTo?: Snowflake; readonly files?: readonly OptionFile[] },
  ): Promise<StoredMessage>;
  edit(messageId: Snowflake, text: string): Promise<StoredMessage>;
  delete(messageId: Snowflake): Promise<void>;
}

export function createActor(context: Context, userId: Snowflake): Actor {
  const { world, windows } = context;
  if (!world.people.has(userId)) throw new CannotDo(`Nobody has the id ${userId}`);
  const begin = (begun: Omit<Begun, 'userId'>): Interaction =>
    toInteraction(world, beginInteraction(world, windows, { ...begun, userId }));

  const command = (line: string, place: Place | undefined, filling: Omit<Filling, 'words'>): Begun => {
    const channel = channelAt(context, userId, place);
    const [name = '', ...words] = line.replace(/^\//, '').trim().split(/\s+/);
    const found = commandNamed(world, name, channel.recipientId === undefined);
    if (!found) throw new CannotDo(`/${name} is not registered here`);
    demandUsable(context, userId, channel, found);
    if (filling.focused !== undefined) autocompleteOption(found, words, filling.focused);
    const resolving = createResolving(world, userId);
    const filled = fillOptions(found, { ...filling, words });
    const options = resolveOptions(world, { channel, resolving }, filled);
    const data = {
      id: found.id,
      name: found.name,
      type: found.type,
      ...(found.guild_id !== undefined && { guild_id: found.guild_id }),
      ...(options.length > 0 && { options }),
      ...resolving.toField(),
    };
    const type =
      filling.focused === undefined
        ? InteractionType.ApplicationCommand
        : InteractionType.ApplicationCommandAutocomplete;
    return { type, userId, channel, data, commandName: [name, ...words].join(' ') };
  };

  /** The component's interaction; the message must be in front of the person. */
  const component = (messageId: Snowflake, use: (message: StoredMessage) => object): Interaction => {
    const source = visibleMessage(context, userId, messageId);
    const channel = channelAt(context, userId, source.channelId);
    return begin({ type: InteractionType.MessageComponent, channel, source, data: use(source) });
  };

  const own = (messageId: Snowflake): StoredMessage => {
    const message = visibleMessage(context, userId, messageId);
    if (message.authorId !== userId) throw new CannotDo('Only the author can do this to a message');
    return message;
  };

  return {
    slash: async (line, options = {}, place) => begin(command(line, place, { values: options })),
    autocomplete: async (line, focused, partial, rest = {}) =>
      begin(command(line, rest.place, { values: { ...rest.options, [focused]: partial }, focused })),
    press: async (messageId, customIdOrLabel) =>
      component(messageId, (message) => {
        const button = buttonOf(message, customIdOrLabel);
        return { component_type: button['type'], custom_id: button['custom_id'], id: button['id'] };
      }),
    choose: async (messageId, customIdOrPlaceholder, values) =>
      component(messageId, (message) => {
        const select = selectOf(message, customIdOrPlaceholder, values);
        const resolving = createResolving(world, userId);
        resolveChosen(select, values, resolving);
        const { type, custom_id: customId, id } = select;
        return { component_type: type, custom_id: customId, id, values, ...resolving.toField() };
      }),
    async submitModal(opened, values) {
      const modal = opened.response?.modal;
      const record = world.interactions.get(opened.id);
      if (!modal || !record || record.userId !== userId) throw new CannotDo('No modal is open there');
      const channel = channelAt(context, userId, record.channelId);
      const resolving = createResolving(world, userId);
      const data = { ...submitted(modal, values, resolving), ...resolving.toField() };
      const source = record.source && world.messages.get(record.source.messageId);
      return begin({ type: InteractionType.ModalSubmit, channel, data, ...(source && { source }) });
    },
    async say(place, text, { replyTo, files = [] } = {}) {
      const channel = channelAt(context, userId, place);
      const uploaded = files.map((file, index) => ({
        contentType: 'application/octet-stream',
        ...file,
        key: String(index),
      }));
      const reference = replyTo === undefined ? {} : { message_reference: { message_id: replyTo } };
      return possible(() => {
        const form = readMessageForm({ content: text, ...reference }, uploaded);
        return createMessage(world, { channel, authorId: userId }, form);
      });
    },
    edit: async (messageId, text) =>
      possible(() => editMessage(world, own(messageId), readMessageForm({ content: text }, []))),
    delete: async (messageId) => deleteMessage(world, own(messageId)),
  };
}

function channelAt({ world }: Context, userId: Snowflake, place: Place | undefined): Channel {
  const first = world.channels.values().find(({ recipientId }) => recipientId === undefined)?.id;
  const wanted = place ?? first ?? '';
  if (typeof wanted === 'object' && 'dm' in wanted) return openDirectChannel(world, userId);
  const channel = world.channels.get(typeof wanted === 'string' ? wanted : wanted.channel);
  if (!channel) throw new CannotDo('There is no such channel');
  if (channel.recipientId !== undefined && channel.recipientId !== userId) {
    throw new CannotDo("These are somebody else's direct messages");
  }
  if (channel.recipientId === undefined && !world.members.has(userId)) {
    throw new CannotDo('The person is not in the guild');
  }
  return channel;
}

function visibleMessage({ world }: Context, userId: Snowflake, messageId: Snowflake): StoredMessage {
  const message = world.messages.get(messageId);
  if (!message || message.deletedAt) throw new CannotDo('There is no such message');
  if (message.seenBy !== undefined && message.seenBy !== userId) {
    throw new CannotDo('The message is shown to somebody else only');
  }
  return message;
}

/** A command with default permissions is shown only to members who have them all. */
function demandUsable(
  { world }: Context,
  userId: Snowflake,
  channel: Channel,
  command: APIApplicationCommand,
): void {
  if (channel.recipientId !== undefined) return;
  const granted = permissionsOf(world, userId, channel);
  const needed = BigInt(command.default_member_permissions ?? 0) | PermissionFlagsBits.UseApplicationCommands;
  const nobody = command.default_member_permissions === '0' && !(granted & PermissionFlagsBits.Administrator);
  if (nobody || (granted & needed) !== needed) {
    throw new CannotDo(`/${command.name} is not shown to this person: permissions are missing`);
  }
}

/** What Discord would refuse, its client would not let a person send. */
function possible<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) throw new CannotDo(error.message, { cause: error });
    throw error;
  }
}
