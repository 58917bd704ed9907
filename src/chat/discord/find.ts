import { z } from 'zod';

import { type Api, parse } from './api.ts';

const PAGE = 100;
const MOST_PAGES = 10;
const LOOK_BACK_MS = 24 * 3_600_000;

const Me = z.object({ id: z.string() });
const History = z.array(
  z.object({
    id: z.string(),
    timestamp: z.string(),
    author: z.object({ id: z.string() }),
    embeds: z.array(z.object({ footer: z.object({ text: z.string() }).optional() })).optional(),
  }),
);

/**
 * Our own message in a channel that carries the key as the last word of its small print. Discord does not
 * promise to keep a nonce in the history, and only an embed's text is sure to come back as it was sent.
 * Looks through the newest 1,000 messages of the last day; needs Read Message History. Throws OutsideError.
 */
export async function findByKey(api: Api, channel: string, key: string): Promise<string | undefined> {
  const me = parse(Me, await api.get('/users/@me'));
  const oldest = Date.now() - LOOK_BACK_MS;
  let before: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { limit: String(PAGE), ...(before !== undefined && { before }) };
    const messages = parse(History, await api.get(`/channels/${channel}/messages`, query));
    const found = messages.find(
      ({ author, embeds }) => author.id === me.id && embeds?.some((embed) => carries(embed, key)),
    );
    if (found) return found.id;
    const last = messages.at(-1);
    if (!last || messages.length < PAGE || Date.parse(last.timestamp) < oldest) return undefined;
    before = last.id;
  }
  return undefined;
}

const carries = (
  { footer }: { readonly footer?: { readonly text: string } | undefined },
  key: string,
): boolean => footer?.text.split(/\s/u).at(-1) === key;
