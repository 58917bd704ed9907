import { defineAction, defineFamily } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, text, withoutChoices } from '#src/domain/message.ts';
import { dayCard, dayJson, surveyCard, surveyJson } from '#src/flagday/card.ts';
import { card } from '#src/remediation/card.ts';

const NODE = {
  name: 'node',
  summary: 'The node with the Corda notary',
  required: true,
  suggest: 'node',
} as const;
const SERVICE = {
  name: 'service',
  summary: 'Which notary, where the node has several',
  suggest: 'service',
  named: true,
} as const;
const JSON_FLAG = {
  name: 'json',
  named: true,
  summary: 'For a script that reads the chat',
  oneOf: ['yes'],
} as const;
const WHY = { name: 'reason', summary: 'Why, for the record', rest: true } as const;

const asCode = (message: Message, code: string): Message => ({
  ...message,
  blocks: [{ kind: 'code', code }],
});

const plan = defineAction({
  name: 'plan',
  summary: 'A flag day as it would be now: the new parameters, who accepted them, the order and why',
  who: 'observer',
  parameters: [NODE, SERVICE, JSON_FLAG],
  async run({ flagDays }, { node, service, json }): Promise<Message> {
    const survey = await flagDays.plan({ node, service });
    const message = surveyCard(survey);
    return json ? asCode(message, surveyJson(survey)) : message;
  },
});

const start = defineAction({
  name: 'start',
  summary: 'Ask for a flag day; once somebody else approved, it waits for it and restarts worker by worker',
  who: 'notary',
  parameters: [NODE, SERVICE],
  async run({ actor, cause, flagDays }, { node, service }): Promise<Message> {
    const request = await flagDays.start({ node, service, by: actor, cause });
    const asked = withoutChoices(card(request));
    return {
      ...asked,
      blocks: [...asked.blocks, text(`Its message in room ${request.room} has the buttons.`)],
    };
  },
});

const status = defineAction({
  name: 'status',
  summary: 'How the latest flag day stands, worker by worker',
  who: 'observer',
  parameters: [{ ...NODE, required: false }, SERVICE, JSON_FLAG],
  async run({ flagDays }, { node, service, json }): Promise<Message> {
    const [latest] = await flagDays.list(node === undefined ? undefined : { node, service });
    if (!latest)
      throw new UserError('No flag day was asked for yet. `flagday plan` shows whether one is to come.');
    const message = dayCard(latest);
    return json ? asCode(message, dayJson(latest)) : message;
  },
});

const pause = defineAction({
  name: 'pause',
  summary: 'Let a flag day wait before the next worker',
  who: 'notary',
  parameters: [NODE, SERVICE, WHY],
  run: async ({ actor, flagDays }, { node, service, reason = '' }): Promise<Message> =>
    dayCard(await flagDays.pause({ node, service }, actor, reason)),
});

const resume = defineAction({
  name: 'resume',
  summary: 'Let a flag day go on, also after a doubt that a person has looked into',
  who: 'notary',
  parameters: [NODE, SERVICE],
  run: async ({ actor, flagDays }, { node, service }): Promise<Message> =>
    dayCard(await flagDays.resume({ node, service }, actor)),
});

const abort = defineAction({
  name: 'abort',
  summary: 'End a flag day before the next worker; the one under way is seen to its end',
  who: 'notary',
  parameters: [NODE, SERVICE, WHY],
  async run({ actor, flagDays }, { node, service, reason = 'no reason given' }): Promise<Message> {
    const request = await flagDays.abort({ node, service }, actor, reason);
    return withoutChoices(card(request));
  },
});

/** `flagday plan|start|status|pause|resume|abort`. */
export const flagday = defineFamily({
  name: 'flagday',
  summary: 'Flag days of Corda notaries: plan, start (after approval), status, pause, resume, abort',
  examples: [
    'flagday plan alright-dev-main',
    'flagday plan alright-dev-main --json',
    'flagday plan alright-dev-main service=notary',
    'flagday start alright-dev-main',
    'flagday status',
    'flagday status alright-dev-main --json',
    'flagday pause alright-dev-main the database is slow',
    'flagday resume alright-dev-main',
    'flagday abort alright-dev-main the network rolled back',
  ],
  private: false,
  actions: [plan, start, status, pause, resume, abort],
});
