import type { Condition } from '#src/domain/platform.ts';

import type { Watch } from '../watch.ts';

/** A gateway that is back within this was never away. */
const RECONNECT_GRACE_MS = 3_000;

interface Trouble {
  readonly why: string;
  readonly since: Date;
}

/** What is known of Discord, from the gateway and from calls. */
export interface Health {
  condition(): Condition;
  /** There is no gateway: calls alone tell. Resolves when the first has told. */
  sending(): Promise<void>;
  connected(): void;
  /** The gateway was lost; it may come back by itself. */
  lost(): void;
  /** There is no connection, and nothing comes back by itself. */
  failed(why: string): void;
}

/** A live gateway says nothing of calls, nor do they of it: `calls` is looked after on its own. */
export function createHealth(calls: Watch): Health {
  const unknown: Trouble = { why: 'not connected yet', since: new Date() };
  let gateway: Trouble | undefined = unknown;
  let lostAt: Date | undefined;

  return {
    condition() {
      const lost =
        lostAt && Math.abs(Date.now() - lostAt.getTime()) > RECONNECT_GRACE_MS
          ? { why: 'the connection to the gateway is lost', since: lostAt }
          : undefined;
      const trouble = gateway ?? lost;
      return trouble ? { up: false, ...trouble } : calls.condition();
    },
    async sending() {
      lostAt = undefined;
      if (gateway !== unknown) gateway = undefined;
      calls.begin();
      await calls.settled();
      if (gateway === unknown) gateway = undefined;
    },
    connected() {
      gateway = lostAt = undefined;
      calls.begin();
    },
    lost() {
      lostAt ??= new Date();
    },
    failed(why) {
      gateway = { why, since: gateway?.since ?? lostAt ?? new Date() };
    },
  };
}
