import type { IncomingMessage } from 'node:http';
import { GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';
import { fieldsOf } from './complaints.ts';
import { createConnection } from './connection.ts';
import type { Payload } from './connection.ts';
import type { Context } from './context.ts';
import { createConversing } from './conversation.ts';
import type { Conversation, Sessions } from './conversation.ts';
import { closeReasons, toGuildEvent } from './identify.ts';
import type { Session } from './session.ts';
import type { Listener } from './world.ts';

export type SessionView = Pick<Session, 'id' | 'intents' | 'identifiedAt' | 'sequence' | 'resumes'> & {
  readonly connected: boolean;
};

export interface GatewayClose {
  readonly code: number;
  readonly at: Date;
  readonly by: 'client' | 'server';
}

/** The gateway from the outside: what is connected, and what may be done to it. */
export interface Gateway {
  readonly sessions: readonly SessionView[];
  readonly closes: readonly GatewayClose[];
  /** The newest presence the bot set, by IDENTIFY or by op 3. */
  readonly presence: unknown;
  /** Closes every connection with this code. */
  close(code: number, reason?: string): void;
  /** Cuts every connection without a close frame. */
  drop(): void;
  stopAcks(): void;
  resumeAcks(): void;
  /** Asks for a heartbeat now (op 1). */
  requestHeartbeat(): void;
  /** Asks to reconnect and resume (op 7). */
  reconnect(): void;
  /** Says that the session is invalid (op 9); a resumable one may be resumed. */
  invalidate(how: { readonly resumable: boolean }): void;
  /** No session known by now can be resumed. */
  forget(): void;
  /** Closes identifies with this code from now on; without one, takes them again. */
  refuseIdentify(code?: number): void;
  /** GUILD_CREATE for a guild that did not arrive; GUILD_DELETE (unavailable) for one that did. */
  deliverGuild(): void;
  withdrawGuild(): void;
  /** Resolves once this many sessions are connected. */
  ready(count?: number, timeoutMs?: number): Promise<void>;
}

export interface GatewayServer {
  readonly control: Gateway;
  accept(socket: WebSocket, request: IncomingMessage): void;
  stop(): void;
}

export function createGateway(context: Context, guildArrives: boolean): GatewayServer {
  const { world, windows } = context;
  const sessions: Sessions = new Map();
  const talks = new Set<Conversation>();
  const closes: GatewayClose[] = [];
  const converse = createConversing(context, sessions, guildArrives);
  const { mood } = converse;

  const connected = (): Session[] => [...sessions.values()].filter(({ connection }) => connection?.open);
  const listener: Listener = (announcement) => {
    for (const session of sessions.values()) session.dispatch(announcement);
    return connected().length;
  };
  world.listeners.add(listener);

  const guild = (arrives: boolean): void => {
    const name = arrives ? 'GUILD_CREATE' : 'GUILD_DELETE';
    listener({ name, view: (intents) => toGuildEvent(context, intents, arrives) });
  };

  const closed = (talk: Conversation, code: number, by: 'client' | 'server'): void => {
    talks.delete(talk);
    closes.push({ code, at: new Date(), by });
    const { session } = talk;
    if (session && session.connection === talk.connection) {
      session.connection = undefined;
      const ended = by === 'client' && (code === 1000 || code === 1001);
      if (ended) sessions.delete(session.id);
      else setTimeout(() => session.connection ?? sessions.delete(session.id), windows.resumeMs).unref();
    }
    world.changes.tell();
  };

  // A client that stops beating is closed, as Discord does.
  const watch = setInterval(() => {
    for (const { connection, lastHeartbeatMs } of talks) {
      if (Date.now() - lastHeartbeatMs > windows.heartbeatMs * 2) connection.close(4009, closeReasons[4009]);
    }
  }, windows.heartbeatMs).unref();

  const tellAll = (payload: Payload): void => {
    for (const { connection } of talks) connection.send(payload);
  };
  const dropAll = (): void => {
    for (const { connection } of talks) connection.drop();
  };

  return {
    accept(socket, request) {
      const query = new URL(request.url ?? '/', world.host.origin).searchParams;
      const connection = createConnection(socket, query.get('compress') === 'zlib-stream', {
        received: (payload) => converse.receive(talk, payload, fieldsOf(payload.d)),
        closed: (code, by) => closed(talk, code, by),
      });
      const talk: Conversation = { connection, lastHeartbeatMs: Date.now() };
      talks.add(talk);
      if (query.get('v') !== '10') return connection.close(4012, closeReasons[4012]);
      if ((query.get('encoding') ?? 'json') !== 'json') return connection.close(4002, closeReasons[4002]);
      const d = { heartbeat_interval: windows.heartbeatMs, _trace: [] };
      return connection.send({ op: GatewayOpcodes.Hello, d });
    },
    stop() {
      clearInterval(watch);
      world.listeners.delete(listener);
      dropAll();
    },
    control: {
      get sessions() {
        return [...sessions.values()].map(viewOf);
      },
      get presence() {
        return mood.presence;
      },
      closes,
      close(code, reason) {
        for (const { connection } of talks) connection.close(code, reason ?? closeReasons[code]);
      },
      drop: dropAll,
      stopAcks: () => void (mood.acks = false),
      resumeAcks: () => void (mood.acks = true),
      requestHeartbeat: () => tellAll({ op: GatewayOpcodes.Heartbeat }),
      reconnect: () => tellAll({ op: GatewayOpcodes.Reconnect }),
      invalidate({ resumable }) {
        if (!resumable) sessions.clear();
        tellAll({ op: GatewayOpcodes.InvalidSession, d: resumable });
      },
      forget: () => sessions.clear(),
      refuseIdentify: (code) => void (mood.refuseWith = code),
      deliverGuild: () => guild(true),
      withdrawGuild: () => guild(false),
      async ready(count = 1, timeoutMs = 5000) {
        await world.changes.until(
          () => connected().length >= count,
          timeoutMs,
          `${count} gateway session(s)`,
        );
      },
    },
  };
}

function viewOf(session: Session): SessionView {
  const { id, intents, identifiedAt, sequence, resumes, connection } = session;
  return { id, intents, identifiedAt, sequence, resumes, connected: connection?.open ?? false };
}
