import { describe, expect, it } from 'vitest';

import { commands } from '#commands/index.ts';
import type { Context } from '#src/command/define.ts';
import { callOf, splitWords } from '#src/command/parse.ts';
import type { Alert } from '#src/domain/alert.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import type { Message } from '#src/domain/message.ts';
import type { Announcement } from '#src/domain/notice.ts';
import { countsOf, type RollCall } from '#src/domain/roll.ts';
import type { Silence } from '#src/domain/silence.ts';
import { readRunbooks } from '#src/runbooks/pages.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const alert = (id: string, severity: string): Alert =>
  ({
    id,
    episode: 1,
    status: 'firing',
    labels: { alertname: `Name-${id}`, severity, node: 'red-1' },
    annotations: {},
    startsAt: '2026-01-01T00:00:00Z',
    revision: 1,
    announced: 1,
    updatedAt: '',
  }) as unknown as Alert;

const roll = {
  notice: { id: 'n1', state: 'sent', severity: 'mandatory', subject: 'Update', text: '' },
  entries: Array.from({ length: 64 }, (_, index) => ({
    seat: `seat-${index}`,
    region: 'EU',
    escalations: [],
    revision: 1,
    ...(index < 40 && { reachedAt: 'x', reachedOn: 'discord' }),
    ...(index < 10 && { acknowledgedAt: 'x', acknowledgedBy: 'alice', answer: 'done' }),
  })),
} as unknown as RollCall;

/** Runs a typed line as somebody; `seen` is what the desks were asked. */
async function type(
  who: string,
  line: string,
  over: Partial<Context> = {},
): Promise<{ message: Message; seen: unknown[] }> {
  const seen: unknown[] = [];
  const note =
    <T>(answer: T) =>
    (...asked: unknown[]): Promise<T> => {
      seen.push(asked);
      return Promise.resolve(answer);
    };
  const context = {
    actor: smallFleet.operator(who)!,
    platform: 'discord',
    cause: 'discord:event',
    now: new Date('2026-01-01T00:00:00Z'),
    fleet: smallFleet,
    menu: commands,
    prefix: '!tocsin',
    alerting: {
      list: note([alert('a1', 'warning'), alert('a2', 'critical')]),
      get: note(alert('a1', 'warning')),
      acknowledge: note({ ...alert('a1', 'warning'), acknowledgedBy: who }),
    },
    silences: { list: note([]), add: note(undefined), expire: note(true) },
    broadcast: {
      find: (id: string) => Promise.resolve(id === 'n1' ? roll.notice : undefined),
      rollCall: (id: string) => Promise.resolve(id === 'n1' ? roll : undefined),
      summary: (id: string) =>
        Promise.resolve(
          id === 'n1' ? { notice: roll.notice, totals: countsOf(roll.entries), missing: [] } : undefined,
        ),
      unreachable: () => [],
      list: note([roll.notice]),
      announce: note(roll.notice),
      postpone: note(roll.notice),
      acknowledge: note({ ...roll, entries: roll.entries.slice(0, 1) }),
      snooze: note({ ...roll, entries: [{ seat: 's', promise: { until: '2026-01-01T03:00:00Z' } }] }),
    },
    examiner: { examine: note([] as readonly ServiceHealth[]), latest: note([]) },
    histories: { read: note([]) },
    deliveries: { list: note([]) },
    statistics: { of: async () => [] },
    standings: () => [{ id: 'discord', name: 'Discord', condition: { up: true } }],
    runbooks: readRunbooks(),
    pictures: { png: (svg: string) => Promise.resolve(Buffer.from(svg)) },
    ...over,
  } as unknown as Context;
  const [name, ...words] = splitWords(line);
  const command = commands.find((candidate) => candidate.name === name)!;
  const hasActions = command.actions.length > 0;
  const call = callOf(command, hasActions ? words[0] : undefined, hasActions ? words.slice(1) : words);
  return { message: await call.run(context, call.args), seen };
}

