import { shownMessage } from '#test/chat/discord/shown.ts';
import type { RunningTocsin } from '#test/real/tocsin.ts';
import type { Interaction, StoredMessage } from '#test/stand-ins/discord/discord.ts';

import type { DiscordStage, PersonName } from './fleet.ts';

export const NODE = 'alright-dev-corda';

/** What people do and read in the rooms. */
export function talkIn({ discord, handles, rooms }: DiscordStage) {
  const showing = (...words: readonly string[]): readonly StoredMessage[] =>
    [...discord.messages(rooms.notaries), ...discord.messages(rooms.ops)].filter((message) =>
      words.every((word) => shownMessage(message).includes(word)),
    );
  return {
    as: (name: PersonName) => discord.as(handles[name]),
    answer: async (asked: Interaction | Promise<Interaction>): Promise<string> =>
      shownMessage(await (await asked).replied()),
    showing,
    until: (withinMs: number, ...words: readonly string[]): Promise<StoredMessage> =>
      discord.until(() => showing(...words)[0], withinMs, words.join(', ')),
  };
}

interface Entry {
  readonly who: string;
  readonly what: string;
  readonly about?: string;
  readonly detail?: Readonly<Record<string, string>>;
}

/** Oldest first. */
export const auditOf = async (tocsin: RunningTocsin): Promise<readonly Entry[]> =>
  ((await tocsin.api('audit?limit=1000')).body as Entry[]).toReversed();

/** The steps of which the audit says so, in order. */
export const stepsSaid = async (tocsin: RunningTocsin, what: string): Promise<readonly string[]> =>
  (await auditOf(tocsin)).filter((entry) => entry.what === what).map(({ detail }) => detail?.['step'] ?? '');
