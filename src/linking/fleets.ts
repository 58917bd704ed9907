import type { Fleet, Fleets } from '#src/domain/fleet.ts';
import type { AccountLink, AccountLinks } from '#src/domain/linking.ts';

import { fallen } from './decide.ts';
import { merge } from './merge.ts';

/** The running fleet, the accounts that were linked among its operators' own. */
export interface LinkedFleets extends Fleets, AsyncDisposable {
  /** As the fleet file has it. */
  file(): Fleet;
  /** Reads the links now, after one has changed. */
  refresh(): Promise<void>;
}

interface Options {
  readonly fleets: Fleets;
  readonly links: Pick<AccountLinks, 'standing' | 'update'>;
  readonly now: () => Date;
  readonly warn: (error: unknown) => void;
  /** How often it is looked whether another process changed a link. */
  readonly everyMs?: number | undefined;
}

/**
 * Follows the file and the links. What contradicts the file counts no longer from the moment the file is taken in, and is
 * ended on record. Until the links are read none counts.
 */
export async function createLinkedFleets(options: Options): Promise<LinkedFleets> {
  const { fleets, links, now, warn, everyMs = 1_000 } = options;
  const followers: ((fleet: Fleet) => void)[] = [];
  /** Links that the file has spoken against, and why: whatever it says later, they stand no more. */
  const dead = new Map<string, string>();
  let standing: readonly AccountLink[] = [];
  let current = fleets.current();

  function bury(id: string, why: string): void {
    const end = (link: AccountLink | undefined): AccountLink | undefined =>
      link?.state === 'standing' ? fallen(link, 'voided', why, now()) : link;
    void links.update(id, end).catch(warn);
  }

  function take(): void {
    const { fleet, broken } = merge(
      fleets.current(),
      standing.filter(({ id }) => !dead.has(id)),
    );
    current = fleet;
    for (const { link, why } of broken) {
      dead.set(link.id, why);
      bury(link.id, why);
    }
    for (const follow of followers) {
      try {
        follow(fleet);
      } catch (error) {
        warn(error);
      }
    }
  }

  async function read(): Promise<void> {
    const found = await links.standing();
    for (const { id } of found) if (dead.has(id)) bury(id, dead.get(id) ?? '');
    if (JSON.stringify(found.map(nameOf)) === JSON.stringify(standing.map(nameOf))) return;
    standing = found;
    take();
  }

  // One after the other: what was read earlier must not stand later.
  let reading: Promise<void> = Promise.resolve();
  const refresh = (): Promise<void> => {
    const next = reading.then(read);
    reading = next.catch(() => undefined);
    return next;
  };

  await refresh().catch(warn);
  fleets.onChange(take);
  const timer = setInterval(() => void refresh().catch(warn), everyMs);
  timer.unref();

  return {
    current: () => current,
    file: () => fleets.current(),
    onChange: (follow) => void followers.push(follow),
    refresh,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await reading;
    },
  };
}

const nameOf = ({ id, revision }: { readonly id: string; readonly revision: number }): string =>
  `${id} ${revision}`;
