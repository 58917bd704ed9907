import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import { type Block, type Choice, type Message, choices, fields, table, text } from '#src/domain/message.ts';
import type { Address, ChatPlatform, Posted } from '#src/domain/platform.ts';

import { type ListenerProbe, createListenerProbe, saidWords } from './listener-probe.ts';

/** One of Tocsin's messages as its readers see it now, after all edits. */
export interface Standing {
  readonly id: string;
  /** What a client displays, markup interpreted as clients do it, flattened to text. Invisible characters do not matter. */
  readonly shown: string;
  /** Accounts that were notified because of it, by the post or by an edit; `everyone` for a whole room. */
  readonly pinged: readonly string[];
}

/** A running platform and the hands and eyes of a person on it. */
export interface PlatformHarness extends AsyncDisposable {
  /** Started with the listener that the harness was opened with, and up. */
  readonly platform: ChatPlatform;
  /** A room in which the person is. Absent where there are direct messages only. */
  readonly room?: Extract<Address, { kind: 'room' }>;
  /** Known to the listener. Absent where the platform has no direct messages. */
  readonly direct?: Extract<Address, { kind: 'direct' }>;
  /** The account of the person. */
  readonly handle: string;
  /** Well-formed, in the room, and not there. */
  readonly missing: Posted;
  /** Tocsin's own messages at this address, oldest first; follow-ups such as attachments left out. */
  read(at: Address): Promise<readonly Standing[]>;
  /** As the person, in the room: gives the command, in the platform's own way. */
  type(words: readonly string[]): Promise<void>;
  /** As the person: chooses. */
  press(posted: Posted, choice: Choice): Promise<void>;
  /** The answers that the person sees, wherever they arrive, oldest first. */
  answers(): Promise<readonly Standing[]>;
}

export type OpenHarness = (listener: ListenerProbe) => Promise<PlatformHarness>;

/** Each would do harm, or vanish, on some platform if it were not shown as plain text. */
export const hostileTexts = [
  '<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)>',
  '&lt;already&gt; &amp; escaped',
  '**bold** __under__ ~~struck~~ ||spoiler|| _it_ `code`',
  '[label](https://example.org/x)',
  '```\nfence\n```',
  '# heading',
  '> quoted',
  '- item',
  '"><a href="https://example.org">x</a>',
  'a\\*b \\ back\\\\slash',
] as const;

/** None of these may notify anybody when it stands in a text. */
export const pingTexts = ['@everyone', '@here', '@room', '@channel'] as const;

// Zero-width space, joiners, word joiner, byte order mark, emoji presentation.
const INVISIBLE = /\u200b|\u200c|\u200d|\u2060|\ufeff|\ufe0f/gu;
const seen = (shown: string): string => shown.replaceAll(INVISIBLE, '');

let turn = 0;
const unique = (noun: string): string => `${noun}-${process.pid}-${Date.now().toString(36)}-${turn++}`;
const say = (title: string, ...blocks: Block[]): Message => ({ tone: 'neutral', title, blocks });

const everywhere = (words: string): Message => ({
  tone: 'warning',
  title: `T ${words}`.replaceAll('\n', ' '),
  blocks: [
    text(`P ${words}`),
    fields({ [`N ${words}`.replaceAll('\n', ' ')]: `V ${words}` }),
    table(['head'], [[`C ${words}`.replaceAll('\n', ' ')]]),
    { kind: 'code', code: `K ${words}` },
    { kind: 'link', label: `L ${words}`.replaceAll('\n', ' '), url: 'https://example.org/' },
  ],
  footer: `F ${words}`,
});

