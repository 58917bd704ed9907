import { type Context, defineCommand } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { type AccountLink, accountName, type Offer } from '#src/domain/linking.ts';
import { type Message, table, text } from '#src/domain/message.ts';
import { hasRole } from '#src/domain/operator.ts';
import { inMinutes } from '#src/domain/time.ts';

/** `link`, `link matrix`: a code for the other account. */
async function offer({ actor, platform, linking }: Context, to: string | undefined): Promise<Message> {
  const from = { platform, handle: actor.handles[platform] ?? '' };
  return offered(await linking.offer(actor, from, to));
}

const offered = ({ code, platform, expiresAt }: Offer): Message => ({
  tone: 'neutral',
  title: `Your code for ${platform}`,
  blocks: [
    { kind: 'code', code: `link ${code}` },
    text(
      `Type this line to me on ${platform}, from the account that is to be yours, where nobody else reads it: in a direct conversation that you open now, or as a slash command. It works once, until ${inMinutes(expiresAt)}. Whoever has it can ask to be you: show it to nobody.`,
    ),
  ],
});

const proven = ({ operator, platform, handle = '' }: AccountLink): Message => ({
  tone: 'good',
  title: 'The code is right',
  blocks: [
    text(
      `A coordinator must confirm now that ${accountName({ platform, handle })} is ${operator}’s. Until then it has no rights.`,
    ),
  ],
});

async function list({ actor, fleet, linking }: Context): Promise<Message> {
  const isCoordinator = hasRole(actor.role, 'coordinator');
  const mine = (operator: string): boolean => isCoordinator || operator === actor.id;
  const links = (await linking.list()).filter(({ operator }) => mine(operator));
  const isLinked = new Set(links.map(({ operator, platform }) => `${operator} ${platform}`));
  const named = fleet.operators
    .filter(({ id }) => mine(id) && (id === actor.id || links.some(({ operator }) => operator === id)))
    .flatMap(({ id, handles }) =>
      Object.entries(handles)
        .filter(([platform]) => !isLinked.has(`${id} ${platform}`))
        .map(([platform, handle]) => [id, accountName({ platform, handle }), 'fleet file', '']),
    );
  const linked = links.map((link) => [
    link.operator,
    accountName({ platform: link.platform, handle: link.handle ?? '' }),
    link.state === 'standing' ? `linked, confirmed by ${link.approvedBy}` : 'waits for a coordinator',
    link.id,
  ]);
  return {
    tone: 'neutral',
    title: 'Accounts',
    blocks: [
      table(['operator', 'account', 'how', 'id'], [...named, ...linked]),
      text('`link remove PLATFORM` ends one that was linked; the others stand in the fleet file.'),
    ],
  };
}

async function remove(
  { actor, linking }: Context,
  platform: string | undefined,
  operator: string = actor.id,
): Promise<Message> {
  if (platform === undefined) throw new UserError('Say which: `link remove matrix`.');
  const ended = await linking.remove({ platform, operator }, actor);
  return {
    tone: 'good',
    title: `${accountName({ platform, handle: ended.handle ?? 'the code' })} is not ${operator}’s any more`,
    blocks: [text('It has no rights from now on. What it did stays in the audit.')],
    footer: `link ${ended.id}`,
  };
}

/** `link`, `link CODE`, `link list`, `link remove PLATFORM`: an account on another platform. */
export const link = defineCommand({
  name: 'link',
  summary: 'Prove that an account on another platform is yours too: a code shown here, typed there',
  examples: [
    'link',
    'link k7qx-93mf-0abc-w2hd',
    'link list',
    'link remove matrix',
    'link remove matrix alice',
  ],
  private: true,
  who: 'observer',
  parameters: [
    { name: 'what', summary: 'Nothing: a code for your other account. There: the code. Or list, remove' },
    { name: 'platform', summary: 'remove: where the account is' },
    { name: 'operator', summary: 'remove: whose it is; yours when nothing is said', suggest: 'operator' },
  ],
  async run(context, { what, platform, operator }): Promise<Message> {
    if (what === 'list') return list(context);
    if (what === 'remove') return remove(context, platform, operator);
    if (platform !== undefined)
      throw new UserError(`"${platform}" is too much. \`help link\` shows how it is typed.`);
    if (what === undefined || context.standings().some(({ id }) => id === what)) return offer(context, what);
    const account = { platform: context.platform, handle: context.actor.handles[context.platform] ?? '' };
    return proven(await context.linking.bring({ code: what, account, inPublic: context.inPublic }));
  },
  forStranger({ linking, account, inPublic }, { what: code }): Promise<Message> | undefined {
    return code === undefined ? undefined : linking.bring({ code, account, inPublic }).then(proven);
  },
});
