import { defineCommand } from '#src/command/define.ts';
import { usageOf } from '#src/command/parse.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Menu } from '#src/domain/menu.ts';
import { type Block, type Message, table, text } from '#src/domain/message.ts';
import { didYouMean } from '#src/domain/nearest.ts';

/** `help [command]`. */
export const help = defineCommand({
  name: 'help',
  summary: 'What I can do, or how one command is typed',
  examples: ['help', 'help remedy'],
  private: false,
  who: 'observer',
  parameters: [{ name: 'command', summary: 'One command' }],
  run({ menu, actor }, { command: name }): Promise<Message> {
    if (name === undefined) return Promise.resolve(overview(menu, actor.role));
    const found = menu.find((entry) => entry.name === name);
    const names = menu.map((entry) => entry.name);
    if (!found) throw new UserError(`There is no command "${name}"${didYouMean(name, names)}.`);
    return Promise.resolve(manual(found));
  },
});

const overview = (menu: readonly Menu[], role: string): Message => ({
  tone: 'neutral',
  title: 'Tocsin',
  blocks: [
    table(
      ['command', 'what it does'],
      menu.map((entry) => [entry.name, entry.summary]),
    ),
  ],
  footer: `you are ${role} · help COMMAND shows how it is typed`,
});

function manual(entry: Menu): Message {
  const forms = entry.actions.length === 0 ? [entry] : entry.actions;
  const blocks = forms.flatMap((form): Block[] => {
    const name = form === entry ? entry.name : `${entry.name} ${form.name}`;
    const rows = form.parameters.map((parameter) => [parameter.name, parameter.summary]);
    const usage: Block = { kind: 'code', code: usageOf(name, form.parameters) };
    return [text(form.summary), usage, ...(rows.length > 0 ? [table(['argument', 'meaning'], rows)] : [])];
  });
  return {
    tone: 'neutral',
    title: entry.name,
    blocks: [...blocks, { kind: 'code', code: entry.examples.join('\n') }],
  };
}
