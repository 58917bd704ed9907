import type { Menu, Suggest } from './menu.ts';
import type { Message } from './message.ts';

/** Where on one platform a message goes: a room's id there, or a person's account there. */
export type Address =
  { readonly kind: 'room'; readonly id: string } | { readonly kind: 'direct'; readonly handle: string };

/** A message that stands on a platform; plain JSON, kept in the ledger so that it can be edited after a restart. */
export interface Posted {
  readonly platform: string;
  /** The channel or room it stands in. */
  readonly channel: string;
  readonly id: string;
}

/** Something a person did: typed a command, chose a slash command, pressed a button, reacted. */
export interface Heard {
  /** The platform's id of the event: the same event heard twice has the same id. */
  readonly id: string;
  readonly platform: string;
  /** The account; the only thing a person is recognised by. */
  readonly handle: string;
  /** Display name: shown, never trusted. */
  readonly name: string;
  readonly direct: boolean;
  /** The platform's id of the room, when it was not said in a direct message. */
  readonly room?: string | undefined;
  readonly said: Said;
  /** Answers the person; a second answer follows up. Private where the command is private and the platform can. */
  answer(message: Message): Promise<void>;
}

/** A typed line without the prefix, or a command with named arguments (`action` is the subcommand). */
export type Said =
  | { readonly line: string }
  | {
      readonly command: string;
      readonly action?: string | undefined;
      readonly args: Readonly<Record<string, string>>;
    };

/** Whether messages can be sent now. */
export type Condition =
  { readonly up: true } | { readonly up: false; readonly why: string; readonly since: Date };

/** What a platform's makers say of it on their status page: hearsay, never a condition. */
export interface Report {
  readonly words: string;
  readonly major: boolean;
}

/** How far an account was listened to, over all processes. */
export interface Followed {
  load(account: string): Promise<{ readonly token: string; readonly savedAtMs: number } | undefined>;
  save(account: string, token: string, nowMs: number): Promise<void>;
}

/** What a platform is given to listen with. */
export interface Listener {
  /** Where the last one left off; without it, a platform that could go on there begins anew. */
  readonly followed?: Followed | undefined;
  readonly menu: readonly Menu[];
  hear(heard: Heard): Promise<void>;
  /** At most 25 suggestions for what has been typed of a parameter so far. */
  complete(suggest: Suggest, typed: string, handle: string): Promise<readonly string[]>;
  /** Whether an account belongs to the fleet (a direct message from anyone else is not accepted). */
  knows(handle: string): boolean;
  /** Whether somebody who is not of the fleet may open a direct conversation now, to type a code there. */
  expects?(): Promise<boolean>;
}

/** A medium that carries messages to people and, where it can, hears them. */
export interface ChatPlatform extends AsyncDisposable {
  readonly id: string;
  readonly can: {
    readonly edit: boolean;
    readonly react: boolean;
    readonly choices: boolean;
    readonly hear: boolean;
    /**
     * False where there is no key and no history: a post of which no answer came fails with `maybeDone`, and
     * one that was under way when a process died must not be posted again.
     */
    readonly repeat?: boolean | undefined;
    /** True where a rate limit it answers is one for all messages: the next ones wait as well. */
    readonly oneLimit?: boolean | undefined;
  };
  /**
   * Begins to connect and returns without waiting for the outcome of a platform that is down: it keeps
   * trying in the background until `signal` aborts. `condition()` tells how it went.
   * Without a listener it hears nothing, only sends, and judges itself by calls. What hears may be started again:
   * with a listener after it was without one, or after the signal of an earlier listener aborted, upon which it
   * goes on to send.
   */
  start(listener: Listener | undefined, signal: AbortSignal): Promise<void>;
  condition(): Condition;
  /** Undefined when nothing is wrong there, or nothing can be read. */
  reported?(): Report | undefined;
  /** Resolves once the first attempt to connect has ended, either way. */
  settled(): Promise<Condition>;
  /**
   * Makes ready what a first message to somebody needs. Throws OutsideError: `rate-limited`, `ofRecipient`, where that
   * has to wait, which costs nobody else a place.
   */
  prepare?(to: Address): Promise<void>;
  /**
   * Sends once per key: the same key within the platform's window returns the earlier message.
   * Throws OutsideError.
   */
  post(to: Address, message: Message, key: string): Promise<Posted>;
  /** Replaces a message; pings nobody. Throws OutsideError (`not-found` when it is gone). */
  edit(posted: Posted, message: Message): Promise<void>;
  /** What it does without, and why, in words: shown at the start. */
  notes?(): readonly string[];
  /** Those to whom a first direct message would have to wait for its turn. Throws OutsideError. */
  waiting?(handles: readonly string[]): Promise<readonly string[]>;
  /** Looks for a message sent under `key` that may have arrived; undefined when it surely did not. */
  find?(to: Address, key: string): Promise<Posted | undefined>;
}
