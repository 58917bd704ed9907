import { describe, expect, it } from 'vitest';

import { commands } from '#commands/index.ts';
import { argumentsOf, callOf, checkArguments, splitWords } from '#src/command/parse.ts';

describe('splitting a line into words', () => {
  it.each([
    ['ack a1', ['ack', 'a1']],
    ['  a   b  ', ['a', 'b']],
    ['notice announce "two words" x', ['notice', 'announce', 'two words', 'x']],
    ['subject="two words"', ['subject=two words']],
    ["it's here", ["it's", 'here']],
    ['""', ['']],
    ['$(reboot) `x` ;&|', ['$(reboot)', '`x`', ';&|']],
  ])('%j', (line, words) => expect(splitWords(line)).toEqual(words));

  it('says that a quote is not closed', () => expect(() => splitWords('a "b')).toThrow('not closed'));
});

describe('arguments', () => {
  const parameters = [
    { name: 'id', summary: '', required: true },
    { name: 'kind', summary: '', oneOf: ['x', 'y'] },
    { name: 'url', summary: '', named: true },
    { name: 'why', summary: '', named: true, oneOf: ['yes'] },
    { name: 'rest', summary: '', rest: true },
  ] as const;

  it.each<[string, Record<string, string>]>([
    ['1', { id: '1' }],
    ['1 x and more', { id: '1', kind: 'x', rest: 'and more' }],
    ['url=http://a?b=c 1', { url: 'http://a?b=c', id: '1' }],
    ['--url http://a?b=c 1', { url: 'http://a?b=c', id: '1' }],
    ['1 --url=--why x', { id: '1', url: '--why', kind: 'x' }],
    ['1 --why x', { id: '1', why: 'yes', kind: 'x' }],
    ['1 x why not --why', { id: '1', kind: 'x', rest: 'why not --why' }],
    ['1 x --other', { id: '1', kind: 'x', rest: '--other' }],
    ['1 other=2 x', { id: '1', rest: 'other=2 x' }],
    ['1 x __proto__=1', { id: '1', kind: 'x', rest: '__proto__=1' }],
  ])('%s', (line, args) => expect(argumentsOf('c', parameters, splitWords(line))).toEqual(args));

  it('names every fault at once and shows how it is typed', () => {
    expect(() => checkArguments('c', parameters, { kind: 'z', other: '1' })).toThrow(
      '"other" is not an argument of c; id is missing; kind must be one of x, y, not "z". Usage: c ID [x|y] [url=URL] [--why] [REST…]',
    );
  });

  it('says what has no value', () => {
    expect(() => argumentsOf('c', parameters, ['1', '--url'])).toThrow('--url is followed by nothing');
  });
});

describe('every command', () => {
  const examples = commands.flatMap((command) =>
    command.examples.map((example) => [example, command] as const),
  );

  it.each(examples)('%s parses', (example, command) => {
    const [name, ...words] = splitWords(example);
    expect(name).toBe(command.name);
    const hasActions = command.actions.length > 0;
    expect(() =>
      callOf(command, hasActions ? words[0] : undefined, hasActions ? words.slice(1) : words),
    ).not.toThrow();
  });

  it.each(commands.map((command) => [command.name, command] as const))(
    '%s can be a slash command',
    (_, command) => {
      const forms = command.actions.length === 0 ? [command] : command.actions;
      for (const { name, summary, parameters } of [command, ...forms]) {
        expect(name).toMatch(/^[a-z][a-z-]{0,31}$/);
        expect(summary.length).toBeLessThanOrEqual(100);
        for (const parameter of parameters) {
          expect(parameter.name).toMatch(/^[a-z][a-z-]{0,31}$/);
          expect(parameter.summary.length).toBeLessThanOrEqual(100);
        }
        const optionalSeen = parameters.findIndex(({ required }) => !required);
        const lastRequired = parameters.findLastIndex(({ required }) => required === true);
        expect(optionalSeen === -1 || lastRequired < optionalSeen).toBe(true);
      }
      expect(command.examples.length).toBeGreaterThan(0);
    },
  );
});
