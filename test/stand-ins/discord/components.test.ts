import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';
import { expect, test } from 'vitest';
import { stage } from './stage.ts';

test('buttons: a deferred update edits the message, a direct update too', async () => {
  await using on = await stage(async (interaction) => {
    if (interaction.isChatInputCommand()) {
      const row = new ActionRowBuilder<ButtonBuilder>().addComponents(
        new ButtonBuilder().setCustomId('ack:1').setLabel('Acknowledge').setStyle(ButtonStyle.Success),
        new ButtonBuilder().setCustomId('late').setLabel('Later').setStyle(ButtonStyle.Secondary),
        new ButtonBuilder().setCustomId('off').setLabel('Off').setStyle(ButtonStyle.Danger).setDisabled(true),
      );
      await interaction.reply({ content: 'read this', components: [row] });
    } else if (interaction.isButton() && interaction.customId === 'ack:1') {
      await interaction.deferUpdate();
      await interaction.editReply('read by one');
    } else if (interaction.isButton()) {
      await interaction.update({ content: 'later', components: [] });
    }
  });
  const ada = on.discord.as(on.ada.id);
  const notice = await (await ada.slash('/health')).replied();
  await expect(ada.press(notice.id, 'Off')).rejects.toThrow('is disabled');
  await expect(ada.press(notice.id, 'Nope')).rejects.toThrow('no button "Nope" (there are: Acknowledge');

  const pressed = await ada.press(notice.id, 'Acknowledge');
  expect(await pressed.answered()).toMatchObject({ kind: 'defer-update' });
  expect(await pressed.replied()).toMatchObject({ id: notice.id, content: 'read by one' });

  const later = await ada.press(notice.id, 'late');
  expect(await later.replied()).toMatchObject({ id: notice.id, content: 'later', components: [] });
  expect(later.response).toMatchObject({ kind: 'update' });
  expect(on.discord.message(notice.id)?.edits.map(({ content }) => content)).toEqual([
    'read by one',
    'later',
  ]);
});

test('an ephemeral message can be pressed only by the person it is shown to', async () => {
  await using on = await stage(async (interaction) => {
    if (!interaction.isRepliable()) return;
    const button = new ButtonBuilder().setCustomId('go').setLabel('Go').setStyle(ButtonStyle.Primary);
    const row = new ActionRowBuilder<ButtonBuilder>().addComponents(button);
    await interaction.reply({ content: 'sure?', components: [row], flags: MessageFlags.Ephemeral });
  });
  const { discord, ada } = on;
  const sure = await (await discord.as(ada.id).slash('/health')).replied();
  await expect(discord.as(discord.user({ name: 'bob' }).id).press(sure.id, 'Go')).rejects.toThrow(
    'somebody else',
  );
  const pressed = await discord.as(ada.id).press(sure.id, 'Go');
  expect(await pressed.replied()).toMatchObject({ content: 'sure?', replyTo: sure.id });
});

test('a menu offers its values only', async () => {
  await using on = await stage(async (interaction) => {
    if (interaction.isChatInputCommand()) {
      const menu = new StringSelectMenuBuilder()
        .setCustomId('coin')
        .addOptions({ label: 'Komodo', value: 'KMD' }, { label: 'Litecoin', value: 'LTC' });
      await interaction.reply({
        content: 'which?',
        components: [new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(menu)],
      });
    } else if (interaction.isStringSelectMenu()) {
      await interaction.update({ content: interaction.values.join(), components: [] });
    }
  });
  const ada = on.discord.as(on.ada.id);
  const which = await (await ada.slash('/health')).replied();
  await expect(ada.choose(which.id, 'coin', ['BTC'])).rejects.toThrow('does not offer "BTC"');
  const chosen = await ada.choose(which.id, 'coin', ['LTC']);
  expect(await chosen.replied()).toMatchObject({ content: 'LTC' });
});

test('a modal opens, is filled and submitted', async () => {
  await using on = await stage(async (interaction) => {
    if (interaction.isChatInputCommand()) {
      const input = new TextInputBuilder()
        .setCustomId('why')
        .setLabel('Why?')
        .setStyle(TextInputStyle.Paragraph)
        .setMinLength(3);
      const modal = new ModalBuilder()
        .setCustomId('reason')
        .setTitle('Reason')
        .addComponents(new ActionRowBuilder<TextInputBuilder>().addComponents(input));
      await interaction.showModal(modal);
    } else if (interaction.isModalSubmit()) {
      await interaction.reply(`because ${interaction.fields.getTextInputValue('why')}`);
    }
  });
  const ada = on.discord.as(on.ada.id);
  const asked = await ada.slash('/health');
  expect(await asked.answered()).toMatchObject({ kind: 'modal', modal: { custom_id: 'reason' } });
  await expect(ada.submitModal(asked, {})).rejects.toThrow('"why" is required');
  await expect(ada.submitModal(asked, { why: 'x' })).rejects.toThrow('3 to 4000');
  const submitted = await ada.submitModal(asked, { why: 'disk full' });
  expect(await submitted.replied()).toMatchObject({ content: 'because disk full' });
});

test('a modal of labels takes text and chosen values', async () => {
  await using on = await stage(async (interaction) => {
    if (interaction.isChatInputCommand()) {
      const why = new TextInputBuilder().setCustomId('why').setStyle(TextInputStyle.Short);
      const how = new StringSelectMenuBuilder()
        .setCustomId('how')
        .addOptions({ label: 'Now', value: 'now' }, { label: 'Rolling', value: 'rolling' });
      const modal = new ModalBuilder()
        .setCustomId('restart')
        .setTitle('Restart')
        .addLabelComponents(
          new LabelBuilder().setLabel('Why?').setTextInputComponent(why),
          new LabelBuilder().setLabel('How?').setStringSelectMenuComponent(how),
        );
      await interaction.showModal(modal);
    } else if (interaction.isModalSubmit()) {
      const { fields } = interaction;
      await interaction.reply(
        `${fields.getTextInputValue('why')} ${fields.getStringSelectValues('how').join()}`,
      );
    }
  });
  const ada = on.discord.as(on.ada.id);
  const asked = await ada.slash('/health');
  await asked.answered();
  await expect(ada.submitModal(asked, { why: 'x', how: 'never' })).rejects.toThrow('does not offer');
  await expect(ada.submitModal(asked, { why: 'x', how: 'now', who: 'me' })).rejects.toThrow('no input "who"');
  const submitted = await ada.submitModal(asked, { why: 'slow', how: 'rolling' });
  expect(await submitted.replied()).toMatchObject({ content: 'slow rolling' });
});
