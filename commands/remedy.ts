import { type Context, defineAction, defineFamily } from '#src/command/define.ts';
import { NO_REASON, REASON } from '#src/command/reason.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table, text, withoutChoices } from '#src/domain/message.ts';
import { remediesFor, type Request } from '#src/domain/remedy.ts';
import { cancelCard, card, logCard, planCard } from '#src/remediation/card.ts';

const list = defineAction({
  name: 'list',
  summary: 'Remedies there are, or those for one node',
  who: 'observer',
  parameters: [{ name: 'node', summary: 'Id of a node', suggest: 'node' }],
  run({ fleet, remediation }, { node }): Promise<Message> {
    if (node !== undefined && !fleet.node(node)) throw new UserError(`There is no node ${node}.`);
    const remedies =
      node === undefined ? remediation.remedies : remediesFor(remediation.remedies, fleet, node);
    const rows = remedies.map((remedy) => [remedy.id, remedy.risk, remedy.summary]);
    return Promise.resolve({
      tone: 'neutral',
      title: 'Remedies',
      blocks: [table(['remedy', 'risk', 'what it does'], rows)],
    });
  },
});

const WHAT = [
  { name: 'remedy', summary: 'Which remedy', required: true, suggest: 'remedy' },
  { name: 'node', summary: 'On which node', required: true, suggest: 'node' },
  { name: 'service', summary: 'Of which service, where the node has several', suggest: 'service' },
  { name: 'arguments', summary: 'name=value …', rest: true },
] as const;

const run = defineAction({
  name: 'run',
  summary: 'Ask for a remedy on a node; somebody else has to approve it',
  who: 'notary',
  parameters: WHAT,
  async run({ actor, cause, remediation }, { remedy, node, service, arguments: words }): Promise<Message> {
    const request = await remediation.request({
      remedy,
      node,
      service,
      args: parsePairs(words),
      by: actor,
      cause,
    });
    const asked = withoutChoices(card(request));
    return {
      ...asked,
      blocks: [...asked.blocks, text(`Its message in room ${request.room} has the buttons.`)],
    };
  },
});

const plan = defineAction({
  name: 'plan',
  summary: 'Look, and show what a remedy would do: nothing is asked for, nothing is done',
  who: 'observer',
  parameters: WHAT,
  run: async ({ actor, remediation }, { remedy, node, service, arguments: words }) =>
    planCard(await remediation.plan({ remedy, node, service, args: parsePairs(words), by: actor })),
});

function parsePairs(words: string | undefined): Readonly<Record<string, string>> {
  if (words === undefined) return {};
  const pairs = words.split(/\s+/).map((word) => /^([a-z][a-z-]*)=(.*)$/s.exec(word));
  if (pairs.some((pair) => pair === null))
    throw new UserError('Arguments are written name=value, with blanks between.');
  return Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]]));
}

const MOST_ROWS = 20;
/** Of an id that is none, as it was typed. */
const MOST_LETTERS = 40;

async function requestOf(remediation: Context['remediation'], id: string): Promise<Request> {
  const request = await remediation.get(id);
  if (request) return request;
  throw new UserError(
    `There is no request ${id.slice(0, MOST_LETTERS)}. \`remedy status\` shows the latest.`,
  );
}

const status = defineAction({
  name: 'status',
  summary: 'One request, or the latest',
  who: 'observer',
  parameters: [{ name: 'id', summary: 'Id of a request', suggest: 'request' }],
  async run({ remediation }, { id }): Promise<Message> {
    if (id !== undefined) {
      return card(await requestOf(remediation, id));
    }
    const rows = (await remediation.list(MOST_ROWS)).map((request) => [
      request.id,
      request.remedy,
      `${request.node} ${request.service}`,
      request.state,
      request.requestedBy,
      request.approvedBy.join(' ') || '–',
    ]);
    return {
      tone: 'neutral',
      title: rows.length === 0 ? 'No remedy was asked for yet' : 'Latest requests',
      blocks:
        rows.length === 0 ? [] : [table(['id', 'remedy', 'where', 'state', 'asked by', 'approved by'], rows)],
    };
  },
});

const log = defineAction({
  name: 'log',
  summary: 'All that a run said, step by step',
  who: 'observer',
  parameters: [{ name: 'id', summary: 'Id of a request', required: true, suggest: 'request' }],
  async run({ remediation }, { id }): Promise<Message> {
    const request = await requestOf(remediation, id);
    return logCard(request, await remediation.log(request.id));
  },
});

const cancel = defineAction({
  name: 'cancel',
  summary: 'Stop it: before it begins, or between two of its steps',
  who: 'notary',
  parameters: [{ name: 'id', summary: 'Id of a request', required: true, suggest: 'cancellable' }, REASON],
  run: async ({ actor, remediation }, { id, reason = NO_REASON }) =>
    cancelCard(await remediation.cancel(id, actor, reason)),
});

/** `remedy list|plan|run|status|log|cancel`. */
export const remedy = defineFamily({
  name: 'remedy',
  summary: 'Cures for nodes: list, plan (looks only), run (after approval), status, log, cancel',
  examples: [
    'remedy list',
    'remedy list alright-dev-main',
    'remedy plan split alright-dev-main KMD target=20',
    'remedy run split alright-dev-main KMD target=20',
    'remedy run restart-chain alright-dev-main KMD',
    'remedy status',
    'remedy log r1b2c3d4',
    'remedy cancel r1b2c3d4 done by hand',
  ],
  private: false,
  actions: [list, plan, run, status, log, cancel],
});
