import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { Listener, Said } from '#src/domain/platform.ts';

import { answersTo, EPHEMERAL } from './answers.ts';
import type { Api } from './api.ts';
import { DISCORD } from './errors.ts';
import {
  AUTOCOMPLETE,
  chosenOf,
  COMMAND,
  COMPONENT,
  directChannelOf,
  Interaction,
  personOf,
  saidOf,
  typedOf,
} from './interaction.ts';

const MESSAGE = 4;
const DEFERRED = 5;
const CHOICES = 8;
const MOST_CHOICES = 25;
const MOST_CHOICE = 100;
/** Discord waits 3 s for the first response; one second repetition must fit. */
const FIRST_RESPONSE_MS = 1_400;
const SUGGEST_MS = 2_000;

interface Needs {
  readonly api: Api;
  readonly listener: Listener;
  /** Interactions from other servers are refused. */
  readonly guildId: string | undefined;
  readonly learn: (handle: string, channel: string) => Promise<void>;
  readonly logger: Logger;
}

interface Deed {
  readonly said: Said;
  readonly ephemeral: boolean;
}

/** Takes interactions as Discord sends them. Each is responded to at once, before anything else is done; never rejects. */
export function createInteractions({
  api,
  listener,
  guildId,
  learn,
  logger,
}: Needs): (raw: unknown) => Promise<void> {
  return async (raw) => {
    try {
      const { data: interaction, error } = Interaction.safeParse(raw);
      if (error) logger.error({ why: wordsOf(error) }, 'discord interaction not understood');
      else await take(interaction);
    } catch (error) {
      if (error instanceof OutsideError)
        logger.warn({ why: error.message }, 'discord interaction not answered');
      else logger.error({ err: error }, 'discord interaction failed');
    }
  };

  async function take(interaction: Interaction): Promise<void> {
    const foreign =
      guildId !== undefined && interaction.guild_id !== undefined && interaction.guild_id !== guildId;
    if (interaction.type === AUTOCOMPLETE) {
      await respond(interaction, CHOICES, { choices: foreign ? [] : await suggestionsFor(interaction) });
      return;
    }
    if (foreign) return await refuse(interaction, 'This Tocsin serves another server.');
    const deed = deedOf(interaction);
    if (!deed) return await refuse(interaction, 'Tocsin does not know this (any more). See /help.');
    if (await acknowledge(interaction, deed.ephemeral)) await carryOut(interaction, deed);
  }

  function deedOf(interaction: Interaction): Deed | undefined {
    const line = interaction.data?.custom_id;
    if (interaction.type === COMPONENT && line !== undefined) return { said: { line }, ephemeral: true };
    const chosen = interaction.type === COMMAND ? chosenOf(interaction, listener.menu) : undefined;
    return chosen && { said: saidOf(chosen), ephemeral: chosen.command.private };
  }

  async function carryOut(interaction: Interaction, { said, ephemeral }: Deed): Promise<void> {
    const { id, token, application_id: applicationId, guild_id: guild, channel_id: channel } = interaction;
    const { handle, name } = personOf(interaction);
    const direct = guild === undefined;
    const directChannel = directChannelOf(interaction);
    if (directChannel !== undefined) void learn(handle, directChannel);
    await listener.hear({
      id,
      platform: DISCORD,
      handle,
      name,
      direct,
      ...(!direct && channel !== undefined && { room: channel }),
      said,
      answer: answersTo({ api, applicationId, token, ephemeral, logger }),
    });
  }

  function respond({ id, token }: Interaction, type: number, data: object): Promise<unknown> {
    const options = { auth: false, timeoutMs: FIRST_RESPONSE_MS };
    return api.post(`/interactions/${id}/${token}/callback`, { type, data }, options);
  }

  async function refuse(interaction: Interaction, content: string): Promise<void> {
    await respond(interaction, MESSAGE, { content, flags: EPHEMERAL, allowed_mentions: { parse: [] } });
  }

  /** False when it is too late, or somebody else has responded: then nothing may be done. */
  async function acknowledge(interaction: Interaction, ephemeral: boolean): Promise<boolean> {
    const defer = () => respond(interaction, DEFERRED, ephemeral ? { flags: EPHEMERAL } : {});
    try {
      await defer();
      return true;
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      // "Answered before" to the second try means that the first one had arrived.
      if (error.retryable && (await defer().then(() => true, isRejected))) return true;
      logger.warn({ why: error.message }, 'discord interaction not acknowledged, not carried out');
      return false;
    }
  }

  async function suggestionsFor(
    interaction: Interaction,
  ): Promise<readonly { name: string; value: string }[]> {
    const chosen = chosenOf(interaction, listener.menu);
    const typing = chosen && typedOf(chosen);
    if (!typing) return [];
    const { parameter, typed } = typing;
    const fitting = parameter.oneOf
      ? parameter.oneOf.filter((value) => value.startsWith(typed))
      : await inTime(
          parameter.suggest ? listener.complete(parameter.suggest, typed, personOf(interaction).handle) : [],
        );
    return [...new Set(fitting)]
      .filter((value) => value !== '' && value.length <= MOST_CHOICE)
      .slice(0, MOST_CHOICES)
      .map((value) => ({ name: value, value }));
  }

  async function inTime(
    suggestions: Promise<readonly string[]> | readonly string[],
  ): Promise<readonly string[]> {
    const late = new AbortController();
    const nothing = delay(SUGGEST_MS, [], { signal: late.signal }).catch(() => []);
    try {
      return await Promise.race([suggestions, nothing]);
    } catch (error) {
      logger.warn({ why: wordsOf(error) }, 'no suggestions for discord');
      return [];
    } finally {
      late.abort();
    }
  }
}

const isRejected = (error: unknown): boolean => error instanceof OutsideError && error.reason === 'rejected';
