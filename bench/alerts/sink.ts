import { setTimeout as wait } from 'node:timers/promises';

import { type Discord, type LimitFigures, startDiscord } from '#test/stand-ins/discord/discord.ts';

/** Where both write to: a channel of a Discord stand-in, as bot or by webhook. */
export interface Sink extends AsyncDisposable {
  readonly discord: Discord;
  readonly channelId: string;
  /** For an incoming webhook, with its token. */
  readonly webhookUrl: string;
  /** Names written so far, each with when it could first be read (ms since 1970) and in how many messages it stands. */
  seen(): ReadonlyMap<string, Sighting>;
  /** Messages written. */
  messages(): number;
  /** 429 answers given. */
  refused(): number;
}

export interface Sighting {
  readonly at: number;
  readonly messages: number;
}

/** The same bucket for a bot's messages and a webhook's: Discord publishes neither; 5 in 2 s is what webhooks get today. */
export const DISCORD_LIKE: Partial<LimitFigures> = {
  globalPerSecond: 50,
  routes: [
    { method: 'POST', route: /^\/(channels\/\d+\/messages|webhooks\/\d+\/[^/]+)$/, limit: 5, perMs: 2_000 },
    { method: 'PATCH', route: /^\/channels\/\d+\/messages\/\d+$/, limit: 5, perMs: 2_000 },
  ],
};

const NAME = /\b[ab]\d{5}\b/g;
const LOOK_MS = 20;

/** Reads what is written as it comes, so that an edit later does not hide when a name was first there. */
export async function openSink(limits: false | Partial<LimitFigures>): Promise<Sink> {
  const discord = await startDiscord({ limits });
  const { channelId } = discord;
  const hook = discord.webhook(channelId);
  const read = new Map<string, number>();
  const seen = new Map<string, { at: number; messages: Set<string> }>();

  const look = (): void => {
    for (const { id, edits, content, embeds, attachments, createdAt } of discord.messages(channelId)) {
      if (read.get(id) === edits.length) continue;
      read.set(id, edits.length);
      const at = (edits.at(-1)?.at ?? createdAt).getTime();
      const files = attachments.map(({ bytes }) => bytes.toString());
      for (const [name] of [JSON.stringify([content, embeds]), ...files].join('\n').matchAll(NAME)) {
        const sighting = seen.get(name) ?? { at, messages: new Set() };
        seen.set(name, sighting);
        sighting.messages.add(id);
      }
    }
  };
  const ending = new AbortController();
  const looking = (async () => {
    while (!ending.signal.aborted) {
      look();
      await wait(LOOK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return {
    discord,
    channelId,
    webhookUrl: `${discord.api}/v10/webhooks/${hook.id}/${hook.token}`,
    seen() {
      look();
      return new Map([...seen].map(([name, { at, messages }]) => [name, { at, messages: messages.size }]));
    },
    messages: () => discord.messages(channelId).length,
    refused: () => [...discord.limits.given.values()].reduce((sum, count) => sum + count, 0),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await looking;
      await discord[Symbol.asyncDispose]();
    },
  };
}
