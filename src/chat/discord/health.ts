import { setTimeout as delay } from 'node:timers/promises';

import { OutsideError } from '#src/domain/errors.ts';
import type { Condition } from '#src/domain/platform.ts';

/** A gateway that is back within this was never away. */
const RECONNECT_GRACE_MS = 3_000;
const PROBE_MS = 1_000;
const MOST_PROBE_MS = 15_000;
/** A refused token stays refused until somebody acts; Discord bans who asks too often. */
export const REFUSED_MS = 60_000;

interface Trouble {
  readonly why: string;
  readonly since: Date;
}

/** What is known of the connection, from the gateway and from calls. */
export interface Health {
  condition(): Condition;
  /** There is no gateway: calls alone tell. Resolves when the first has told. */
  sending(): Promise<void>;
  connected(): void;
  /** The gateway was lost; it may come back by itself. */
  lost(): void;
  /** There is no connection, and nothing comes back by itself. */
  failed(why: string): void;
  /** How a call ended; undefined = Discord answered it. */
  called(failure: OutsideError | undefined): void;
}

/** `probe` asks Discord for something small; used after a call failed, so that it does not take another message to notice. */
export function createHealth(probe: () => Promise<unknown>, signal: AbortSignal): Health {
  const unknown: Trouble = { why: 'not connected yet', since: new Date() };
  let gateway: Trouble | undefined = unknown;
  let lostAt: Date | undefined;
  let calls: Trouble | undefined;
  let probing = false;

  const ask = (): Promise<OutsideError | undefined> =>
    probe().then(
      () => undefined,
      (error: unknown) => (error instanceof OutsideError && isTrouble(error) ? error : undefined),
    );

  async function watch(first: OutsideError): Promise<void> {
    probing = true;
    const since = new Date();
    let failure: OutsideError | undefined = first;
    for (let waitMs = PROBE_MS; failure && !signal.aborted; waitMs = Math.min(waitMs * 2, MOST_PROBE_MS)) {
      await delay(failure.reason === 'unauthorized' ? REFUSED_MS : waitMs, undefined, { signal }).catch(
        () => undefined,
      );
      failure = await ask();
      calls = failure && { why: failure.message, since };
    }
    probing = false;
  }

  return {
    condition() {
      const lost =
        lostAt && Date.now() - lostAt.getTime() > RECONNECT_GRACE_MS
          ? { why: 'the connection to the gateway is lost', since: lostAt }
          : undefined;
      const trouble = gateway ?? lost ?? calls;
      return trouble ? { up: false, ...trouble } : { up: true };
    },
    async sending() {
      lostAt = undefined;
      if (gateway !== unknown) gateway = undefined;
      const failure = await ask();
      if (failure) calls ??= { why: failure.message, since: new Date() };
      if (gateway === unknown) gateway = undefined;
    },
    connected() {
      gateway = lostAt = undefined;
    },
    lost() {
      lostAt ??= new Date();
    },
    failed(why) {
      gateway = { why, since: gateway?.since ?? lostAt ?? new Date() };
    },
    called(failure) {
      if (!failure || !isTrouble(failure)) {
        calls = undefined;
        return;
      }
      if (failure.reason === 'unauthorized') calls ??= { why: failure.message, since: new Date() };
      if (!probing && !signal.aborted) void watch(failure);
    },
  };
}

const isTrouble = ({ reason }: OutsideError): boolean =>
  reason === 'unavailable' || reason === 'timeout' || reason === 'unauthorized';
