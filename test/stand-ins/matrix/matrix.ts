import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { createFaults, type Faults, type Trouble } from './faults.ts';
import { limited, Refusal } from './refusal.ts';
import { ROUTES } from './routes.ts';
import { createWorld, latestEdit, type MatrixEvent, relationOf, type World } from './world.ts';

export type { Fault, FaultPlan } from './faults.ts';
export type { MatrixEvent, Room, World } from './world.ts';

/** A message as it stands: what the latest edit made of it. */
export interface Standing {
  readonly event: MatrixEvent;
  readonly body: string;
  readonly edits: number;
}

/** A small homeserver of our own; see the README beside this file. */
export interface Matrix extends AsyncDisposable {
  readonly url: string;
  readonly world: World;
  readonly faults: Pick<Faults, 'add' | 'clear'>;
  /** How often each status was given. */
  readonly statuses: ReadonlyMap<number, number>;
  /** The bot's messages in a room, oldest first, edits applied. */
  messages(roomId: string): readonly Standing[];
  /** Somebody writes. */
  say(roomId: string, sender: string, body: string): MatrixEvent;
  react(roomId: string, sender: string, eventId: string, emoji: string): MatrixEvent;
  /** An outage: connections are cut and refused, until `restore`. */
  refuse(): Promise<void>;
  restore(): Promise<void>;
}

interface Given {
  readonly status: number;
  readonly body: object;
}

/** Starts it on 127.0.0.1 and resolves once it listens. */
export async function startMatrix({ world = createWorld() }: { world?: World } = {}): Promise<Matrix> {
  const faults = createFaults();
  const statuses = new Map<number, number>();
  const sockets = new Set<Socket>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const method = request.method ?? 'GET';
    const body = await bodyOf(request);
    const path = url.pathname.replace(/^\/_matrix\//, '');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const run = (): Promise<Given> => {
      if (request.headers.authorization !== `Bearer ${world.bot.accessToken}`)
        return Promise.resolve(givenBy(new Refusal(401, 'M_UNKNOWN_TOKEN', 'Unrecognised access token')));
      return answer(world, { method, path, query: url.searchParams, body, gone: gone.signal });
    };
    const trouble = faults.strike({ method, path: decodeURIComponent(path) });
    const given = await under(trouble, run, gone.signal);
    if (!given) {
      request.socket.resetAndDestroy();
      return;
    }
    statuses.set(given.status, (statuses.get(given.status) ?? 0) + 1);
    response.writeHead(given.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(given.body));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  const roomNamed = (id: string) => {
    const room = world.rooms.get(id);
    if (!room) throw new Error(`there is no room ${id}`);
    return room;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    world,
    faults,
    statuses,
    messages: (roomId) =>
      standing(
        world,
        roomNamed(roomId).events.map(({ event }) => event),
      ),
    say: (roomId, sender, body) =>
      world.append(roomNamed(roomId), {
        type: 'm.room.message',
        sender,
        content: { msgtype: 'm.text', body },
      }),
    react: (roomId, sender, eventId, emoji) =>
      world.append(roomNamed(roomId), {
        type: 'm.reaction',
        sender,
        content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: emoji } },
      }),
    refuse: shut,
    restore: () => (server.listening ? Promise.resolve() : listen(port)),
    async [Symbol.asyncDispose]() {
      await shut();
      faults.clear();
    },
  };
}

function standing(world: World, events: readonly MatrixEvent[]): Standing[] {
  const own = events.filter(
    (event) =>
      event.type === 'm.room.message' &&
      event.sender === world.bot.userId &&
      !event.redacted &&
      relationOf(event).rel_type === undefined &&
      event.content['msgtype'] !== 'm.file',
  );
  return own.map((event) => {
    const edits = (world.relations.get(event.event_id) ?? []).filter(
      (one) => relationOf(one).rel_type === 'm.replace',
    );
    const now = latestEdit(world, event)?.content['m.new_content'] ?? event.content;
    return { event, body: (now as { readonly body: string }).body, edits: edits.length };
  });
}

async function answer(
  world: World,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly body: Readonly<Record<string, unknown>>;
    readonly gone: AbortSignal;
  },
): Promise<Given> {
  try {
    for (const [method, path, handle] of ROUTES) {
      const found = method === asked.method ? path.exec(asked.path) : null;
      if (!found) continue;
      const words = found.slice(1).map(decodeURIComponent);
      return { status: 200, body: await handle({ world, words, ...asked }) };
    }
    throw new Refusal(404, 'M_UNRECOGNIZED', `Unrecognized request ${asked.method} ${asked.path}`);
  } catch (error) {
    if (error instanceof Refusal) return givenBy(error);
    throw error;
  }
}

const givenBy = ({ status, body }: Refusal): Given => ({ status, body });

/** Carries the call out as its trouble allows; undefined when the connection is to be cut instead. */
async function under(
  trouble: Trouble | undefined,
  run: () => Promise<Given>,
  gone: AbortSignal,
): Promise<Given | undefined> {
  switch (trouble?.kind) {
    case undefined:
      return run();
    case 'drop-before':
      return undefined;
    case 'drop-after':
      await run();
      return undefined;
    case 'hang':
      if (trouble.effect) await run();
      await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
      return undefined;
    case 'rate-limit':
      return givenBy(limited(trouble.retryAfterMs));
    case 'status':
      if (trouble.effect) await run();
      return givenBy(new Refusal(trouble.status, trouble.errcode ?? 'M_UNKNOWN', 'Internal server error'));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  if (!request.headers['content-type']?.startsWith('application/json') || chunks.length === 0) return {};
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}
