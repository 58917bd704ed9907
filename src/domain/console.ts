import { keyOf } from './key.ts';
import type { Choice, Message } from './message.ts';
import type { OperatorId } from './operator.ts';
import type { Address } from './platform.ts';

/** What stands in a place of the trial page: a message of Tocsin's, a line somebody typed, a button somebody pressed. */
export interface ConsolePost {
  readonly id: string;
  /** Where it stands, as `channelOf` names it. */
  readonly channel: string;
  readonly at: string;
  readonly body:
    | { readonly kind: 'message'; readonly message: Message }
    | { readonly kind: 'line'; readonly by: OperatorId; readonly line: string }
    | { readonly kind: 'press'; readonly by: OperatorId; readonly label: string };
  /** Whom it answers. */
  readonly replyTo?: OperatorId | undefined;
  /** The only one who sees it. */
  readonly only?: OperatorId | undefined;
  /** Grows with every edit. */
  readonly revision: number;
}

/** The posts of the page's places; each place keeps a bounded number of the latest. */
export interface ConsolePosts {
  /** Adds it unless one with its id stands there already; resolves with what stands. Atomic. */
  add(post: ConsolePost): Promise<ConsolePost>;
  /** Replaces the message of a post; undefined when it is gone. */
  edit(channel: string, id: string, message: Message): Promise<ConsolePost | undefined>;
  get(channel: string, id: string): Promise<ConsolePost | undefined>;
  /** Oldest first. */
  list(channel: string): Promise<readonly ConsolePost[]>;
}

/** The people's side of the page: what they read, type and press. */
export interface Console {
  /** Calls `changed` with each new or edited post; the answer ends it. */
  follow(changed: (post: ConsolePost) => void): () => void;
  /** What this reader may see of a place, oldest first. Throws UserError when it is not theirs to read. */
  read(reader: OperatorId, channel: string): Promise<readonly ConsolePost[]>;
  /** On record when it resolves; the answer comes as a post. Throws UserError. */
  say(by: OperatorId, channel: string, line: string): Promise<void>;
  /** Presses the button whose `choiceId` this is, if the post still has it. Throws UserError. */
  press(by: OperatorId, channel: string, post: string, choice: string): Promise<void>;
  /** Whole lines that what has been typed may become, at most fifteen. */
  complete(by: OperatorId, typed: string): Promise<readonly string[]>;
}

/** Names a place of the page: `room:<id>` or `direct:<operator>`. */
export const channelOf = (address: Address): string =>
  address.kind === 'room' ? `room:${address.id}` : `direct:${address.handle}`;

/** Whether somebody may look into a place: rooms are open, direct messages are one's own. */
export const mayRead = (reader: OperatorId, channel: string): boolean =>
  channel.startsWith('room:') || channel === `direct:${reader}`;

/** Whether somebody sees a post. */
export const sees = (reader: OperatorId, post: ConsolePost): boolean =>
  mayRead(reader, post.channel) && (post.only === undefined || post.only === reader);

/** Names a button by what it says when pressed, so that an edit in between cannot swap one for another. */
export const choiceId = (choice: Choice): string => keyOf(...choice.words);
