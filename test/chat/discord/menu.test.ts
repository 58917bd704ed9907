import { describe, expect, test } from 'vitest';

import { commandsOf } from '#src/chat/discord/menu.ts';
import { sameCommands } from '#src/chat/discord/register.ts';
import type { Menu, Parameter } from '#src/domain/menu.ts';
import { createComplaints } from '#test/stand-ins/discord/complaints.ts';
import { checkCommand } from '#test/stand-ins/discord/command-form.ts';

const command = (name: string, parameters: readonly Parameter[], rest: Partial<Menu> = {}): Menu => ({
  name,
  summary: `Does ${name}`,
  examples: [],
  private: false,
  parameters,
  actions: [],
  ...rest,
});
const menu = [
  command('deny', [
    { name: 'reason', summary: 'Why', rest: true },
    { name: 'request', summary: 'Which', required: true, suggest: 'request' },
  ]),
  command('silence', [], {
    actions: [
      { name: 'list', summary: 'Lists', parameters: [] },
      {
        name: 'add',
        summary: 'x'.repeat(150),
        parameters: [{ name: 'forHours', summary: 'How long', oneOf: ['1', '8'] }],
      },
    ],
  }),
  command('many', [
    { name: 'coin', summary: 'Which', oneOf: Array.from({ length: 40 }, (_, at) => `C${at}`) },
  ]),
];

test('commands, subcommands and options as Discord wants them', () => {
  expect(commandsOf(menu)).toEqual([
    {
      type: 1,
      name: 'deny',
      description: 'Does deny',
      options: [
        { type: 3, name: 'request', description: 'Which', required: true, autocomplete: true },
        { type: 3, name: 'reason', description: 'Why' },
      ],
    },
    {
      type: 1,
      name: 'silence',
      description: 'Does silence',
      options: [
        { type: 1, name: 'list', description: 'Lists', options: [] },
        {
          type: 1,
          name: 'add',
          description: `${'x'.repeat(99)}…`,
          options: [
            {
              type: 3,
              name: 'forhours',
              description: 'How long',
              choices: [
                { name: '1', value: '1' },
                { name: '8', value: '8' },
              ],
            },
          ],
        },
      ],
    },
    {
      type: 1,
      name: 'many',
      description: 'Does many',
      options: [{ type: 3, name: 'coin', description: 'Which', autocomplete: true }],
    },
  ]);
});

test('Discord takes them', () => {
  for (const form of commandsOf(menu)) {
    const complaints = createComplaints();
    checkCommand(complaints, form);
    complaints.settle();
  }
});

describe('the same commands', () => {
  const wanted = commandsOf(menu);
  const held = wanted.map((form, at) => ({
    ...form,
    id: String(at),
    version: '1',
    default_member_permissions: null,
    nsfw: false,
    contexts: null,
    integration_types: [0],
    options: form.options.map((option) => ({
      ...option,
      required: option.required ?? false,
      options: option.options ?? [],
    })),
  }));

  test('whatever Discord adds, in whatever order', () => {
    expect(sameCommands(held.toReversed(), wanted)).toBe(true);
  });

  test.for([
    ['one is missing', held.slice(1)],
    ['one is too much', [...held, { ...held[0], name: 'other' }]],
    ['a summary differs', held.map((one) => ({ ...one, description: 'x' }))],
    ['an option is missing', held.map((one) => ({ ...one, options: one.options.slice(1) }))],
    [
      'an option is not required any more',
      held.map((one) => ({ ...one, options: one.options.map((option) => ({ ...option, required: false })) })),
    ],
    ['options have another order', held.map((one) => ({ ...one, options: one.options.toReversed() }))],
    ['it is no list', { message: 'no' }],
  ] as const)('not when %s', ([, other]) => {
    expect(sameCommands(other, wanted)).toBe(false);
  });
});
