import { keyOf } from '#src/domain/key.ts';
import type { OutsideError } from '#src/domain/errors.ts';

import { type Connection, createConnection } from './connection.ts';
import { dial, type SshAccess } from './dial.ts';
import { sshError } from './errors.ts';
import { readIdentity } from './identity.ts';

interface Host {
  /** Open, or being opened; shared by everybody who asks meanwhile. */
  connection?: Promise<Connection> | undefined;
  failures: number;
  /** Why the last attempt failed: the answer to everybody until the next one is due. */
  failed?: { readonly error: OutsideError; readonly untilMs: number } | undefined;
}

interface HostsNeeds {
  /** Is told of a private key that others may read. */
  readonly exposed: (identityFile: string) => void;
  /** A connection that nobody used for so long is closed. */
  readonly idleMs?: number | undefined;
  /** How long a failure stands, at first and at last. */
  readonly backoffMs?: readonly [number, number] | undefined;
}

const FIVE_MINUTES_MS = 5 * 60_000;

/** One connection to each machine, for whatever is asked of it. */
export interface Hosts extends Disposable {
  /** Throws OutsideError. */
  connectionTo(access: SshAccess, signal: AbortSignal): Promise<Connection>;
}

export function createHosts({
  exposed,
  idleMs = FIVE_MINUTES_MS,
  backoffMs = [1_000, 15_000],
}: HostsNeeds): Hosts {
  const hosts = new Map<string, Host>();

  async function open(access: SshAccess, host: Host): Promise<Connection> {
    try {
      const identity = await readIdentity(access.identityFile);
      if (identity.exposed) exposed(access.identityFile);
      const client = await dial(access, identity.privateKey);
      const connection = createConnection(client, `${access.host}:${access.port}`, idleMs);
      host.failures = 0;
      return connection;
    } catch (error) {
      const failed = sshError(error, `${access.host}:${access.port}`);
      const [first, last] = backoffMs;
      const untilMs = performance.now() + Math.min(last, first * 2 ** host.failures);
      Object.assign(host, { failures: host.failures + 1, failed: { error: failed, untilMs } });
      throw failed;
    }
  }

  function opened(access: SshAccess): Promise<Connection> {
    const { host, port, user, identityFile, hostKey } = access;
    const key = keyOf(host, String(port), user, identityFile, hostKey);
    const entry = hosts.get(key) ?? { failures: 0 };
    hosts.set(key, entry);
    if (entry.connection) return entry.connection;
    if (entry.failed && performance.now() < entry.failed.untilMs) return Promise.reject(entry.failed.error);
    const opening = open(access, entry);
    entry.connection = opening;
    const forget = (): void => {
      if (entry.connection === opening) entry.connection = undefined;
    };
    opening.then(({ leaving }) => leaving.addEventListener('abort', forget, { once: true }), forget);
    return opening;
  }

  return {
    async connectionTo(access, signal) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const giveUp = (): void => reject(sshError(signal.reason, `${access.host}:${access.port}`));
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
      try {
        return await Promise.race([opened(access), late]);
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
    [Symbol.dispose]() {
      for (const { connection } of hosts.values()) {
        connection?.then(
          (open) => open[Symbol.dispose](),
          () => undefined,
        );
      }
      hosts.clear();
    },
  };
}
