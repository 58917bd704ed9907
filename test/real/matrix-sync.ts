import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

export interface RoomEvent {
  readonly roomId: string;
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  readonly sentAtMs: number;
  readonly content: Readonly<Record<string, unknown>>;
  /** The message's words; of an edit, the new ones; empty for everything that is no message. */
  readonly text: string;
  /** What the event hangs on: an edit, a reaction (with its key) or a thread; replies have no kind. */
  readonly relation?: { readonly kind?: string; readonly to: string; readonly key?: string };
}

export interface MatrixSync {
  readonly events: readonly RoomEvent[];
  until(predicate: (event: RoomEvent) => boolean, timeoutMs: number): Promise<RoomEvent>;
  untilInvited(by: string, timeoutMs: number): Promise<string>;
  end(): Promise<void>;
}

export interface SyncOptions {
  readonly url: string;
  readonly accessToken: string;
  readonly invited: (roomId: string) => Promise<void>;
}

const Event = z.looseObject({
  type: z.string(),
  event_id: z.string(),
  sender: z.string(),
  origin_server_ts: z.number(),
  content: z.record(z.string(), z.unknown()),
});
const Stripped = z.looseObject({ type: z.string(), sender: z.string(), state_key: z.string() });
const Synced = z.object({
  next_batch: z.string(),
  rooms: z
    .object({
      join: z.record(z.string(), z.object({ timeline: z.object({ events: z.array(Event) }) })).default({}),
      invite: z
        .record(z.string(), z.object({ invite_state: z.object({ events: z.array(Stripped) }) }))
        .default({}),
    })
    .prefault({}),
});
type Synced = z.infer<typeof Synced>;
const Words = z.object({ body: z.string() });
const Content = z.object({
  body: z.string().optional(),
  'm.new_content': Words.optional(),
  'm.relates_to': z
    .object({
      rel_type: z.string().optional(),
      event_id: z.string().optional(),
      key: z.string().optional(),
      'm.in_reply_to': z.object({ event_id: z.string() }).optional(),
    })
    .optional(),
});

const filter = JSON.stringify({ room: { timeline: { limit: 500 } }, presence: { types: [] } });
const pollMs = 20_000;

/** Follows /sync until its end; a homeserver that is away is asked again until it is back. */
export async function followSync({ url, accessToken, invited }: SyncOptions): Promise<MatrixSync> {
  const events: RoomEvent[] = [];
  const invitations = new Map<string, string>(); // room -> who invites
  const news = new EventEmitter().setMaxListeners(0);
  const ending = new AbortController();

  async function poll(since?: string): Promise<string> {
    const query = new URLSearchParams({ filter, timeout: since === undefined ? '0' : `${pollMs}` });
    if (since !== undefined) query.set('since', since);
    const answer = await fetch(`${url}/_matrix/client/v3/sync?${query.toString()}`, {
      headers: { authorization: `Bearer ${accessToken}` },
      signal: AbortSignal.any([ending.signal, AbortSignal.timeout(pollMs + 10_000)]),
    });
    if (!answer.ok) throw new Error(`sync: HTTP ${answer.status} ${await answer.text()}`);
    const synced = Synced.parse(await answer.json());
    await take(synced);
    return synced.next_batch;
  }

  async function take({ rooms }: Synced): Promise<void> {
    for (const [roomId, { timeline }] of Object.entries(rooms.join)) {
      events.push(...timeline.events.map((event) => roomEvent(roomId, event)));
    }
    for (const [roomId, { invite_state }] of Object.entries(rooms.invite)) {
      const membership = invite_state.events.findLast(({ type }) => type === 'm.room.member');
      invitations.set(roomId, membership?.sender ?? '');
    }
    news.emit('news');
    await Promise.all(Object.keys(rooms.invite).map((roomId) => invited(roomId).catch(() => undefined)));
  }

  let since = await poll();
  const following = (async () => {
    while (!ending.signal.aborted) {
      try {
        since = await poll(since);
      } catch {
        await pause(200, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
  })();

  async function until<Found>(
    look: () => Found | undefined,
    what: string,
    timeoutMs: number,
  ): Promise<Found> {
    const bound = AbortSignal.timeout(timeoutMs);
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    const check = (): void => {
      const found = look();
      if (found !== undefined) resolve(found);
    };
    const late = (): void => {
      const seen = events.map(({ sender, type, text }) => `${sender} ${type} ${text}`).join('\n');
      reject(new Error(`no ${what} within ${timeoutMs} ms; seen:\n${seen}`));
    };
    news.on('news', check);
    bound.addEventListener('abort', late);
    check();
    return promise.finally(() => {
      news.off('news', check);
      bound.removeEventListener('abort', late);
    });
  }

  return {
    events,
    until: (predicate, timeoutMs) => until(() => events.find(predicate), 'such event', timeoutMs),
    untilInvited: (by, timeoutMs) =>
      until(() => [...invitations].find(([, who]) => who === by)?.[0], `invitation by ${by}`, timeoutMs),
    async end() {
      ending.abort();
      await following;
    },
  };
}

function roomEvent(roomId: string, event: z.infer<typeof Event>): RoomEvent {
  const content = Content.safeParse(event.content).data;
  const related = content?.['m.relates_to'];
  const to = related?.event_id ?? related?.['m.in_reply_to']?.event_id;
  return {
    roomId,
    eventId: event.event_id,
    type: event.type,
    sender: event.sender,
    sentAtMs: event.origin_server_ts,
    content: event.content,
    text: content?.['m.new_content']?.body ?? content?.body ?? '',
    ...(to === undefined ? {} : { relation: { ...kindAndKey(related), to } }),
  };
}

function kindAndKey(related?: { rel_type?: string | undefined; key?: string | undefined }): {
  kind?: string;
  key?: string;
} {
  return {
    ...(related?.rel_type === undefined ? {} : { kind: related.rel_type }),
    ...(related?.key === undefined ? {} : { key: related.key }),
  };
}
