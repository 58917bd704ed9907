import { defineCommand } from '#src/command/define.ts';
import { usageOf } from '#src/command/parse.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Menu } from '#src/domain/menu.ts';
import type { Passage, Runbook, Span } from '#src/domain/runbook.ts';
import { type Block, type Message, table, text } from '#src/domain/message.ts';
import { didYouMean } from '#src/domain/nearest.ts';

/** `help [command]`, `help DaemonDown`. */
export const help = defineCommand({
  name: 'help',
  summary: 'What I can do, how one command is typed, or what to do about an alert',
  examples: ['help', 'help remedy', 'help DaemonDown'],
  private: false,
  who: 'observer',
  parameters: [{ name: 'topic', summary: 'One command, or the name of an alert' }],
  run({ menu, actor, runbooks }, { topic }): Promise<Message> {
    if (topic === undefined) return Promise.resolve(overview(menu, actor.role));
    const entry = menu.find(({ name }) => name === topic);
    if (entry) return Promise.resolve(manual(entry));
    const names = [...menu.map(({ name }) => name), ...runbooks.keys()];
    const runbook = runbooks.get(topic) ?? runbooks.get(spelt(topic, runbooks.keys()));
    if (!runbook) throw new UserError(`There is no help on "${topic}"${didYouMean(topic, names)}.`);
    return Promise.resolve(instructions(runbook));
  },
});

/** As it is written, however it was typed. */
const spelt = (typed: string, names: Iterable<string>): string =>
  [...names].find((name) => name.toLowerCase() === typed.toLowerCase()) ?? typed;

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

const instructions = ({ title, passages }: Runbook): Message => ({
  tone: 'neutral',
  title,
  blocks: passages.map(blockOf),
});

function blockOf(passage: Passage): Block {
  switch (passage.kind) {
    case 'heading':
      return text(`${passage.text}:`);
    case 'words':
      return text(plain(passage.spans));
    case 'code':
      return { kind: 'code', code: passage.code };
    case 'list':
      return text(
        passage.items.map((item, at) => `${passage.ordered ? `${at + 1}.` : '•'} ${plain(item)}`).join('\n'),
      );
  }
}

const plain = (spans: readonly Span[]): string =>
  spans.map((span) => (span.kind === 'code' ? `\`${span.text}\`` : span.text)).join('');
