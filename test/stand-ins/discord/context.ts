import type { InteractionWindows } from './interactions.ts';
import type { Limits } from './limits.ts';
import type { World } from './world.ts';

export const privilegedIntents = ['GuildMembers', 'GuildPresences', 'MessageContent'] as const;
export type PrivilegedIntent = (typeof privilegedIntents)[number];

export interface Windows extends InteractionWindows {
  /** How long a nonce is remembered. */
  readonly nonceMs: number;
  /** How long a session without connection can be resumed. */
  readonly resumeMs: number;
  readonly heartbeatMs: number;
}

/** What a route works with. */
export interface Context {
  readonly world: World;
  readonly windows: Windows;
  readonly limits: Limits;
  readonly intents: readonly PrivilegedIntent[];
}