const rowsOf = ({ blocks }: Message): readonly (readonly string[])[] =>
  blocks.flatMap((block) => (block.kind === 'table' ? block.rows : []));

describe('ack', () => {
  it('answers a notice, an alert otherwise; "on-it" when nothing is said', async () => {
    expect((await type('alice', 'ack n1')).seen).toMatchObject([
      ['n1', { id: 'alice' }, 'on-it', 'discord', undefined],
    ]);
    expect((await type('alice', 'ack n1 cannot no build host')).seen).toMatchObject([
      ['n1', { id: 'alice' }, 'cannot', 'discord', 'no build host'],
    ]);
    expect((await type('alice', 'ack a1')).seen).toMatchObject([['a1', { id: 'alice' }]]);
  });
});

describe('alerts', () => {
  it('lists the critical ones first', async () => {
    const { message } = await type('erin', 'alerts');
    expect(rowsOf(message).map(([id]) => id)).toEqual(['a2', 'a1']);
    expect(message.tone).toBe('critical');
  });
});

describe('fleet', () => {
  it.each([
    ['fleet', ['red_EU', 'blue_NA', 'grey_SH']],
    ['fleet EU', ['red_EU']],
    ['fleet blue_NA', ['blue_NA']],
    ['fleet KMD', ['red_EU', 'blue_NA']],
  ])('%s shows those seats, with a picture', async (line, seats) => {
    const { message } = await type('erin', line);
    expect(message.blocks.at(-1)).toMatchObject({ kind: 'image', name: 'fleet.png' });
    const tables = message.blocks.filter((block) => block.kind === 'table');
    expect(
      tables
        .at(-1)
        ?.rows.map(([seat]) => seat)
        .toSorted(),
    ).toEqual(seats.toSorted());
  });

  it('does with words where no picture can be drawn', async () => {
    const { message } = await type('erin', 'fleet', { pictures: { png: async () => undefined } });
    expect(message.blocks.map(({ kind }) => kind)).toEqual(['text', 'table', 'table']);
  });

  it.each(['fleet', 'health'])(
    '%s of a seat tells what public sites say, as far as that can be known',
    async (name) => {
      const statistics = {
        of: async () => [
          { site: 'stats.example', isOld: false },
          { site: 'other.example', isOld: false, said: {} },
        ],
      };
      const { message } = await type('erin', `${name} red_EU`, { statistics });
      const words = message.blocks.flatMap((block) => (block.kind === 'text' ? block.text : []));
      expect(words.join('\n')).toContain(
        'stats.example: unknown, it was not read yet\nother.example: unknown',
      );
      const all = await type('erin', name, { statistics });
      expect(JSON.stringify(all.message)).not.toContain('stats.example');
    },
  );

  it('says what there is none of', async () => {
    await expect(type('erin', 'fleet EX')).rejects.toThrow(
      'There is no region, seat or coin EX (did you mean "EU"?).',
    );
  });
});

