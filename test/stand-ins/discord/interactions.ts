import type { InteractionType, Snowflake } from 'discord-api-types/v10';
import { recordOfToken, tokenFor } from './interaction-record.ts';
import type { InteractionRecord } from './interaction-record.ts';
import { toInteractionCreate } from './interaction-payload.ts';
import { Refusal, refusals } from './refusal.ts';
import type { StoredMessage } from './shelf.ts';
import type { Channel, World } from './world.ts';

/** How long Discord waits, in milliseconds. */
export interface InteractionWindows {
  readonly firstResponseMs: number;
  readonly tokenMs: number;
}

export interface Begun {
  readonly type: InteractionType;
  readonly userId: Snowflake;
  readonly channel: Channel;
  readonly data: object;
  readonly commandName?: string;
  readonly source?: StoredMessage;
}

/** Starts an interaction: it goes to every session, and fails unless answered in time. */
export function beginInteraction(world: World, windows: InteractionWindows, begun: Begun): InteractionRecord {
  const id = world.snowflakes.next();
  const record: InteractionRecord = {
    id,
    token: tokenFor(id),
    type: begun.type,
    userId: begun.userId,
    channelId: begun.channel.id,
    createdAt: new Date(),
    followUpIds: [],
    refusals: [],
    ...(begun.commandName !== undefined && { commandName: begun.commandName }),
    ...(begun.source && { source: { messageId: begun.source.id, edits: begun.source.edits.length } }),
  };
  world.interactions.set(id, record);
  const payload = toInteractionCreate(world, record, begun);
  const heard = world.announce({ name: 'INTERACTION_CREATE', view: () => payload });
  record.deadline = setTimeout(() => {
    record.failed = heard > 0 ? 'no-response' : 'nobody-connected';
    world.changes.tell();
  }, windows.firstResponseMs).unref();
  world.changes.tell();
  return record;
}

/** The interaction behind a webhook token: 10015 before it was answered, 50027 after 15 minutes. */
export function answeredRecord(world: World, windows: InteractionWindows, token: string): InteractionRecord {
  const record = recordOfToken(world, token);
  if (!record) throw refusals.unknownWebhook();
  return noting(world, record, () => {
    if (Date.now() - record.createdAt.getTime() > windows.tokenMs) throw refusals.invalidWebhookToken();
    if (!record.response) throw refusals.unknownWebhook();
    return record;
  });
}

/** Runs it, and writes a refusal into the interaction's record on its way out. */
export function noting<T>(world: World, record: InteractionRecord, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) {
      record.refusals.push({ code: error.code, at: new Date() });
      world.changes.tell();
    }
    throw error;
  }
}
