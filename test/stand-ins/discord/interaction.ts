import type { Snowflake } from 'discord-api-types/v10';
import { originalOf } from './interaction-record.ts';
import type {
  InteractionFailure,
  InteractionRecord,
  InteractionResponse,
  RefusedResponse,
} from './interaction-record.ts';
import { kindOf } from './interaction-payload.ts';
import type { InteractionKind } from './interaction-payload.ts';
import type { StoredMessage } from './shelf.ts';
import type { World } from './world.ts';

/** What became of something a person did; it follows the bot's answers as they come. */
export interface Interaction {
  readonly id: Snowflake;
  readonly token: string;
  readonly kind: InteractionKind;
  readonly userId: Snowflake;
  readonly channelId: Snowflake;
  readonly createdAt: Date;
  readonly response: InteractionResponse | undefined;
  /** The message the person sees as the answer, as it is now. */
  readonly original: StoredMessage | undefined;
  readonly followUps: readonly StoredMessage[];
  readonly failed: InteractionFailure | undefined;
  readonly refusals: readonly RefusedResponse[];
  /** The first response; rejects once Discord would show "The application did not respond". */
  answered(timeoutMs?: number): Promise<InteractionResponse>;
  /** The answer's message, once it is more than "thinking…". */
  replied(timeoutMs?: number): Promise<StoredMessage>;
  followedUp(count?: number, timeoutMs?: number): Promise<readonly StoredMessage[]>;
  /** The first response that was turned down. */
  refused(timeoutMs?: number): Promise<RefusedResponse>;
}

const PATIENCE_MS = 10_000;

export function toInteraction(world: World, record: InteractionRecord): Interaction {
  const { changes } = world;
  const name = `${kindOf(record.type)} ${record.commandName ?? record.id}`;
  const failing = (): void => {
    if (record.failed) throw new Error(`The application did not respond to ${name}: ${record.failed}`);
  };
  return {
    id: record.id,
    token: record.token,
    kind: kindOf(record.type),
    userId: record.userId,
    channelId: record.channelId,
    createdAt: record.createdAt,
    get response() {
      return record.response;
    },
    get original() {
      return originalOf(world, record);
    },
    get followUps() {
      return followUpsOf(world, record);
    },
    get failed() {
      return record.failed;
    },
    get refusals() {
      return record.refusals;
    },
    answered: (timeoutMs = PATIENCE_MS) =>
      changes.until(() => (failing(), record.response), timeoutMs, `an answer to ${name}`),
    replied: (timeoutMs = PATIENCE_MS) =>
      changes.until(() => (failing(), replyTo(world, record)), timeoutMs, `a reply to ${name}`),
    followedUp: (count = 1, timeoutMs = PATIENCE_MS) =>
      changes.until(
        () => (failing(), followUpsOf(world, record).length >= count && followUpsOf(world, record)),
        timeoutMs,
        `${count} follow-ups to ${name}`,
      ),
    refused: (timeoutMs = PATIENCE_MS) =>
      changes.until(() => record.refusals[0], timeoutMs, `a refused response to ${name}`),
  };
}

function followUpsOf(world: World, record: InteractionRecord): StoredMessage[] {
  return record.followUpIds.flatMap((id) => world.messages.get(id) ?? []);
}

/** The original, unless it still loads, or is the pressed message and was not edited since. */
function replyTo(world: World, record: InteractionRecord): StoredMessage | undefined {
  const kind = record.response?.kind;
  if (kind === 'choices' || kind === 'modal') throw new Error(`The answer was a ${kind}, not a message`);
  const original = originalOf(world, record);
  if (!original || original.loading) return undefined;
  const isSource = original.id === record.source?.messageId;
  return isSource && original.edits.length <= record.source.edits ? undefined : original;
}
