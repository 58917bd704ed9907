import type { Logger } from 'pino';

import type { Audit } from '#src/domain/audit.ts';
import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import { type Message, text } from '#src/domain/message.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { Operator } from '#src/domain/operator.ts';
import { requireRole } from '#src/domain/permission.ts';
import type { Heard } from '#src/domain/platform.ts';

import type { Command, Context } from './define.ts';
import { detailOf } from './detail.ts';
import { type Call, callOf, splitWords } from './parse.ts';
import { createStrangers } from './strangers.ts';

/** What has been heard, over all processes. */
export interface Heeded {
  /** False for what is, or was, worked on already; true again for what a process that died had begun. */
  begin(id: string): Promise<boolean>;
  done(id: string): Promise<void>;
}

interface DispatchNeeds {
  readonly commands: readonly Command[];
  /** All of the context but what the event brings. */
  readonly context: () => Omit<Context, 'actor' | 'platform' | 'inPublic' | 'cause' | 'now' | 'menu'>;
  readonly once: Heeded;
  readonly audit: Pick<Audit, 'write'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

const LONGEST_WHY = 500;
/** Commands of one person at a time; more are asked to wait. */
const MOST_AT_ONCE = 6;

const refusal = (words: string): Message => ({ tone: 'warning', title: 'Not done', blocks: [text(words)] });

/**
 * Runs what was heard: who speaks → what is meant → may they → do it → record it → answer, once. What was begun and has
 * no answer when Tocsin dies is run again, with the same cause, if the platform brings it again.
 */
export function createDispatch(needs: DispatchNeeds): (heard: Heard) => Promise<void> {
  const { commands, once, audit, logger, now } = needs;
  const running = new Map<string, number>();
  const strangers = createStrangers({ audit, now });

  return async (heard) => {
    const id = `${heard.platform}:${heard.id}`;
    if (!(await once.begin(id))) return;
    await answered(heard);
    await once.done(id).catch((error: unknown) => {
      logger.warn({ why: wordsOf(error) }, 'that a command was answered could not be kept');
    });
  };

  async function answered(heard: Heard): Promise<void> {
    const context = needs.context();
    const actor = context.fleet.speaker(heard.platform, heard.handle);
    const who = actor?.id ?? `${heard.platform}:${heard.handle}`;
    const count = running.get(who) ?? 0;
    if (count >= MOST_AT_ONCE) {
      await heard.answer(refusal(`You have ${count} commands running: wait for one to end.`));
      return;
    }
    running.set(who, count + 1);
    try {
      await heard.answer(await (actor ? answerTo(heard, actor, context) : strangersAnswer(heard, context)));
    } finally {
      const left = (running.get(who) ?? 1) - 1;
      if (left > 0) running.set(who, left);
      else running.delete(who);
    }
  }

  /** Of all commands those that a stranger may use; anything else gets the same words, whatever it is. */
  async function strangersAnswer(
    heard: Heard,
    { linking }: ReturnType<DispatchNeeds['context']>,
  ): Promise<Message> {
    const { platform, handle } = heard;
    const account = { platform, handle };
    try {
      const call = understoodOf(heard);
      const answer = call?.forStranger?.({ linking, account, inPublic: inPublic(heard) }, call.args);
      if (answer) return await answer;
      await strangers.turnedAway(heard, call?.name ?? deedIn(heard), call);
      return refusal(strangerWords(heard));
    } catch (error) {
      return error instanceof UserError ? refusal(error.message) : failure(error, heard);
    }
  }

  async function answerTo(
    heard: Heard,
    actor: Operator,
    context: ReturnType<DispatchNeeds['context']>,
  ): Promise<Message> {
    const account = `${heard.platform}:${heard.handle}`;
    let call: Call | undefined;
    try {
      call = understand(heard);
      const cause = `${heard.platform}:${heard.id}`;
      requireRole(actor, call.who);
      const full: Context = {
        ...context,
        actor: { ...actor, account },
        platform: heard.platform,
        inPublic: inPublic(heard),
        cause,
        now: now(),
        menu: commands,
      };
      const message = await call.run(full, call.args);
      // Queries change nothing: only what a notary or a coordinator may do is put on record.
      if (call.who !== 'observer') {
        await audit.write({
          who: actor.id,
          account,
          what: `command.${call.name}`,
          detail: detailOf(call.args),
        });
      }
      return message;
    } catch (error) {
      if (error instanceof UserError) {
        const about = call ? (call.who === 'observer' ? undefined : call.name) : deedIn(heard);
        const detail = { ...detailOf(call?.args ?? {}), why: error.message.slice(0, LONGEST_WHY) };
        if (about) await audit.write({ who: actor.id, account, what: 'command.refused', about, detail });
        return refusal(error.message);
      }
      return failure(error, heard);
    }
  }

  function understand({ said }: Heard): Call {
    if ('command' in said) return callOf(commandNamed(said.command), said.action, said.args);
    const [name = 'help', ...words] = splitWords(said.line);
    const command = commandNamed(name.toLowerCase());
    const hasActions = command.actions.length > 0;
    return callOf(command, hasActions ? words[0] : undefined, hasActions ? words.slice(1) : words);
  }

  /** The command that was meant, where it is one that changes something, although the rest of it was not understood. */
  function deedIn({ said }: Heard): string | undefined {
    const [name = '', action] =
      'command' in said ? [said.command, said.action] : said.line.trim().split(/\s+/u, 2);
    const command = commands.find((one) => one.name === name.toLowerCase());
    const meant = command?.actions.filter((one) => one.name === action) ?? [];
    const all = command && meant.length === 0 ? [command, ...command.actions] : meant;
    return all.some(({ who = 'observer' }) => who !== 'observer') ? command?.name : undefined;
  }

  function understoodOf(heard: Heard): Call | undefined {
    try {
      return understand(heard);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }

  function commandNamed(name: string): Command {
    const command = commands.find((candidate) => candidate.name === name);
    if (command) return command;
    const names = commands.map((candidate) => candidate.name);
    throw new UserError(`There is no command "${name}"${didYouMean(name, names)}. \`help\` shows them all.`);
  }

  function failure(error: unknown, heard: Heard): Message {
    if (error instanceof OutsideError) {
      logger.warn({ system: error.system, why: error.message }, 'command met an outside failure');
      return refusal(`${error.system}: ${error.message}`);
    }
    const incident = keyOf('incident', heard.platform, heard.id).slice(0, 8);
    logger.error({ incident, err: error, why: wordsOf(error) }, 'command failed');
    return {
      tone: 'critical',
      title: 'That went wrong',
      blocks: [text(`A fault of Tocsin's own, incident ${incident}: its log has the details.`)],
    };
  }
}

/** What is typed in a room stands there; a slash command is seen by nobody else. */
const inPublic = ({ direct, said }: Heard): boolean => !direct && 'line' in said;

const strangerWords = ({ platform, handle }: Heard): string =>
  `I answer only to people in the fleet file. If you are in it with another account, say \`link\` there and \`link CODE\` here, to me alone. Ask a coordinator to add your ${platform} account: ${handle}`;
