import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ChatPlatform } from '#src/domain/platform.ts';
import { type Block, fields, type Message, table, text } from '#src/domain/message.ts';
import { openDiscord } from '#test/chat/discord/open.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { createListenerProbe } from '#test/conformance/listener-probe.ts';
import { type RunningSynapse, startSynapse } from '#test/real/synapse.ts';
import { type Discord, startDiscord } from '#test/stand-ins/discord/discord.ts';

import { type Cast, cast, eventsOf, shownOf } from './matrix-harness.ts';

/** What a message came out as. */
interface Outcome {
  readonly shown: string;
  /** The whole, where it was attached. */
  readonly whole: string | undefined;
  readonly isTable: boolean;
  readonly pinged: number;
}

const END = 'the very end';
const say = (...blocks: readonly Block[]): Message => ({ tone: 'critical', title: 'KMD is down', blocks });
const rows = (count: number): readonly (readonly string[])[] =>
  Array.from({ length: count }, (_, at) => [`node-${at}`, at === count - 1 ? END : 'x'.repeat(20)]);

/** Each with whether it is more than one message can hold, on either platform. */
const CASES: readonly (readonly [name: string, message: Message, isLong: boolean])[] = [
  ['100 KB of words', say(text(`${'alarm '.repeat(17_000)}${END}`)), true],
  ['100 KB in one word', say(text(`${'x'.repeat(100_000)} ${END}`)), true],
  ['a table of 6,000 characters', say(table(['node', 'why'], rows(200))), false],
  ['a table of 100 KB', say(table(['node', 'why'], rows(3_500))), true],
  [
    'as many parts as 30 embeds hold',
    say(
      ...Array.from({ length: 30 }, (_, at) =>
        fields(
          Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`part ${at}.${n}`, 'v'.repeat(120)])),
        ),
      ),
      text(END),
    ),
    true,
  ],
  [
    'right to left, and nothing seen',
    say(text(`\u202e\u2066evil\u2069\u200b\u200d\ufeff ${END} \u0000\ud800`)),
    false,
  ],
  [
    'fences that do not close',
    say(text('```js\n``` ` ```` **'), { kind: 'code', code: `\`\`\`\n${END}\n\`\`` }),
    false,
  ],
  [
    'mentions within mentions',
    say(
      text(
        `@everyone @room <@<@&1>> <@!1> @here [x](https://matrix.to/#/@a:b) <a href="https://matrix.to/#/@a:b"> ${END}`,
      ),
    ),
    false,
  ],
];

function judge({ shown, whole, isTable, pinged }: Outcome, message: Message, isLong: boolean): void {
  expect(shown).toContain('KMD is down');
  expect(pinged).toBe(0);
  expect(`${shown}\n${whole ?? ''}`).toContain(END);
  if (isLong) expect(whole).toContain(END);
  if (message.blocks.some(({ kind }) => kind === 'table')) {
    expect(isTable).toBe(true);
    expect(shown).toContain('node-0');
  }
}

describe('Discord', () => {
  let discord: Discord;
  let platform: ChatPlatform;
  beforeAll(async () => {
    discord = await startDiscord({ limits: false });
    platform = await openDiscord(discord);
  });
  afterAll(async () => {
    await platform?.[Symbol.asyncDispose]();
    await discord?.[Symbol.asyncDispose]();
  });

  test.each(CASES)('takes %s', async (name, message, isLong) => {
    const posted = await platform.post(
      { kind: 'room', id: discord.channelId },
      message,
      `d${name}`.slice(0, 20),
    );
    const stored = discord.message(posted.id);
    if (!stored) throw new Error('it is not there');
    const shown = shownMessage(stored);
    const [file] = stored.attachments;
    const { everyone, users, roles } = stored.pinged as unknown as Record<string, unknown[] | boolean>;
    judge(
      {
        shown,
        whole: file && Buffer.from(file.bytes).toString(),
        // Rows one below the other, in letters of one width.
        isTable: /```[^`]*\nnode-0 +x/u.test(stored.embeds.map(({ description }) => description).join('\n')),
        pinged: [
          everyone === true,
          ...[users, roles].flatMap((list) => (Array.isArray(list) ? list : [])),
        ].filter(Boolean).length,
      },
      message,
      isLong,
    );
  });
});

describe('Matrix', () => {
  let synapse: RunningSynapse;
  let stage: Cast;
  let platform: ChatPlatform;
  beforeAll(async () => {
    synapse = await startSynapse();
    stage = await cast(synapse);
    platform = await stage.platform(createListenerProbe());
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await synapse?.[Symbol.asyncDispose]();
  });

  test.each(CASES)('takes %s', async (name, message, isLong) => {
    const posted = await platform.post({ kind: 'room', id: stage.roomId }, message, `m${name}`);
    const events = await eventsOf(stage.alice, stage.roomId);
    const at = events.findIndex(({ event_id }) => event_id === posted.id);
    const event = events[at];
    if (!event) throw new Error('it is not there');
    const file = events[at + 1]?.content as unknown as { msgtype?: string; url?: string } | undefined;
    const download = `${synapse.url}/_matrix/client/v1/media/download/${file?.url?.replace('mxc://', '')}`;
    const headers = { authorization: `Bearer ${stage.alice.accessToken}` };
    const mentions = (event.content as unknown as { 'm.mentions'?: { user_ids?: string[]; room?: boolean } })[
      'm.mentions'
    ];
    judge(
      {
        shown: shownOf(event),
        whole: file?.msgtype === 'm.file' ? await (await fetch(download, { headers })).text() : undefined,
        isTable: JSON.stringify(event.content).includes('<table>'),
        pinged: (mentions?.user_ids ?? []).length + (mentions?.room ? 1 : 0),
      },
      message,
      isLong,
    );
  });
});
