import type { z } from 'zod';

import { boardCard } from '#src/broadcast/card.ts';
import { type Context, defineAction } from '#src/command/define.ts';
import { NO_REASON, REASON } from '#src/command/reason.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, text, withoutChoices } from '#src/domain/message.ts';
import { Announcement, type Audience, Deadline, NOTICE_SEVERITIES } from '#src/domain/notice.ts';

export const announce = defineAction({
  name: 'announce',
  summary: 'Draft a notice to all notaries; another coordinator confirms it',
  who: 'coordinator',
  parameters: [
    { name: 'subject', summary: 'In a few words', required: true },
    { name: 'version', named: true, summary: 'The version to run, like v0.9.2' },
    { name: 'severity', named: true, summary: 'mandatory when nothing is said', oneOf: NOTICE_SEVERITIES },
    { name: 'time', named: true, summary: 'Deadline, like 2026-12-01T12:00:00Z' },
    { name: 'height', named: true, summary: 'Deadline as a block height' },
    { name: 'coin', named: true, summary: 'The coin of the height', suggest: 'coin' },
    { name: 'commit', named: true, summary: 'The commit to build' },
    { name: 'parameters', named: true, summary: 'Corda: the hash of the parameters to accept' },
    { name: 'url', named: true, summary: 'Where the details are' },
    { name: 'audience', named: true, summary: 'all, or coins=KMD,LTC;regions=EU;seats=…;servers=…;kinds=…' },
    { name: 'supersedes', named: true, summary: 'Notice that this one replaces', suggest: 'notice' },
    { name: 'text', summary: 'What to do', rest: true },
  ],
  async run(context, args): Promise<Message> {
    const { actor, cause, broadcast } = context;
    const { time, height, coin, audience, ...plain } = args;
    const deadline = deadlineOf({ time, height, coin });
    const announcement = checked(Announcement, {
      ...plain,
      ...(Object.keys(deadline).length > 0 && { deadline }),
      ...(audience !== undefined && { audience: parseAudience(audience) }),
    });
    const { id } = await broadcast.announce(announcement, actor, cause);
    return await shown(context, id);
  },
});

/** The draft as the coordinators see it, with the seats that nobody can be reached for. */
async function shown({ broadcast, now }: Pick<Context, 'broadcast' | 'now'>, id: string): Promise<Message> {
  const draft = await broadcast.summary(id);
  if (!draft) throw new UserError(`There is no notice ${id} any more.`);
  return withoutChoices(boardCard(draft, broadcast.unreachable(draft.notice), now));
}

function parseAudience(words: string): Announcement['audience'] {
  if (words === 'all') return 'all';
  const parts = words.split(';').map((part) => part.split('='));
  return Object.fromEntries(parts.map(([name, list = '']) => [name, list.split(',')])) as Audience;
}

interface Limits {
  readonly time?: string | undefined;
  readonly height?: string | undefined;
  readonly coin?: string | undefined;
}

const deadlineOf = ({ time, height, coin }: Limits): Readonly<Record<string, unknown>> => ({
  ...(time !== undefined && { time }),
  ...(height !== undefined && { height: Number(height) }),
  ...(coin !== undefined && { coin }),
});

/** What people type, checked; what is wrong with it is named by its parameter. */
function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UserError(wrong.join('; '));
}

const done = (id: string, title: string, words: string): Message => ({
  tone: 'good',
  title,
  blocks: [text(words)],
  footer: `notice ${id}`,
});

export const postpone = defineAction({
  name: 'postpone',
  summary: 'Draft the same notice with a later deadline; it replaces the old one once confirmed',
  who: 'coordinator',
  parameters: [
    { name: 'id', summary: 'Id of the notice', required: true, suggest: 'notice' },
    { name: 'time', named: true, summary: 'New deadline, like 2026-12-01T12:00:00Z' },
    { name: 'height', named: true, summary: 'New deadline as a block height' },
    {
      name: 'coin',
      named: true,
      summary: 'The coin of the height; the same when nothing is said',
      suggest: 'coin',
    },
    { name: 'reason', summary: 'Why: everybody is told', rest: true },
  ],
  async run(context, { id, reason = NO_REASON, ...limits }): Promise<Message> {
    const { actor, cause, broadcast } = context;
    const deadline = checked(Deadline, deadlineOf(limits));
    const successor = await broadcast.postpone(id, actor, { deadline, reason }, cause);
    return await shown(context, successor.id);
  },
});

export const close = defineAction({
  name: 'close',
  summary: 'Close a notice, or drop a draft',
  who: 'coordinator',
  parameters: [{ name: 'id', summary: 'Id of the notice', required: true, suggest: 'notice' }, REASON],
  async run({ actor, broadcast }, { id, reason = NO_REASON }): Promise<Message> {
    const notice = await broadcast.close(id, actor, reason);
    return done(id, `Notice ${notice.state}: ${notice.subject}`, reason);
  },
});

export const cancel = defineAction({
  name: 'cancel',
  summary: 'Call a notice off: whoever was told of it is told so',
  who: 'coordinator',
  parameters: [
    { name: 'id', summary: 'Id of the notice', required: true, suggest: 'notice' },
    { name: 'reason', summary: 'Why: everybody is told', rest: true },
  ],
  async run({ actor, broadcast }, { id, reason = NO_REASON }): Promise<Message> {
    const notice = await broadcast.cancel(id, actor, reason);
    return done(id, `Called off: ${notice.subject}`, reason);
  },
});

export const supersede = defineAction({
  name: 'supersede',
  summary: 'Mark a notice as replaced by another',
  who: 'coordinator',
  parameters: [
    { name: 'id', summary: 'Id of the old notice', required: true, suggest: 'notice' },
    { name: 'by', summary: 'Id of the new notice', required: true, suggest: 'notice' },
  ],
  async run({ actor, broadcast }, { id, by }): Promise<Message> {
    const notice = await broadcast.supersede(id, actor, by);
    return done(id, `Superseded: ${notice.subject}`, `Now ${by} counts.`);
  },
});