/** What every chat platform promises, tried on a running one. */
export function platformConformance(name: string, open: OpenHarness): void {
  describe(`${name} as a chat platform`, () => {
    let harness: PlatformHarness;
    let listener: ListenerProbe;

    beforeAll(async () => {
      listener = createListenerProbe();
      harness = await open(listener);
    });
    afterAll(async () => {
      await harness?.[Symbol.asyncDispose]();
    });

    /** The room, or where there is none the person. */
    const home = (): Address => {
      const at = harness.room ?? harness.direct;
      if (!at) throw new Error('the harness has neither a room nor a person');
      return at;
    };
    const post = (message: Message, key = unique('key'), to: Address = home()): Promise<Posted> =>
      harness.platform.post(to, message, key);
    const standing = async (posted: Posted, at: Address = home()): Promise<Standing> => {
      const found = (await harness.read(at)).find((one) => one.id === posted.id);
      expect(found, 'the message stands').toBeDefined();
      return found as Standing;
    };
    const withTitle = async (title: string): Promise<readonly Standing[]> =>
      (await harness.read(home())).filter((one) => seen(one.shown).includes(title));

    test('is up', async () => {
      expect(await harness.platform.settled()).toEqual({ up: true });
      expect(harness.platform.condition()).toEqual({ up: true });
    });

    test('shows every kind of block', async () => {
      const title = unique('title');
      const posted = await post({
        tone: 'critical',
        title,
        blocks: [
          text('first line\nsecond line'),
          fields({ Height: '974458', Seat: 'alright_DEV' }),
          table(
            ['service', 'state'],
            [
              ['KMD', 'down'],
              ['LTC', 'up'],
            ],
          ),
          { kind: 'code', code: 'error: -28' },
          { kind: 'link', label: 'the release', url: 'https://example.org/release?a=1&b=2' },
          choices({ label: 'Acknowledge', emoji: '👍', words: ['ack', 'a1'] }),
        ],
        footer: 'alert a1',
      });
      expect(posted.platform).toBe(harness.platform.id);
      const { shown } = await standing(posted);
      const words = [
        'first line',
        'second line',
        'Height',
        '974458',
        'Seat',
        'service',
        'KMD',
        'down',
        'LTC',
      ];
      for (const word of [title, ...words, 'error: -28', 'the release', 'alert a1']) {
        expect(seen(shown)).toContain(word);
      }
    });

    test('writes to a person', async (context) => {
      context.skip(harness.direct === undefined, 'no direct messages here');
      const direct = harness.direct as Address;
      if (harness.platform.can.repeat === false) {
        const posted = await post(say(unique('direct')), unique('key'), direct);
        expect((await standing(posted, direct)).id).toBe(posted.id);
        return;
      }
      const title = unique('direct');
      const key = unique('key');
      const [posted, again] = await Promise.all([
        post(say(title), key, direct),
        post(say(title), key, direct),
      ]);
      expect(again).toEqual(posted);
      expect((await harness.read(direct)).filter((one) => one.shown.includes(title))).toHaveLength(1);
    });

    test('sends once per key', async (context) => {
      context.skip(harness.platform.can.repeat === false, 'knows no keys');
      const title = unique('once');
      const key = unique('key');
      const posted = await post(say(title), key);
      expect(await post(say(title), key)).toEqual(posted);
      expect(await withTitle(title)).toHaveLength(1);
    });

    test('sends once per key when asked several times at once', async (context) => {
      context.skip(harness.platform.can.repeat === false, 'knows no keys');
      const title = unique('at-once');
      const key = unique('key');
      const all = await Promise.all(Array.from({ length: 4 }, () => post(say(title), key)));
      expect(new Set(all.map((one) => one.id)).size).toBe(1);
      expect(await withTitle(title)).toHaveLength(1);
    });

    test('sends again under another key', async () => {
      const title = unique('twice');
      const [one, two] = [await post(say(title)), await post(say(title))];
      expect(one.id).not.toBe(two.id);
      expect(await withTitle(title)).toHaveLength(2);
    });

    test('an edit replaces the message, also back to what it once was', async (context) => {
      context.skip(!harness.platform.can.edit, 'edits nothing');
      const [before, after] = [unique('before'), unique('after')];
      const posted = await post(say(before, text('old words')));
      await harness.platform.edit(posted, say(after, text('new words')));
      const edited = seen((await standing(posted)).shown);
      expect(edited).toContain(after);
      expect(edited).not.toContain(before);
      expect(edited).not.toContain('old words');
      await harness.platform.edit(posted, say(before, text('old words')));
      await harness.platform.edit(posted, say(after, text('new words')));
      expect(seen((await standing(posted)).shown)).toContain(after);
      expect(await withTitle(after)).toHaveLength(1);
    });

    test('an edit of what is gone is told apart', async (context) => {
      context.skip(!harness.platform.can.edit, 'edits nothing');
      const failure = await harness.platform.edit(harness.missing, say('x')).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(OutsideError);
      expect(failure).toMatchObject({ system: harness.platform.id, reason: 'not-found', retryable: false });
    });

    test('a mention notifies that person once, an edit nobody', async (context) => {
      context.skip(harness.room === undefined, 'who is written to is notified in any case');
      const mentions = [{ name: 'Someone', handles: { [harness.platform.id]: harness.handle } }];
      const posted = await post({ ...say(unique('mention')), mentions });
      expect((await standing(posted)).pinged).toEqual([harness.handle]);
      const plain = await post(say(unique('plain')));
      await harness.platform.edit(plain, { ...say(unique('edited')), mentions });
      expect((await standing(plain)).pinged).toEqual([]);
    });

    test('a mention beside @everyone and @room notifies that person only', async (context) => {
      context.skip(harness.room === undefined, 'who is written to is notified in any case');
      const mentions = [{ name: 'Someone', handles: { [harness.platform.id]: harness.handle } }];
      const posted = await post({ ...everywhere(pingTexts.join(' ')), mentions });
      expect((await standing(posted)).pinged).toEqual([harness.handle]);
    });

    test.for(pingTexts)('%s in a text notifies nobody', async (words) => {
      const posted = await post(everywhere(`${words} ${harness.handle}`));
      if (harness.platform.can.edit) await harness.platform.edit(posted, everywhere(`${words} again`));
      const { pinged, shown } = await standing(posted);
      expect(pinged).toEqual([]);
      expect(seen(shown)).toContain(words);
    });

    test.for(hostileTexts)('%j shows as text', async (words) => {
      const posted = await post(everywhere(words));
      const shown = seen((await standing(posted)).shown);
      for (const place of ['P', 'V', 'F']) expect(shown).toContain(`${place} ${words}`);
      const line = words.replaceAll('\n', ' ');
      for (const place of ['T', 'N', 'C', 'L']) expect(shown).toContain(`${place} ${line}`);
      expect(shown).toContain(`K ${words}`);
    });

    test('a message beyond every limit still arrives', async () => {
      const title = unique('long');
      const rows = Array.from({ length: 2_000 }, (_, row) => [`node-${row}`, 'x'.repeat(40)]);
      const posted = await post(say(title, text('begins'), table(['node', 'why'], rows)));
      const { shown } = await standing(posted);
      expect(seen(shown)).toContain(title);
      expect(seen(shown)).toContain('begins');
    });

    test('hears a command and by whom', async (context) => {
      context.skip(!harness.platform.can.hear, 'hears nothing');
      const node = unique('node');
      const told = listener.expect((heard) => saidWords(heard.said).includes(node));
      await harness.type(['health', node]);
      const heard = await told;
      expect(saidWords(heard.said)).toEqual(['health', node]);
      expect(heard).toMatchObject({
        platform: harness.platform.id,
        handle: harness.handle,
        direct: false,
        room: harness.room?.id,
      });
      expect(heard.id).not.toBe('');
      expect(listener.heard.filter((one) => one.id === heard.id)).toHaveLength(1);
    });

    test('an answer arrives, and a second one after it', async (context) => {
      context.skip(!harness.platform.can.hear, 'hears nothing');
      const [node, first, second] = [unique('node'), unique('first'), unique('second')];
      const told = listener.expect(
        (heard) => saidWords(heard.said).includes(node),
        [say(first), say(second)],
      );
      await harness.type(['health', node]);
      await told;
      await expect
        .poll(async () => (await harness.answers()).map((one) => one.shown).join('\n'), { timeout: 5_000 })
        .toMatch(new RegExp(`${first}[^]*${second}`, 'u'));
    });

    test('a private answer reaches the person', async (context) => {
      context.skip(!harness.platform.can.hear, 'hears nothing');
      const title = unique('private');
      const told = listener.expect((heard) => saidWords(heard.said)[0] === 'link', [say(title)]);
      await harness.type(['link']);
      await told;
      await expect
        .poll(async () => (await harness.answers()).map((one) => one.shown).join('\n'), { timeout: 5_000 })
        .toContain(title);
      expect(await withTitle(title), 'nobody else in the room reads it').toEqual([]);
    });

    test('a choice says its words, by whoever chose, also after an edit changed the choices', async (context) => {
      context.skip(!harness.platform.can.choices, 'no choices');
      const [first, second] = [unique('a'), unique('b')];
      const ack: Choice = { label: 'Acknowledge', emoji: '👍', words: ['ack', first] };
      const later: Choice = { label: 'Look', emoji: '🔎', words: ['health', second] };
      const posted = await post(say(unique('choose'), choices(ack)));
      const pressed = listener.expect((heard) => saidWords(heard.said).includes(first));
      await harness.press(posted, ack);
      expect(saidWords((await pressed).said)).toEqual(['ack', first]);
      expect((await pressed).handle).toBe(harness.handle);

      await harness.platform.edit(posted, say(unique('chosen'), choices(later)));
      const again = listener.expect((heard) => saidWords(heard.said).includes(second));
      await harness.press(posted, later);
      expect(saidWords((await again).said)).toEqual(['health', second]);
    });

    test('refuses a room where it knows people only', async (context) => {
      context.skip(harness.room !== undefined, 'has rooms');
      await expect(post(say('x'), unique('key'), { kind: 'room', id: '1' })).rejects.toMatchObject({
        system: harness.platform.id,
        reason: 'rejected',
      });
    });

    test('ends within two seconds, and then refuses', async () => {
      const began = performance.now();
      await harness.platform[Symbol.asyncDispose]();
      expect(performance.now() - began).toBeLessThan(2_000);
      await expect(post(say('too late'))).rejects.toBeInstanceOf(OutsideError);
    });
  });
}
