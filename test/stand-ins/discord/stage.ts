import { SlashCommandBuilder } from 'discord.js';
import type { Interaction } from 'discord.js';
import { startBot } from './bot.ts';
import type { Bot } from './bot.ts';
import { startDiscord } from './discord.ts';
import type { Discord, DiscordOptions } from './discord.ts';

const node = new SlashCommandBuilder()
  .setName('node')
  .setDescription('Nodes')
  .addSubcommand((sub) =>
    sub
      .setName('restart')
      .setDescription('Restart one')
      .addStringOption((option) =>
        option.setName('coin').setDescription('Which').setRequired(true).setAutocomplete(true),
      )
      .addBooleanOption((option) => option.setName('hard').setDescription('At once')),
  )
  .addSubcommandGroup((group) =>
    group
      .setName('seat')
      .setDescription('Seats')
      .addSubcommand((sub) =>
        sub
          .setName('give')
          .setDescription('Give a seat')
          .addUserOption((option) => option.setName('to').setDescription('Whom').setRequired(true))
          .addIntegerOption((option) => option.setName('number').setDescription('Seat').setMaxValue(64)),
      ),
  );
export const health = new SlashCommandBuilder().setName('health').setDescription('Health of the fleet');

/** A stand-in, a bot that registered two commands and answers them, and a person. */
export interface Stage extends AsyncDisposable {
  readonly discord: Discord;
  readonly bot: Bot;
  readonly ada: { readonly id: string };
}

/** Sets it up; the listener is what the bot does about an interaction. */
export async function stage(
  onInteraction: (interaction: Interaction) => Promise<unknown>,
  options?: DiscordOptions,
): Promise<Stage> {
  const discord = await startDiscord(options);
  const bot = await startBot(discord, { onInteraction });
  await bot.client.application.commands.set([node, health]);
  return {
    discord,
    bot,
    ada: discord.user({ name: 'ada' }),
    async [Symbol.asyncDispose]() {
      await bot[Symbol.asyncDispose]();
      await discord[Symbol.asyncDispose]();
    },
  };
}
