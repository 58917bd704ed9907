import type { Fleet } from '#src/domain/fleet.ts';
import type { Leases } from '#src/domain/lease.ts';

/** What is to be done about people as the fleet file changes and time passes. */
export interface People {
  /** The first file was taken in: as `follow`, and what cannot be known of the time before is told. */
  begin(): Promise<void>;
  /** The file was taken in: whom it names is put on record. */
  follow(): Promise<void>;
  /** Ends, audits and tells what is due, by one process at a time. */
  sweep(): Promise<void>;
}

interface Options {
  readonly file: () => Fleet;
  readonly changes: { follow(file: Fleet): Promise<void>; sweep(): Promise<void> };
  readonly absence: { tell(file: Fleet): Promise<void>; looked(): Promise<unknown> };
  readonly linking: { sweep(): Promise<void> };
  readonly leases: Pick<Leases, 'take'>;
}

const LEASE = 'people';
const LEASE_MS = 60_000;

export function createPeople({ file, changes, absence, linking, leases }: Options): People {
  async function sweep(): Promise<void> {
    await absence.looked();
    const lease = await leases.take(LEASE, LEASE_MS);
    if (!lease) return;
    try {
      await changes.sweep();
      await linking.sweep();
    } finally {
      await lease.release();
    }
  }
  async function follow(): Promise<void> {
    await changes.follow(file());
    await sweep();
  }
  return {
    sweep,
    follow,
    async begin() {
      await absence.tell(file());
      await follow();
    },
  };
}
