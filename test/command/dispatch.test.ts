import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';

import { type Command, defineAction, defineCommand, defineFamily } from '#src/command/define.ts';
import { createDispatch } from '#src/command/dispatch.ts';
import type { AuditEntry } from '#src/domain/audit.ts';
import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';
import type { Heard, Said } from '#src/domain/platform.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';

const said = (title: string): Message => ({ tone: 'neutral', title, blocks: [] });
const head = { summary: '', examples: [], private: false };

describe('dispatching what was heard', () => {
  let audited: Omit<AuditEntry, 'at'>[];
  let done: string[];
  let runs: string[];
  let dispatch: ReturnType<typeof createDispatch>;

  const commands: readonly Command[] = [
    defineCommand({
      ...head,
      name: 'look',
      who: 'observer',
      parameters: [{ name: 'what', summary: '', required: true }],
      run: ({ actor }, { what }) => {
        runs.push(`${actor.id} looks at ${what}`);
        if (what === 'refuse') throw new UserError('not that');
        if (what === 'outside') throw new OutsideError('daemon', 'timeout', 'no answer');
        if (what === 'bug') throw new TypeError('secret inner words');
        return Promise.resolve(said(`saw ${what}`));
      },
    }),
    defineCommand({
      ...head,
      name: 'prove',
      who: 'observer',
      parameters: [{ name: 'code', summary: '' }],
      run: () => Promise.resolve(said('known')),
      forStranger({ account, inPublic }, { code }) {
        if (code === 'bad') throw new UserError('not valid');
        return code === undefined
          ? undefined
          : Promise.resolve(
              said(`${account.platform} ${account.handle} ${inPublic ? 'in public' : 'alone'}`),
            );
      },
    }),
    defineFamily({
      ...head,
      name: 'do',
      actions: [
        defineAction({
          name: 'it',
          summary: '',
          who: 'coordinator',
          parameters: [],
          run: ({ actor }) => Promise.resolve(said(`done by ${actor.id}`)),
        }),
      ],
    }),
  ];

  beforeEach(() => {
    audited = [];
    done = [];
    runs = [];
    const seen = new Set<string>();
    dispatch = createDispatch({
      commands,
      context: () => ({ fleet: smallFleet }) as never,
      once: {
        begin: async (id) => !seen.has(id) && Boolean(seen.add(id)),
        done: async (id) => void done.push(id),
      },
      audit: {
        write: (entry) => {
          audited.push(entry);
          return Promise.resolve();
        },
      },
      logger: pino({ level: 'silent' }),
      now: () => new Date(),
    });
  });

  let events = 0;
  async function hear(
    what: string | Said,
    handle = 'd-alice',
    platform = 'discord',
    id = `e${events++}`,
    direct = true,
  ): Promise<string> {
    const answers: Message[] = [];
    const heard: Heard = {
      id,
      platform,
      handle,
      name: 'carol',
      direct,
      said: typeof what === 'string' ? { line: what } : what,
      answer: (message) => {
        answers.push(message);
        return Promise.resolve();
      },
    };
    await dispatch(heard);
    return answers
      .map(({ title, blocks }) =>
        [title, ...blocks.map((block) => (block.kind === 'text' ? block.text : ''))].join(': '),
      )
      .join('\n');
  }

  it('knows the same person on both platforms, typed or slashed', async () => {
    expect(await hear('look x')).toBe('saw x');
    expect(await hear({ command: 'look', args: { what: 'y' } }, '@alice:x', 'matrix')).toBe('saw y');
    expect(runs).toEqual(['alice looks at x', 'alice looks at y']);
  });

  it('answers nobody but the people of the fleet, whatever they call themselves', async () => {
    expect(await hear('do it', 'd-stranger')).toContain('only to people in the fleet file');
    expect(await hear('do it', 'd-alice', 'matrix')).toContain('only to people');
    expect(runs).toEqual([]);
  });

  it('lets a stranger say what is for strangers, and tells nothing by refusing the rest', async () => {
    expect(await hear('prove x', 'd-stranger')).toBe('discord d-stranger alone');
    expect(await hear('prove x', 'd-stranger', 'discord', 'in-room', false)).toBe(
      'discord d-stranger in public',
    );
    const slashed = { command: 'prove', args: { code: 'x' } };
    expect(await hear(slashed, 'd-stranger', 'discord', 'slashed', false)).toBe('discord d-stranger alone');
    expect(await hear('prove bad', 'd-stranger')).toContain('not valid');
    const rest = ['prove', 'prove x y', 'look x', 'do it', 'do', 'nothing', '"', ''];
    const answers = new Set<string>();
    for (const line of rest) answers.add(await hear(line, 'd-stranger'));
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('only to people in the fleet file');
    expect(runs).toEqual([]);
  });

  it('takes for done what was answered, and nothing else', async () => {
    await hear('health', 'd-alice', 'discord', 'e-answered');
    expect(done).toEqual(['discord:e-answered']);
    const heard: Heard = {
      id: 'e-unanswered',
      platform: 'matrix',
      handle: 'd-alice',
      name: 'alice',
      direct: true,
      said: { line: 'health' },
      answer: () => Promise.reject(new OutsideError('matrix', 'unavailable', 'away')),
    };
    await expect(dispatch(heard)).rejects.toThrow('away');
    expect(done).toEqual(['discord:e-answered']);
  });

  it('does once what is heard twice', async () => {
    await hear('look x', 'd-alice', 'discord', 'same');
    expect(await hear('look x', 'd-alice', 'discord', 'same')).toBe('');
    expect(runs).toHaveLength(1);
  });

  it('refuses who has too small a role, and puts it on record', async () => {
    expect(await hear('do it')).toContain('needs the role coordinator; you are notary');
    expect(audited).toMatchObject([{ who: 'alice', account: 'discord:d-alice', what: 'command.refused' }]);
    expect(await hear('do it', 'd-carol')).toBe('done by carol');
    expect(audited[1]).toMatchObject({ who: 'carol', what: 'command.do it' });
  });

  it.each([
    ['lok x', 'There is no command "lok" (did you mean "look"?)'],
    ['look', 'what is missing'],
    ['look a b', '"b" is too much'],
    ['do', 'do needs one of: it'],
    ['look refuse', 'not that'],
    ['look outside', 'daemon: no answer'],
  ])('%s → says what is wrong', async (line, words) => expect(await hear(line)).toContain(words));

  it('shows an incident id for a fault of ours, never its words', async () => {
    const answer = await hear('look bug');
    expect(answer).toMatch(/incident [0-9a-z]{8}/);
    expect(answer).not.toContain('secret');
  });

  it('bounds what one person runs at a time', async () => {
    const many = await Promise.all(Array.from({ length: 10 }, (_, index) => hear(`look ${index}`)));
    expect(many.filter((answer) => answer.includes('wait for one to end'))).toHaveLength(4);
  });
});
