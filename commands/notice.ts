import { boardCard, statusCard } from '#src/broadcast/card.ts';
import { defineAction, defineFamily } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { type Message, table, text, withoutChoices } from '#src/domain/message.ts';
import {
  Announcement,
  type Audience,
  countsOf,
  NOTICE_SEVERITIES,
  type RollCall,
} from '#src/domain/notice.ts';

const announce = defineAction({
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
    { name: 'url', named: true, summary: 'Where the details are' },
    { name: 'audience', named: true, summary: 'all, or coins=KMD,LTC;regions=EU;seats=…;servers=…;kinds=…' },
    { name: 'supersedes', named: true, summary: 'Notice that this one replaces', suggest: 'notice' },
    { name: 'text', summary: 'What to do', rest: true },
  ],
  async run({ actor, cause, broadcast }, args): Promise<Message> {
    const { time, height, coin, audience, ...plain } = args;
    const deadline = { time, height: height === undefined ? undefined : Number(height), coin };
    const parsed = Announcement.safeParse({
      ...plain,
      ...(time !== undefined || height !== undefined ? { deadline } : {}),
      ...(audience === undefined ? {} : { audience: parseAudience(audience) }),
    });
    if (!parsed.success) {
      throw new UserError(
        parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      );
    }
    return withoutChoices(boardCard(await broadcast.announce(parsed.data, actor, cause), []));
  },
});

function parseAudience(words: string): Announcement['audience'] {
  if (words === 'all') return 'all';
  const parts = words.split(';').map((part) => part.split('='));
  return Object.fromEntries(parts.map(([name, list = '']) => [name, list.split(',')])) as Audience;
}

const found = (roll: RollCall | undefined, id: string): RollCall => {
  if (!roll) throw new UserError(`There is no notice ${id}. \`notice list\` shows them.`);
  return roll;
};

const status = defineAction({
  name: 'status',
  summary: 'The roll call: who got it, who acknowledged, who is missing',
  who: 'observer',
  parameters: [
    { name: 'id', summary: 'Id of the notice; the latest when nothing is said', suggest: 'notice' },
    { name: 'show', summary: 'all, or missing only', oneOf: ['all', 'missing'] },
  ],
  async run({ broadcast }, { id, show }): Promise<Message> {
    const wanted = id ?? (await broadcast.list(1))[0]?.id;
    if (wanted === undefined) return { tone: 'neutral', title: 'There is no notice yet', blocks: [] };
    const roll = found(await broadcast.rollCall(wanted), wanted);
    const missing = roll.entries.filter((entry) => !entry.acknowledgedAt && !entry.provenAt);
    return show === 'missing' ? statusCard({ ...roll, entries: missing }) : statusCard(roll);
  },
});

const MOST_ROWS = 20;

const list = defineAction({
  name: 'list',
  summary: 'The latest notices',
  who: 'observer',
  parameters: [],
  async run({ broadcast }): Promise<Message> {
    const notices = await broadcast.list(MOST_ROWS);
    if (notices.length === 0) return { tone: 'neutral', title: 'There is no notice yet', blocks: [] };
    const rolls = await Promise.all(notices.map((notice) => broadcast.rollCall(notice.id)));
    const rows = notices.map((notice, index) => {
      const { seats, missing } = countsOf(rolls[index]?.entries ?? []);
      return [notice.id, notice.state, notice.severity, notice.subject, `${seats - missing}/${seats}`];
    });
    return {
      tone: 'neutral',
      title: 'Notices',
      blocks: [table(['id', 'state', 'severity', 'subject', 'acknowledged'], rows)],
    };
  },
});

const close = defineAction({
  name: 'close',
  summary: 'Close a notice, or drop a draft',
  who: 'coordinator',
  parameters: [
    { name: 'id', summary: 'Id of the notice', required: true, suggest: 'notice' },
    { name: 'reason', summary: 'Why, for the record', rest: true },
  ],
  async run({ actor, broadcast }, { id, reason = 'no reason given' }): Promise<Message> {
    const notice = await broadcast.close(id, actor, reason);
    return {
      tone: 'good',
      title: `Notice ${notice.state}: ${notice.subject}`,
      blocks: [text(reason)],
      footer: `notice ${id}`,
    };
  },
});

const supersede = defineAction({
  name: 'supersede',
  summary: 'Mark a notice as replaced by another',
  who: 'coordinator',
  parameters: [
    { name: 'id', summary: 'Id of the old notice', required: true, suggest: 'notice' },
    { name: 'by', summary: 'Id of the new notice', required: true, suggest: 'notice' },
  ],
  async run({ actor, broadcast }, { id, by }): Promise<Message> {
    const notice = await broadcast.supersede(id, actor, by);
    return {
      tone: 'good',
      title: `Superseded: ${notice.subject}`,
      blocks: [text(`Now ${by} counts.`)],
      footer: `notice ${id}`,
    };
  },
});

/** `notice announce|status|list|supersede|close`. */
export const notice = defineFamily({
  name: 'notice',
  summary: 'Updates that every notary must know of: announce, status, list, supersede, close',
  examples: [
    'notice announce "Komodo 0.9.2" version=v0.9.2 time=2026-12-01T12:00:00Z Update before the deadline.',
    'notice status',
    'notice status n1b2c3d missing',
    'notice list',
    'notice supersede n1b2c3d n4e5f6g',
    'notice close n1b2c3d all done',
  ],
  private: false,
  actions: [announce, status, list, supersede, close],
});