describe('health', () => {
  it.each([
    ['alice', 'health', ['red-1']],
    ['erin', 'health', ['red-1', 'blue-1']],
    ['erin', 'health blue-1', ['blue-1']],
    ['erin', 'health red_EU', ['red-1']],
    ['erin', 'health KMD', ['red-1', 'blue-1']],
  ])('%s: %s', async (who, line, nodes) => {
    const { seen } = await type(who, line);
    const [[targets]] = seen as [[readonly { node: { id: string } }[]]];
    expect(targets.map(({ node }) => node.id)).toEqual(nodes);
  });

  it('looks back as far as it was asked to, at what was asked for', async () => {
    const { message, seen } = await type('erin', 'health KMD --since 6h --figure peers --service KMD');
    const names = ['red-1', 'blue-1'].map((node) => ({ node, service: 'KMD' }));
    expect(seen.at(-1)).toEqual([names, new Date('2025-12-31T18:00:00Z'), 'peers']);
    expect(message.title).toBe('KMD: nothing on record');
    expect((await type('erin', 'health red-1 --since 7d')).message.title).toContain('KMD on red-1');
  });

  it.each([
    ['health red-1 --since 8d', 'Figures are kept for 7d: ask for since=7d or less.'],
    ['health red-1 --since 5m', 'Ask for an hour at least'],
    ['health red-1 --since yesterday', '"yesterday" is not a time span: write 90s, 30m, 2h or 1d.'],
    ['health red-1 --figure peers', 'Say since when'],
    ['health red-1 --since 1d --service KDM', 'There is no service KDM there (did you mean "KMD"?)'],
  ])('%s is refused with what to do', async (line, words) => {
    await expect(type('erin', line)).rejects.toThrow(words);
  });

  it('says of a platform what is wrong with it, and nothing while nothing is', async () => {
    const linesOf = ({ blocks }: Message): readonly string[] =>
      blocks.flatMap((block) => (block.kind === 'text' ? [JSON.stringify(block)] : []));
    const { message: well } = await type('erin', 'health');
    expect(linesOf(well).join()).not.toContain('Discord');
    const reported = { words: 'Major Service Outage', major: true };
    const since = new Date('2026-05-01T12:00:00Z');
    const { message } = await type('erin', 'health', {
      standings: () => [
        { id: 'discord', name: 'Discord', condition: { up: true }, reported },
        { id: 'matrix', name: 'Matrix', condition: { up: false, why: 'it is gone', since } },
      ],
    });
    const lines = linesOf(message);
    expect(lines.at(-2)).toContain('Discord is connected. Its status page says: Major Service Outage.');
    expect(lines.at(-1)).toContain('Matrix is down since 2026-05-01 12:00 UTC (it is gone)');
  });

  it('guesses what was meant', async () => {
    await expect(type('erin', 'health red-l')).rejects.toThrow('did you mean "red-1"?');
  });
});

describe('silence', () => {
  it.each([
    ['alice', 'silence add 2h node=red-1', { node: 'red-1' }],
    ['carol', 'silence add 1d alertname=TipOld', { alertname: 'TipOld' }],
  ])('%s: %s', async (who, line, match) => {
    const [[silence]] = (await type(who, line)).seen as [[Silence]];
    expect(silence).toMatchObject({ match, createdBy: who });
    expect(Date.parse(silence.endsAt)).toBeGreaterThan(Date.parse(silence.createdAt));
  });

  it.each([
    ['alice', 'silence add 2h node=blue-1', 'is not yours'],
    ['alice', 'silence add 2h alertname=TipOld', 'only a coordinator'],
    ['carol', 'silence add soon node=red-1', 'not a time span'],
    ['carol', 'silence add 2h everything', 'name=value'],
  ])('%s: %s is refused', async (who, line, words) => {
    await expect(type(who, line)).rejects.toThrow(words);
  });
});

