import { defineCommand } from '#src/command/define.ts';
import { type Message, text } from '#src/domain/message.ts';

/** `dashboard`: a link that signs the asker in to the page. */
export const dashboard = defineCommand({
  name: 'dashboard',
  summary: 'A link to the page with everything on it, for you alone',
  examples: ['dashboard'],
  private: true,
  who: 'observer',
  parameters: [],
  async run({ actor, signInLink }): Promise<Message> {
    const url = await signInLink(actor.id);
    return {
      tone: 'neutral',
      title: 'Your way in',
      blocks: [
        text('It works once, within ten minutes. Give it to nobody.'),
        { kind: 'link', label: 'Open the page', url },
      ],
    };
  },
});
