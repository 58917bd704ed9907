import { defineAction, defineFamily } from '#src/command/define.ts';
import { parseDuration } from '#src/domain/duration.ts';
import { UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import { type Message, table, text } from '#src/domain/message.ts';
import { requireSeat } from '#src/domain/permission.ts';
import type { Silence } from '#src/domain/silence.ts';

const matchWords = (match: Silence['match']): string =>
  Object.entries(match)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

const add = defineAction({
  name: 'add',
  summary: 'Do not deliver matching alerts for a time; they stay on record',
  who: 'notary',
  parameters: [
    { name: 'for', summary: 'How long: 30m, 2h, 1d', required: true },
    {
      name: 'match',
      summary: 'Labels, all must match: node=alright-dev-main alertname=TipOld',
      required: true,
      rest: true,
    },
  ],
  async run({ actor, cause, now, silences, fleet }, { for: duration, match: words }): Promise<Message> {
    const match = parseMatch(words);
    const seat = fleet.seat(match['seat'] ?? '') ?? fleet.seat(fleet.node(match['node'] ?? '')?.seat ?? '');
    if (seat) requireSeat(fleet, actor, seat.id);
    else if (actor.role !== 'coordinator') {
      throw new UserError('Name your own node= or seat=: only a coordinator silences across seats.');
    }
    const silence: Silence = {
      id: `s${keyOf('silence', cause).slice(0, 7)}`,
      match,
      comment: '',
      createdBy: actor.id,
      createdAt: now.toISOString(),
      endsAt: new Date(now.getTime() + parseDuration(duration)).toISOString(),
    };
    await silences.add(silence);
    return {
      tone: 'good',
      title: `Silenced until ${silence.endsAt}`,
      blocks: [text(matchWords(match))],
      footer: `silence ${silence.id}`,
    };
  },
});

function parseMatch(words: string): Silence['match'] {
  const pairs = words.split(/\s+/).map((word) => /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(word));
  if (pairs.some((pair) => pair === null))
    throw new UserError('Labels are written name=value, with blanks between.');
  return Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]]));
}

const list = defineAction({
  name: 'list',
  summary: 'Silences that run',
  who: 'observer',
  parameters: [],
  async run({ silences, now }): Promise<Message> {
    const running = await silences.list(now);
    if (running.length === 0) return { tone: 'neutral', title: 'No silence runs', blocks: [] };
    const rows = running.map((silence) => [
      silence.id,
      matchWords(silence.match),
      silence.createdBy,
      silence.endsAt,
    ]);
    return { tone: 'neutral', title: 'Silences', blocks: [table(['id', 'match', 'by', 'until'], rows)] };
  },
});

const expire = defineAction({
  name: 'expire',
  summary: 'End a silence now',
  who: 'notary',
  parameters: [{ name: 'id', summary: 'Id of the silence', required: true, suggest: 'silence' }],
  async run({ actor, silences, now }, { id }): Promise<Message> {
    const silence = (await silences.list(now)).find((running) => running.id === id);
    if (!silence) throw new UserError(`No silence ${id} runs.`);
    if (silence.createdBy !== actor.id && actor.role !== 'coordinator') {
      throw new UserError(`Silence ${id} is ${silence.createdBy}'s: only they or a coordinator may end it.`);
    }
    await silences.expire(id);
    return {
      tone: 'good',
      title: 'Silence ended',
      blocks: [text(matchWords(silence.match))],
      footer: `silence ${id}`,
    };
  },
});

/** `silence add|list|expire`. */
export const silence = defineFamily({
  name: 'silence',
  summary: 'Keep matching alerts quiet for a time',
  examples: ['silence add 2h node=alright-dev-main', 'silence list', 'silence expire s1b2c3d'],
  private: false,
  actions: [add, list, expire],
});