describe('notice', () => {
  it('reads an announcement typed on one line', async () => {
    const line =
      'notice announce "Komodo 0.9.2" version=v0.9.2 time=2026-12-01T12:00:00Z height=4771595 coin=KMD audience=coins=KMD,LTC;regions=EU Build it, then restart.';
    const [[announcement]] = (await type('carol', line)).seen as [[Announcement]];
    expect(announcement).toMatchObject({
      subject: 'Komodo 0.9.2',
      version: 'v0.9.2',
      severity: 'mandatory',
      deadline: { time: '2026-12-01T12:00:00Z', height: 4_771_595, coin: 'KMD' },
      audience: { coins: ['KMD', 'LTC'], regions: ['EU'] },
      text: 'Build it, then restart.',
    });
  });

  it('names every fault of an announcement at once', async () => {
    await expect(type('carol', 'notice announce x height=-3 url=nowhere commit=zz')).rejects.toThrow(
      /commit: .*deadline\.height: .*url: /,
    );
  });

  it('shows 64 rows compactly: delivered, acknowledged, missing', async () => {
    const { message } = await type('erin', 'notice status n1');
    const rows = rowsOf(message);
    expect(rows).toHaveLength(64);
    expect(rows[0]).toEqual(['seat-0', 'D✔·', 'done alice']);
    expect(rows[63]).toEqual(['seat-63', '···', 'missing']);
    expect(JSON.stringify(message)).toContain('reached 40 · acknowledged 10 · proven 0 · missing 54');
    expect(rowsOf((await type('erin', 'notice status n1 missing')).message)).toHaveLength(54);
  });

  it.each([
    ['show=reached', 40],
    ['show=missing region=EU', 54],
    ['region=NA', 0],
    ['all coin=KMD', 0],
  ])('filters the rows: %s', async (filter, count) => {
    const { message } = await type('erin', `notice status n1 ${filter}`);
    expect(rowsOf(message)).toHaveLength(count);
    expect(JSON.stringify(message)).toContain('missing 54');
  });

  it('draws the board beside the rows; without it, the words stand alone', async () => {
    const { message } = await type('erin', 'notice status n1');
    expect(message.blocks.at(-1)).toMatchObject({ kind: 'image', alt: expect.stringContaining('10 of 64') });
    const pictures = { png: () => Promise.resolve(undefined) };
    const { message: plain } = await type('erin', 'notice status n1', { pictures });
    expect(plain.blocks).toEqual(message.blocks.slice(0, -1));
  });

  it('gives a script what the page gives it', async () => {
    const { message } = await type('erin', 'notice status n1 show=acknowledged as=json');
    const [block] = message.blocks;
    const { seats } = JSON.parse(block?.kind === 'code' ? block.code : '') as { seats: readonly object[] };
    expect(seats).toHaveLength(10);
    expect(seats[0]).toMatchObject({ seat: 'seat-0', acknowledgedBy: 'alice' });
  });

  it('reports on what was sent, and on nothing else', async () => {
    const sent = { ...roll, notice: { ...roll.notice, sentAt: '2026-01-01T00:00:00Z', reminded: [] } };
    const broadcast = { rollCall: () => Promise.resolve(sent) } as unknown as Context['broadcast'];
    const { message } = await type('erin', 'notice report n1', { broadcast });
    expect(JSON.stringify(message)).toContain('64 seats: 10 answered, 30 reached only, 24 not reached');
    expect(message.blocks.at(-1)).toMatchObject({ kind: 'image' });
    await expect(type('erin', 'notice report n1')).rejects.toThrow('was not sent');
  });
});

describe('node', () => {
  it('shows who stands behind a node, and no secret', async () => {
    const { message } = await type('erin', 'node show red-1');
    expect(JSON.stringify(message)).toContain('alice, bob');
    expect(JSON.stringify(message)).not.toContain('127.0.0.1:1');
  });
});

describe('help', () => {
  it.each(commands.map(({ name }) => name))('explains %s', async (name) => {
    const { message } = await type('erin', `help ${name}`);
    expect(JSON.stringify(message)).toContain(name);
    expect(message.blocks.length).toBeGreaterThan(1);
  });

  it.each(['DaemonDown', 'daemondown'])('says what to do about %s', async (name) => {
    const { message } = await type('erin', `help ${name}`);
    expect(message.title).toBe('DaemonDown');
    const words = JSON.stringify(message.blocks);
    for (const part of ['Means:', 'From:', 'Confirm:', 'pgrep -a komodod', 'Do:', '1. ', 'Remedy:'])
      expect(words).toContain(part);
    expect(words).not.toMatch(/\.md|\*\*/);
  });

  it('names what is nearest when there is no such thing', async () => {
    await expect(type('erin', 'help DaemonDwn')).rejects.toThrow('did you mean');
  });
});
