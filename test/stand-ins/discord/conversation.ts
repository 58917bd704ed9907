import { GatewayOpcodes } from 'discord-api-types/v10';
import type { Fields } from './complaints.ts';
import type { Connection, Payload } from './connection.ts';
import type { Context } from './context.ts';
import { closeReasons, identifyRefusal, isToken, toGuildEvent, toReady } from './identify.ts';
import { membersChunk } from './members-chunk.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';

export type Sessions = Map<string, Session>;

/** One connection's way through HELLO, IDENTIFY or RESUME, and heartbeats. */
export interface Conversation {
  readonly connection: Connection;
  session?: Session;
  lastHeartbeatMs: number;
}

/** How the gateway behaves at the moment, and the presence it was told last. */
export interface Mood {
  acks: boolean;
  refuseWith: number | undefined;
  presence: unknown;
}

export interface Conversing {
  readonly mood: Mood;
  receive(talk: Conversation, payload: Payload, fields: Fields): void;
}

type Step = (talk: Conversation, fields: Fields) => void;

/** What the gateway does about each opcode a client may send. */
export function createConversing(context: Context, sessions: Sessions, guildArrives: boolean): Conversing {
  const { world } = context;
  const mood: Mood = { acks: true, refuseWith: undefined, presence: undefined };
  const heartbeat: Step = (talk) => {
    talk.lastHeartbeatMs = Date.now();
    if (mood.acks) talk.connection.send({ op: GatewayOpcodes.HeartbeatAck });
  };

  const identify: Step = (talk, fields) => {
    const code = talk.session ? 4005 : (mood.refuseWith ?? identifyRefusal(context, fields));
    if (code !== undefined) return close(talk, code);
    const session = createSession(Number(fields['intents']), talk.connection);
    sessions.set(session.id, session);
    talk.session = session;
    mood.presence = fields['presence'] ?? mood.presence;
    session.dispatch({ name: 'READY', view: () => toReady(context, session.id) });
    if (guildArrives) {
      session.dispatch({ name: 'GUILD_CREATE', view: (intents) => toGuildEvent(context, intents, true) });
    }
    return world.changes.tell();
  };

  const resume: Step = (talk, fields) => {
    if (!isToken(world.token, fields)) return close(talk, 4004);
    const session = sessions.get(String(fields['session_id']));
    const sequence = Number(fields['seq'] ?? 0);
    if (session && sequence > session.sequence) return close(talk, 4007);
    if (!session?.canReplay(sequence)) {
      return talk.connection.send({ op: GatewayOpcodes.InvalidSession, d: false });
    }
    session.connection?.drop();
    talk.session = session;
    session.resume(talk.connection, sequence);
    return world.changes.tell();
  };

  const atAnyTime = new Map<GatewayOpcodes, Step>([
    [GatewayOpcodes.Heartbeat, heartbeat],
    [GatewayOpcodes.Identify, identify],
    [GatewayOpcodes.Resume, resume],
  ]);
  const onceIdentified = new Map<GatewayOpcodes, Step>([
    [
      GatewayOpcodes.PresenceUpdate,
      (_talk, fields) => {
        mood.presence = fields;
        world.changes.tell();
      },
    ],
    [GatewayOpcodes.VoiceStateUpdate, () => {}],
    [
      GatewayOpcodes.RequestGuildMembers,
      (talk, fields) =>
        talk.session?.dispatch({ name: 'GUILD_MEMBERS_CHUNK', view: () => membersChunk(world, fields) }),
    ],
  ]);

  return {
    mood,
    receive(talk, { op }, fields) {
      const anyTime = atAnyTime.get(op);
      if (anyTime) return anyTime(talk, fields);
      if (!talk.session) return close(talk, 4003);
      const step = onceIdentified.get(op);
      return step ? step(talk, fields) : close(talk, 4001);
    },
  };
}

function close({ connection }: Conversation, code: number): void {
  connection.close(code, closeReasons[code]);
}
