import { GatewayOpcodes } from 'discord-api-types/v10';
import type { Connection, Payload } from './connection.ts';
import type { Announcement } from './world.ts';

const REMEMBERED = 1000;

/** What a client identified: outlives its connection, so that it can be resumed. */
export interface Session {
  readonly id: string;
  readonly intents: number;
  readonly identifiedAt: Date;
  readonly sequence: number;
  readonly resumes: number;
  connection: Connection | undefined;
  /** Sends what the session may see, or keeps it until it resumes. */
  dispatch(announcement: Announcement): void;
  /** Whether everything after `sequence` is still remembered. */
  canReplay(sequence: number): boolean;
  /** Takes a new connection and sends what it missed. */
  resume(connection: Connection, sequence: number): void;
}

export function createSession(intents: number, connection: Connection): Session {
  const sent: (Payload & { readonly s: number })[] = [];
  let sequence = 0;
  let resumes = 0;
  const session: Session = {
    id: crypto.randomUUID().replaceAll('-', ''),
    intents,
    identifiedAt: new Date(),
    connection,
    get sequence() {
      return sequence;
    },
    get resumes() {
      return resumes;
    },
    dispatch(announcement) {
      const d = announcement.view(intents);
      if (d === undefined) return;
      sequence += 1;
      const payload = { op: GatewayOpcodes.Dispatch, t: announcement.name, s: sequence, d };
      sent.push(payload);
      if (sent.length > REMEMBERED) sent.shift();
      session.connection?.send(payload);
    },
    canReplay: (from) => from === sequence || sent.some(({ s }) => s === from + 1),
    resume(next, from) {
      resumes += 1;
      session.connection = next;
      for (const payload of sent.filter(({ s }) => s > from)) next.send(payload);
      session.dispatch({ name: 'RESUMED', view: () => ({}) });
    },
  };
  return session;
}
