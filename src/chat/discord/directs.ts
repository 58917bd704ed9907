import type { Logger } from 'pino';
import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import type { Pace, TurnPace } from '#src/domain/pace.ts';

import { type Api, parse } from './api.ts';
import { DISCORD } from './errors.ts';

/** The channels to people that were opened before; kept where they outlive the process. */
export interface DirectChannels {
  get(handle: string): Promise<string | undefined>;
  set(handle: string, channel: string): Promise<void>;
}

/** How fast NEW channels are opened: Discord quarantines bots that open many quickly. */
export type DirectPace = TurnPace;

export interface Directs {
  /**
   * The channel to a person. Throws OutsideError: `rate-limited` with the time of the person's turn when
   * a new channel would be opened too fast.
   */
  channelOf(handle: string): Promise<string>;
  /** Opens it anew: the known one was not right. */
  reopen(handle: string): Promise<string>;
  /** Those to whom no channel is known: they have to wait for their turn. */
  waiting(handles: readonly string[]): Promise<readonly string[]>;
  /** The person wrote from this channel. */
  learn(handle: string, channel: string): Promise<void>;
}

/** After Discord said that it was too fast, and not for how long. */
const PENALTY_MS = 60_000;

const Channel = z.object({ id: z.string() });

interface Needs {
  readonly api: () => Promise<Api>;
  readonly kept: DirectChannels;
  readonly pace: DirectPace;
  /** Gives the turns for all processes; without it, this process gives its own. */
  readonly shared?: Pick<Pace, 'turn' | 'holdTurns'> | undefined;
  readonly logger: Logger;
}

export function createDirects({ api, kept, pace, shared, logger }: Needs): Directs {
  const known = new Map<string, string>();
  const opening = new Map<string, Promise<string>>();
  const turns = shared ? sharedTurns(shared, pace) : createTurns(pace);

  async function learn(handle: string, channel: string): Promise<void> {
    if (known.get(handle) === channel) return;
    known.set(handle, channel);
    await kept.set(handle, channel).catch((error: unknown) => {
      logger.warn({ err: error }, 'direct-message channel not kept: it will be asked for again');
    });
  }

  async function lookUp(handle: string): Promise<string | undefined> {
    return known.get(handle) ?? (await kept.get(handle).catch(() => undefined));
  }

  async function open(handle: string): Promise<string> {
    await turns.take(handle);
    try {
      // Discord returns the channel that is open already, if there is one.
      const answer = await (await api()).post('/users/@me/channels', { recipient_id: handle });
      const { id } = parse(Channel, answer);
      await learn(handle, id);
      return id;
    } catch (error) {
      if (error instanceof OutsideError && error.reason === 'rate-limited')
        await turns.pause(error.retryAfterMs ?? PENALTY_MS);
      throw error;
    }
  }

  function openOnce(handle: string): Promise<string> {
    const under = opening.get(handle) ?? open(handle).finally(() => opening.delete(handle));
    opening.set(handle, under);
    return under;
  }

  return {
    channelOf: async (handle) => (await lookUp(handle)) ?? (await openOnce(handle)),
    reopen: openOnce,
    async waiting(handles) {
      const channels = await Promise.all(handles.map(lookUp));
      return handles.filter((_, at) => channels[at] === undefined);
    },
    learn,
  };
}

interface Turns {
  /** Throws OutsideError until it is the person's turn. */
  take(handle: string): Promise<void>;
  pause(forMs: number): Promise<void>;
}

const LINE = 'discord-directs';

const sharedTurns = (shared: Pick<Pace, 'turn' | 'holdTurns'>, pace: DirectPace): Turns => ({
  async take(handle) {
    refuse(await shared.turn(LINE, handle, pace));
  },
  pause: (forMs) => shared.holdTurns(LINE, forMs, pace),
});

function refuse(waitMs: number): void {
  if (waitMs <= 0) return;
  const message =
    'New direct-message channels are opened one after another, so that Discord does not block the bot';
  throw new OutsideError(DISCORD, 'rate-limited', message, { retryAfterMs: waitMs });
}

/** Gives each person a turn of their own, so that those who wait do not race for the next one. */
function createTurns({ burst, everyMs }: DirectPace): Turns {
  const given = new Map<string, number>();
  let nextAt = 0;
  return {
    async take(handle) {
      const now = Date.now();
      let turnAt = given.get(handle);
      if (turnAt === undefined) {
        nextAt = Math.max(nextAt, now);
        turnAt = nextAt - (burst - 1) * everyMs;
        nextAt += everyMs;
      }
      if (turnAt > now) given.set(handle, turnAt);
      else given.delete(handle);
      refuse(turnAt - now);
    },
    async pause(forMs) {
      nextAt = Math.max(nextAt, Date.now() + forMs + (burst - 1) * everyMs);
    },
  };
}
